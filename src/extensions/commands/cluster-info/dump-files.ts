import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Streams } from '../../../extension-points/commands/contract.ts';

/** Where a dump goes: files below a folder, or standard output. */
export interface DumpFiles {
  /** A list of objects. `path` has no ending; what it gets says the output format. */
  write(path: string, text: string): void;
  writeText(path: string, text: string): void;
}

export function createDumpFiles(options: {
  /** Empty or `-`: standard output. */
  readonly target: string;
  readonly directory: string;
  readonly output: string;
  readonly streams: Pick<Streams, 'stdout'>;
}): DumpFiles {
  const { target, directory, output, streams } = options;
  const ending = output === 'json' || output === 'yaml' ? `.${output}` : '.txt';
  const put = (path: string, text: string): void => {
    if (target === '' || target === '-') return streams.stdout.write(text);
    const file = join(resolve(directory, target), path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, text);
  };
  return { write: (path, text) => put(path + ending, text), writeText: (path, text) => put(`${path}.txt`, text) };
}
