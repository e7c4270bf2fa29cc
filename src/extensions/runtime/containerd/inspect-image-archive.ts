import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { normaliseImageName } from './image-name.ts';
import { readTar, type TarContents } from './read-tar.ts';

export interface ImageArchive {
  readonly format: 'docker' | 'oci';
  readonly isCompressed: boolean;
  /** What containerd will call the images in it, and their full names. */
  readonly images: readonly { readonly imported: string; readonly name: string }[];
  /** Images that carry only a tag, or nothing: they need a name from outside. */
  readonly tags: readonly (string | undefined)[];
}

/** Looks into an image archive (`docker save`, or an OCI layout in a tar; either may be gzipped) before anything is imported. Throws with the file's name and what is wrong with it. */
export async function inspectImageArchive(path: string): Promise<ImageArchive> {
  try {
    const isCompressed = await isGzip(path);
    const contents = await readTar(openArchive(path, isCompressed), new Set(['manifest.json', 'index.json', 'oci-layout']));
    const manifest = contents.files.get('manifest.json');
    const index = contents.files.get('index.json');
    // Newer `docker save` writes both; containerd then reads the OCI side.
    if (index && contents.paths.has('oci-layout')) return { format: 'oci', isCompressed, ...readIndex(index, contents) };
    if (manifest) return { format: 'docker', isCompressed, ...readManifest(manifest, contents) };
    throw new Error('it is not an image archive: it has neither manifest.json (docker save) nor index.json (OCI layout)');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code?.startsWith('Z_') ? `it is damaged: ${(error as Error).message}` : (error as Error).message;
    throw new Error(`image archive ${path}: ${reason}`, { cause: error });
  }
}

/** The bytes of the archive itself, unpacked. */
export function openArchive(path: string, isCompressed: boolean, onRead?: (bytes: number) => void): AsyncIterable<Buffer> & NodeJS.ReadableStream {
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
  if (onRead) file.on('data', (chunk) => onRead(chunk.length));
  if (!isCompressed) return file;
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => file.destroy());
  return file.pipe(gunzip);
}

async function isGzip(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

type Found = Pick<ImageArchive, 'images' | 'tags'>;

function readManifest(bytes: Buffer, { paths }: TarContents): Found {
  const entries = parseJson(bytes, 'manifest.json');
  if (!Array.isArray(entries) || entries.length === 0) throw new Error('its manifest.json names no image');
  const found: { images: ImageArchive['images'][number][]; tags: undefined[] } = { images: [], tags: [] };
  for (const entry of entries as readonly unknown[]) {
    const { Config, Layers, RepoTags } = record(entry);
    for (const part of [Config, ...(Array.isArray(Layers) ? (Layers as unknown[]) : [])]) {
      if (typeof part !== 'string' || !paths.has(part.replace(/^\.\//, ''))) throw new Error(`it is incomplete: "${String(part)}" is missing`);
    }
    const names = Array.isArray(RepoTags) ? (RepoTags as unknown[]).map(String).map(normaliseImageName) : [];
    if (names.length === 0) throw new Error('the image in it has no name: save it by its name, not by its id');
    found.images.push(...names.map((name) => ({ imported: name, name })));
  }
  return found;
}

const nameAnnotation = 'io.containerd.image.name';
const referenceAnnotation = 'org.opencontainers.image.ref.name';

function readIndex(bytes: Buffer, { paths }: TarContents): Found {
  const { manifests } = record(parseJson(bytes, 'index.json'));
  if (!Array.isArray(manifests) || manifests.length === 0) throw new Error('its index.json names no image');
  const found: { images: ImageArchive['images'][number][]; tags: (string | undefined)[] } = { images: [], tags: [] };
  for (const manifest of manifests as readonly unknown[]) {
    const { digest, annotations } = record(manifest);
    const blob = `blobs/${String(digest).replace(':', '/')}`;
    if (!paths.has(blob)) throw new Error(`it is incomplete: "${blob}" is missing`);
    const texts = annotations === undefined ? {} : record(annotations);
    const reference = texts[nameAnnotation] ?? texts[referenceAnnotation];
    if (typeof reference === 'string' && /[/:@]/.test(reference)) found.images.push({ imported: reference, name: normaliseImageName(reference) });
    else found.tags.push(typeof reference === 'string' ? reference : undefined);
  }
  return found;
}

function parseJson(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch (error) {
    throw new Error(`its ${name} is not JSON`, { cause: error });
  }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('its index does not have the form of an image archive');
  return value as Record<string, unknown>;
}
