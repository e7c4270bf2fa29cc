import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { PassThrough } from 'node:stream';
import type { CopyContext } from './cp-command.ts';
import { archivePrefix, withoutShortcuts } from './file-specification.ts';
import { type PodPlace, runInPod } from './run-in-pod.ts';
import { type TarEntry, tarEntries } from './tar-reader.ts';

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
    else await unpack(entry, file);
  }
}

function isOutside(target: string, file: string): boolean {
  const path = relative(target, file);
  return path !== '' && path !== withoutShortcuts(path);
}

async function unpack(entry: TarEntry, file: string): Promise<void> {
  mkdirSync(entry.type === '5' ? file : dirname(file), { recursive: true, mode: 0o755 });
  if (entry.type === '5') return;
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

/** The bytes of the archive. With --retries a connection that is lost is opened again, where it was. */
async function* archiveOf(context: CopyContext, place: PodPlace, path: string): AsyncGenerator<Buffer> {
  const { flags, streams } = context;
  const { retries } = flags;
  let received = 0;
  for (let attempt = 1; ; attempt++) {
    const output = new PassThrough();
    const command = retries === 0 ? ['tar', 'cf', '-', path] : ['sh', '-c', `tar cf - ${path} | tail -c+${attempt === 1 ? 0 : received + 1}`];
    let problem: unknown;
    const running = runInPod(context, place, { command, stdout: output, stderr: streams.stdout.stream, warnings: streams.stdout }).then(
      () => output.end(),
      (error: unknown) => {
        problem = error;
        output.end();
      },
    );
    for await (const chunk of output as AsyncIterable<Buffer>) {
      received += chunk.length;
      yield chunk;
    }
    await running;
    if (problem === undefined) return;
    if (retries >= 0 && attempt > retries) {
      streams.stdout.write(`Dropping out copy after ${retries} retries\n`);
      throw problem;
    }
    streams.stdout.write(`Resuming copy at ${received} bytes, retry ${attempt}/${retries}\n`);
  }
}
