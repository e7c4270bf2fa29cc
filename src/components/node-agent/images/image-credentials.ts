import type { Secret } from '../../../api/generated/core-v1.ts';
import type { ImageAuthentication } from '../../../extension-points/runtime/contract.ts';
import type { ImageReference } from './image-reference.ts';

interface Entry {
  readonly pattern: string;
  readonly authentication: ImageAuthentication;
}

/** The credentials of pull secrets that fit an image, the most specific first. Secrets of other types and malformed ones hold none. */
export function credentialsFor(image: ImageReference, secrets: readonly Secret[]): readonly ImageAuthentication[] {
  return secrets
    .flatMap(entriesOf)
    .filter(({ pattern }) => matches(pattern, image))
    .sort((left, right) => right.pattern.length - left.pattern.length)
    .map(({ authentication }) => authentication);
}

function entriesOf(secret: Secret): Entry[] {
  const encoded =
    secret.type === 'kubernetes.io/dockerconfigjson'
      ? secret.data?.['.dockerconfigjson']
      : secret.type === 'kubernetes.io/dockercfg'
        ? secret.data?.['.dockercfg']
        : undefined;
  if (encoded === undefined) return [];
  const parsed = parseJson(Buffer.from(encoded, 'base64').toString());
  const auths = secret.type === 'kubernetes.io/dockerconfigjson' ? field(parsed, 'auths') : parsed;
  if (typeof auths !== 'object' || auths === null) return [];
  return Object.entries(auths).map(([pattern, entry]) => ({ pattern, authentication: authenticationOf(entry) }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const field = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined);

/** Without a server address, as upstream: runtimes compare it with the host they ask, which for Docker Hub and its mirrors is another one. */
function authenticationOf(entry: unknown): ImageAuthentication {
  const text = (name: string): string | undefined => {
    const value = field(entry, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const decoded = Buffer.from(text('auth') ?? '', 'base64').toString();
  const colon = decoded.indexOf(':');
  const username = text('username') ?? (colon > 0 ? decoded.slice(0, colon) : undefined);
  const password = text('password') ?? (colon > 0 ? decoded.slice(colon + 1) : undefined);
  const identityToken = text('identitytoken');
  const registryToken = text('registrytoken');
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(identityToken === undefined ? {} : { identityToken }),
    ...(registryToken === undefined ? {} : { registryToken }),
  };
}

/** A pattern is a host (`*.example.com`, one label per star), maybe with a scheme, a port and a path prefix. Docker Hub goes by several names. */
function matches(pattern: string, { registry, repository }: ImageReference): boolean {
  const [hostPattern = '', ...path] = pattern
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
    .split('/');
  const isHub = /^(index\.|registry-1\.|registry\.)?docker\.io$/.test(hostPattern);
  if (isHub) return registry === 'docker.io';
  const prefix = path.filter((part, index) => !(index === 0 && /^v[12]$/.test(part))).join('/');
  const isPathFine = prefix === '' || repository === prefix || repository.startsWith(`${prefix}/`);
  return isPathFine && hostMatches(hostPattern, registry);
}

function hostMatches(pattern: string, registry: string): boolean {
  const [wantedHost = '', wantedPort] = pattern.split(':');
  const [host = '', port] = registry.split(':');
  if ((wantedPort ?? '') !== (port ?? '')) return false;
  const wanted = wantedHost.split('.');
  const labels = host.split('.');
  return wanted.length === labels.length && wanted.every((label, index) => globMatches(label, labels[index]!));
}

const globMatches = (glob: string, text: string): boolean =>
  glob.includes('*')
    ? new RegExp(
        `^${glob
          .split('*')
          .map((part) => part.replace(/[^\w-]/g, String.raw`\$&`))
          .join('.*')}$`,
      ).test(text)
    : glob === text;
