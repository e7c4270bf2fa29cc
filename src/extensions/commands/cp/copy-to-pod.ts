import { existsSync } from 'node:fs';
import { basename, posix } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';
import type { CopyContext } from './cp-command.ts';
import { type PodPlace, runInPod } from './run-in-pod.ts';
import { tarOf } from './tar-writer.ts';

const checkTimeoutMs = 30_000;

/** Packs what is here and has `tar` in the pod unpack it: into the folder that `path` is there, or under that name. */
export async function copyToPod(context: CopyContext, source: string, place: PodPlace, path: string): Promise<void> {
  const { flags, streams } = context;
  if (!existsSync(source)) throw new Error(`${source} doesn't exist in local filesystem`);
  const target = (await isFolder(context, place, path)) ? posix.join(path, basename(source)) : posix.normalize(path);
  const folder = posix.dirname(target);
  const command = ['tar', ...(flags['no-preserve'] ? ['--no-same-permissions', '--no-same-owner'] : []), '-xmf', '-', ...(folder === '' ? [] : ['-C', folder])];
  const input = Readable.from(tarOf(source, posix.basename(target)), { objectMode: false });
  let problem: Error | undefined;
  input.on('error', (error) => (problem = error));
  await runInPod(context, place, { command, stdin: input, stdout: streams.stdout.stream, stderr: streams.stderr.stream, warnings: streams.stderr }).catch(
    (error: unknown) => {
      throw problem ?? error;
    },
  );
  if (problem) throw problem;
}

async function isFolder(context: CopyContext, place: PodPlace, path: string): Promise<boolean> {
  const nothing = (): PassThrough => new PassThrough().resume();
  const asked = runInPod(context, place, { command: ['test', '-d', path], stdout: nothing(), stderr: nothing() });
  const signal = AbortSignal.timeout(checkTimeoutMs);
  const late = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('context deadline exceeded')), { once: true }));
  try {
    await Promise.race([asked, late]);
    return true;
  } catch (error) {
    if (error instanceof ExitCode) return false;
    if (signal.aborted) throw error;
    return false; // what else is wrong is told by the copy itself
  }
}
