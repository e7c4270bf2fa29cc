const host = String.raw`(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const pathPart = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const shape = new RegExp(
  String.raw`^(?:(${host})/)?(${pathPart}(?:/${pathPart})*)(?::(\w[\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

export interface ImageReference {
  /** What the runtime is asked for: the name as given, with `:latest` when it had neither tag nor digest. */
  readonly text: string;
  /** `docker.io` when none was named. */
  readonly registry: string;
  /** The path inside the registry: `library/busybox`. */
  readonly repository: string;
}

/** Reads an image name; undefined when it is not one. */
export function parseImageReference(image: string): ImageReference | undefined {
  if (image.length > 1024) return undefined;
  const match = shape.exec(image);
  if (!match) return undefined;
  const [, first, rest = '', tag, digest] = match;
  // Docker's rule: what stands before the first slash is a registry only when it looks like a host.
  const isHost = first !== undefined && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const registry = isHost ? first : 'docker.io';
  const path = first !== undefined && !isHost ? `${first}/${rest}` : rest;
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return { text: tag === undefined && digest === undefined ? `${image}:latest` : image, registry, repository };
}
