import { createHash } from 'node:crypto';
import { tarArchive } from './tar.ts';

/** What an image runs, in the OCI configuration's own words. */
export interface ImageConfiguration {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly StopSignal?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface ImageContents {
  /** With registry and tag: `docker.io/library/nginx:latest`. */
  readonly names: readonly string[];
  /** Go's name: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Uncompressed tar archives, the lowest first. */
  readonly layers: readonly Buffer[];
  readonly config: ImageConfiguration;
}

/** The digest of bytes as images write it: `sha256:…`. */
export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The image configuration document; equal contents give equal bytes. */
export function imageConfiguration({ architecture, layers, config }: Omit<ImageContents, 'names'>): Buffer {
  const document = {
    architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'wherry' })),
  };
  return Buffer.from(JSON.stringify(document));
}

/** An image as `docker save` writes it. */
export function imageArchive(contents: ImageContents): Buffer {
  const configuration = imageConfiguration(contents);
  const hex = (bytes: Uint8Array): string => digestOf(bytes).slice('sha256:'.length);
  const layers = contents.layers.map((content) => ({ path: `${hex(content)}.tar`, content }));
  const manifest = [{ Config: `${hex(configuration)}.json`, RepoTags: contents.names, Layers: layers.map(({ path }) => path) }];
  return tarArchive([
    { path: `${hex(configuration)}.json`, type: 'file', content: configuration },
    ...layers.map(({ path, content }) => ({ path, type: 'file' as const, content })),
    { path: 'manifest.json', type: 'file', content: Buffer.from(JSON.stringify(manifest)) },
  ]);
}
