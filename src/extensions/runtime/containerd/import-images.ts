import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Image, Runtime } from '../../../extension-points/runtime/contract.ts';
import { connectCri } from '../../../extension-points/runtime/cri.ts';
import type { Log } from '../../../kernel/log.ts';
import { normaliseImageName } from './image-name.ts';
import { type ImageArchive, inspectImageArchive, openArchive } from './inspect-image-archive.ts';
import { programEnvironment, runProgram } from './run-program.ts';

export interface ImportProgress {
  readonly path: string;
  readonly readBytes: number;
  readonly totalBytes: number;
}
export interface ImportedImage {
  readonly path: string;
  readonly names: readonly string[];
}

export interface ImportOptions {
  /** containerd's socket. */
  readonly socket: string;
  /** Archives in the form of `docker save` or OCI layouts in a tar, gzipped or not. `name` is for images that carry none themselves. */
  readonly files: readonly (string | { readonly path: string; readonly name?: string })[];
  readonly log: Log;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Puts images from files into containerd, unpacked and ready for pods, under their full names (`nginx` becomes `docker.io/library/nginx:latest`). All files are looked into
 * before the first is imported. Rejects, naming the file, when one is damaged, incomplete or has no name.
 */
export async function importImages({ socket, files, log, onProgress, signal }: ImportOptions): Promise<readonly ImportedImage[]> {
  const wanted = files.map((file) => (typeof file === 'string' ? { path: file } : file));
  const archives: { path: string; name?: string; archive: ImageArchive }[] = [];
  for (const file of wanted) archives.push({ ...file, archive: await inspect(file) });
  await using runtime = await connectCri({ endpoint: `unix://${socket}`, log });
  const snapshotter = await snapshotterOf(runtime);
  const imported: ImportedImage[] = [];
  for (const { path, name, archive } of archives) {
    await feed({
      socket,
      path,
      archive,
      snapshotter,
      ...(name === undefined ? {} : { name }),
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    });
    const names = await settleNames(socket, archive, name);
    for (const present of names) await untilListed(runtime, present);
    log.info('images imported', { file: basename(path), images: names });
    imported.push({ path, names });
  }
  return imported;
}

async function inspect({ path, name }: { path: string; name?: string }): Promise<ImageArchive> {
  const archive = await inspectImageArchive(path);
  if (archive.tags.length > 0 && name === undefined)
    throw new Error(`image archive ${path}: an image in it has no name of its own: say how it shall be called`);
  if (name !== undefined) repositoryOf(name);
  return archive;
}

/** `docker.io/library/nginx` of `nginx:1.2`. */
const repositoryOf = (name: string): string =>
  normaliseImageName(name)
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '');

/** The file system of images lies in a directory named after the snapshotter: `…/io.containerd.snapshotter.v1.overlayfs`. */
async function snapshotterOf(runtime: Runtime): Promise<string> {
  const [filesystem] = await runtime.imageFilesystem().catch(() => []);
  return /snapshotter\.v1\.([\w-]+)$/.exec(filesystem?.mountpoint ?? '')?.[1] ?? 'overlayfs';
}

interface FeedOptions extends Pick<ImportOptions, 'socket' | 'onProgress' | 'signal'> {
  readonly path: string;
  readonly archive: ImageArchive;
  readonly snapshotter: string;
  readonly name?: string;
}

async function feed({ path, archive, name, onProgress, ...common }: FeedOptions): Promise<void> {
  const { size: totalBytes } = await stat(path);
  let readBytes = 0;
  const source = openArchive(path, archive.isCompressed, (bytes) => {
    readBytes += bytes;
    onProgress?.({ path, readBytes, totalBytes });
  });
  const baseName = name !== undefined && archive.tags.length > 0 ? { baseName: repositoryOf(name) } : {};
  await importArchive({ ...common, source, ...baseName }).catch((error: Error) => {
    throw new Error(`image archive ${path}: ${error.message}`, { cause: error });
  });
}

export interface ImportArchiveOptions {
  readonly socket: string;
  readonly snapshotter: string;
  /** Bytes of the archive, not compressed. */
  readonly source: NodeJS.ReadableStream;
  /** Goes before tags that stand alone. */
  readonly baseName?: string;
  readonly signal?: AbortSignal;
}

/** Hands one archive to containerd by its own client, since the protocol behind an import differs between versions. */
export async function importArchive({ socket, snapshotter, source, baseName, signal }: ImportArchiveOptions): Promise<void> {
  const naming = baseName === undefined ? [] : ['--base-name', baseName, '--digests'];
  const child = spawn('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', '--snapshotter', snapshotter, ...naming, '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: programEnvironment(),
    ...(signal ? { signal } : {}),
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_096)));
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  // When containerd refuses, the pipe breaks first; the exit code and what was said tell why.
  const [fed, code] = await Promise.allSettled([pipeline(source, child.stdin), exited]);
  if (code.status === 'rejected') throw new Error(`it could not be handed to containerd: ${(code.reason as Error).message}`, { cause: code.reason });
  if (code.value !== 0) throw new Error(`containerd refused it: ${said.trim().replace(/^ctr: /, '') || `exit code ${code.value}`}`);
  if (fed.status === 'rejected') throw new Error(`it could not be read: ${(fed.reason as Error).message}`, { cause: fed.reason });
}

/** Gives images their full names, and answers these. */
async function settleNames(socket: string, archive: ImageArchive, name: string | undefined): Promise<readonly string[]> {
  const images = (...words: string[]): Promise<string> => runProgram('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', ...words]);
  for (const image of archive.images.filter(({ imported, name: full }) => imported !== full)) {
    await images('tag', '--force', image.imported, image.name);
    await images('remove', image.imported);
  }
  const named = archive.images.map((image) => image.name);
  if (name === undefined) return named;
  const tagged = archive.tags.filter((tag) => tag !== undefined).map((tag) => `${repositoryOf(name)}:${tag}`);
  const isTagless = archive.tags.includes(undefined);
  const byDigest = (await images('list', '--quiet')).split('\n').filter((line) => line.startsWith(`${repositoryOf(name)}@`));
  if (isTagless && byDigest[0] !== undefined) await images('tag', '--force', byDigest[0], normaliseImageName(name));
  for (const reference of byDigest) await images('remove', reference);
  return [...named, ...tagged, ...(isTagless ? [normaliseImageName(name)] : [])];
}

/** The CRI side of containerd hears of new images by an event, a moment later. */
export async function untilListed(runtime: Runtime, name: string): Promise<Image> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const image = await runtime.imageStatus(name);
    if (image) return image;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`image "${name}" was imported, but the runtime does not list it`);
}
