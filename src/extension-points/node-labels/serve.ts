import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { featureFileDirectory, type LabelSet, type NodeLabelSource } from './contract.ts';
import { formatFeatureFile, maximumFeatureFileBytes } from './feature-file.ts';

export interface ServeNodeLabelsOptions {
  /** Name of the feature file; one program per name. */
  readonly name: string;
  /** Default: where wherry and Node Feature Discovery look. It is made when it is missing. */
  readonly directory?: string;
  /** Default: the machine's own. */
  readonly nodeName?: string;
}

/** A source that is served. Disposing ends it and removes its file, and so its labels. */
export interface ServedNodeLabels extends AsyncDisposable {
  readonly path: string;
  /** Resolves when the first labels are written. */
  readonly written: Promise<void>;
  /** Resolves when the source has ended; rejects when it has thrown, or a label of it cannot be written. The file stays until the source is disposed of. */
  readonly ended: Promise<void>;
}

/** Turns a source into a program of its own: writes what it says to a feature file, each set at once and whole. */
export function serveNodeLabels(source: NodeLabelSource, options: ServeNodeLabelsOptions): ServedNodeLabels {
  const { name, directory = featureFileDirectory, nodeName = hostname().toLowerCase() } = options;
  if (name === '' || name.startsWith('.') || name.includes('/')) throw new Error(`"${name}" cannot be the name of a feature file`);
  const stopping = new AbortController();
  const first = Promise.withResolvers<void>();
  const path = join(directory, name);
  const write = async (set: LabelSet): Promise<void> => {
    const text = formatFeatureFile(set);
    if (Buffer.byteLength(text) > maximumFeatureFileBytes) throw new Error(`the labels take more than the ${maximumFeatureFileBytes} bytes of a feature file`);
    // Readers leave hidden files alone, so nobody sees a file that is half written.
    const hidden = join(directory, `.${name}`);
    await writeFile(hidden, text);
    await rename(hidden, path);
    first.resolve();
  };
  const follow = async (): Promise<void> => {
    await mkdir(directory, { recursive: true });
    for await (const set of source.labels({ name: nodeName, isSimulated: false }, stopping.signal)) {
      if (stopping.signal.aborted) return;
      await write(set);
    }
  };
  const ended = follow();
  ended.then(
    () => first.reject(new Error('the source has ended without a word')),
    (error: unknown) => first.reject(error),
  );
  for (const promise of [ended, first.promise]) promise.catch(() => {}); // whoever does not ask need not hear
  return {
    path,
    written: first.promise,
    ended,
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the source is stopped'));
      await ended.catch(() => {}); // told by `ended`
      await rm(path, { force: true });
      await rm(join(directory, `.${name}`), { force: true });
    },
  };
}
