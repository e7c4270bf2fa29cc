import { lstatSync, mkdirSync } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { PassThrough } from 'node:stream';
import { NoAnswer } from '../../../client/no-answer.ts';
import { type TarEntry, tarEntries } from '../../../extension-points/commands/archives/tar-entries.ts';
import { CommandCutOff } from '../../../extension-points/commands/streaming/run-remote-command.ts';
import type { CopyContext } from './cp-command.ts';
import { archivePrefix, withoutShortcuts } from './file-specification.ts';
import { type PodPlace, runInPod } from './run-in-pod.ts';

/** Has `tar` in the pod pack what is there, and unpacks it here. Nothing is written outside of `target`, and no link is made. */
export async function copyFromPod(context: CopyContext, place: PodPlace, path: string, target: string): Promise<void> {
  const prefix = archivePrefix(path);
  const links = new LinkWarnings(context, place, path);
  for await (const entry of tarEntries(archiveOf(context, place, path))) {
    // The archive is what the pod says it is: a name that is not below what was asked for was tampered with.
    if (!entry.name.startsWith(prefix)) throw new Error('tar contents corrupted');
    const file = join(target, entry.name.slice(prefix.length));
    if (isOutside(target, file)) context.streams.stderr.write(`warning: file ${JSON.stringify(file)} is outside target destination, skipping\n`);
    else if (entry.type === '2') links.skip(file, entry.linkName);
    else if (entry.type !== '1') await unpack(entry, file);
    else if (!(await copyNamesake(entry, file, { target, prefix }))) links.skip(file, entry.linkName);
  }
}

/** A hard link gets the contents that came under its other name, if they did. */
async function copyNamesake({ linkName }: TarEntry, file: string, { target, prefix }: { readonly target: string; readonly prefix: string }): Promise<boolean> {
  const source = join(target, linkName.slice(prefix.length));
  if (!linkName.startsWith(prefix) || isOutside(target, source) || !lstatSync(source, { throwIfNoEntry: false })?.isFile()) return false;
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  await copyFile(source, file);
  return true;
}

function isOutside(target: string, file: string): boolean {
  const path = relative(target, file);
  return path !== '' && path !== withoutShortcuts(path);
}

async function unpack(entry: TarEntry, file: string): Promise<void> {
  mkdirSync(entry.type === '5' ? file : dirname(file), { recursive: true, mode: 0o755 });
  if (entry.type === '5') return;
  if (entry.type === 'S') throw new Error('unable to handle sparse files in tar');
  const handle = await open(file, 'w').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EISDIR' ? new Error(`open ${file}: is a directory`, { cause: error }) : error;
  });
  try {
    for await (const piece of entry.contents()) await handle.write(piece);
  } finally {
    await handle.close();
  }
}

/** Says of each link that it is left out, and once how to get it all the same. */
class LinkWarnings {
  readonly #context: CopyContext;
  readonly #place: PodPlace;
  readonly #path: string;
  #hasAdvised = false;

  constructor(context: CopyContext, place: PodPlace, path: string) {
    this.#context = context;
    this.#place = place;
    this.#path = path;
  }

  skip(file: string, linkName: string): void {
    const { program, streams } = this.#context;
    const { namespace, name } = this.#place;
    const quoted = (text: string): string => JSON.stringify(text);
    const advice = ` (consider using "${program} exec -n ${quoted(namespace)} ${quoted(name)} -- tar cf - ${quoted(this.#path)} | tar xf -")`;
    streams.stderr.write(`warning: skipping symlink: ${quoted(file)} -> ${quoted(linkName)}${this.#hasAdvised ? '' : advice}\n`);
    this.#hasAdvised = true;
  }
}

const retryAfterMs = 1_000;

/** The bytes of the archive. With --retries a connection that is lost is opened again, where it was; what the container refuses is not asked for again. */
async function* archiveOf(context: CopyContext, place: PodPlace, path: string): AsyncGenerator<Buffer> {
  const { flags, streams, clock } = context;
  const { retries } = flags;
  let received = 0;
  for (let attempt = 1; ; attempt++) {
    const receivedBefore = received;
    const part = partOfArchive(context, place, retries === 0 ? ['tar', 'cf', '-', path] : fromByte(path, received));
    for await (const chunk of part.bytes) {
      received += chunk.length;
      yield chunk;
    }
    const problem = await part.problem;
    if (problem === undefined) return;
    if (retries === 0 || !(problem instanceof CommandCutOff || problem instanceof NoAnswer)) throw problem;
    if (retries >= 0 && attempt > retries) {
      streams.stdout.write(`Dropping out copy after ${retries} retries\n`);
      throw problem;
    }
    // A server that is away is not asked without a pause.
    if (received === receivedBefore) await clock.sleep(retryAfterMs);
    streams.stdout.write(`Resuming copy at ${received} bytes, retry ${attempt}/${retries}\n`);
  }
}

/** The archive without its first bytes. */
function fromByte(path: string, received: number): readonly string[] {
  const quoted = `'${path.replaceAll("'", "'\\''")}'`;
  return ['sh', '-c', `tar cf - ${quoted} | tail -c+${received === 0 ? 0 : received + 1}`];
}

function partOfArchive(
  context: CopyContext,
  place: PodPlace,
  command: readonly string[],
): { readonly bytes: AsyncIterable<Buffer>; readonly problem: Promise<unknown> } {
  const { stdout } = context.streams;
  const bytes = new PassThrough();
  const problem = runInPod(context, place, { command, stdout: bytes, stderr: stdout.stream, warnings: stdout }).then(
    () => undefined,
    (error: unknown) => error,
  );
  void problem.then(() => bytes.end());
  return { bytes, problem };
}
