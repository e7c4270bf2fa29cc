/**
 * The full form of an image name, as registries and containerd know it: `nginx` is `docker.io/library/nginx:latest`, `team/app:1` is `docker.io/team/app:1`.
 * Ids (`sha256:…`) stay as they are. Throws when it is no image name.
 */
export function normaliseImageName(name: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(name)) return name;
  if (name.length > maximumNameLength) throw new Error(`image name of ${name.length} characters is too long`);
  const [, path = '', tag, digest] = /^([^@]+?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(name) ?? [];
  const slash = path.indexOf('/');
  const first = slash === -1 ? '' : path.slice(0, slash);
  // A first part is a registry when it could not be a user's name (Docker's rule).
  const hasRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  const registry = hasRegistry ? (first === 'index.docker.io' ? 'docker.io' : first) : 'docker.io';
  const rest = hasRegistry ? path.slice(slash + 1) : path;
  const repository = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  if (!/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/.test(repository))
    throw new Error(`"${name}" is not an image name`);
  const version = `${tag === undefined && digest === undefined ? ':latest' : tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  return `${registry}/${repository}${version}`;
}

const maximumNameLength = 1_024;
