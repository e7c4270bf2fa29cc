import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readBoundedFile } from '../../kernel/bounded-file.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { type Log, silentLog } from '../../kernel/log.ts';
import { featureFileDirectory, type LabelSet, type NodeLabelSource } from './contract.ts';
import { DirectoryChanges } from './directory-changes.ts';
import { type FeatureFile, maximumFeatureFileBytes, parseFeatureFile } from './feature-file.ts';

export interface FeatureFilesOptions {
  /** Default: where Node Feature Discovery has it. */
  readonly directory?: string;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** How often the directory is looked at where changes are noticed anyway, and where they cannot be. Milliseconds. */
const lookEveryMs = { watching: 60_000, blind: 5_000 };
const maximumFiles = 256;

/**
 * A source for programs in whatever language: what the feature files of a directory say. They are read when they change, and once a minute. Hidden files are left
 * alone. Where two files have the same label, that of the later name counts. A file that cannot be read is left out, and logged.
 */
export function featureFiles({ directory = featureFileDirectory, clock = systemClock, log = silentLog }: FeatureFilesOptions = {}): NodeLabelSource {
  return {
    async *labels(_node, signal) {
      const reader = new FeatureFileReader(directory, log);
      using changes = new DirectoryChanges(directory, clock);
      let last: LabelSet | undefined;
      while (!signal.aborted) {
        await changes.watch();
        const { set, nextExpiry } = await reader.read(clock.now());
        if (!isDeepStrictEqual(set, last)) yield (last = set);
        const waitMs = changes.isWatching ? lookEveryMs.watching : lookEveryMs.blind;
        await changes.next(Math.max(1, Math.min(waitMs, nextExpiry - clock.now())), signal);
      }
    },
  };
}

class FeatureFileReader {
  readonly #directory: string;
  readonly #log: Log;
  /** What was said of each file, so that it is said once. */
  #complaints = new Map<string, string>();

  constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = log;
  }

  /** Rejects when the directory is there but cannot be read. */
  async read(now: number): Promise<{ set: LabelSet; nextExpiry: number }> {
    const complaints = new Map<string, string>();
    const found: FeatureFile['labels'][] = [];
    const names = await this.#names();
    if (names.length > maximumFiles) complaints.set('', `${names.length} files are more than ${maximumFiles}: the last ones are not read`);
    for (const name of names.slice(0, maximumFiles)) {
      try {
        const { labels, problems } = parseFeatureFile(await textOf(join(this.#directory, name)));
        found.push(labels);
        if (problems.length > 0) complaints.set(name, problems.slice(0, 8).join('; '));
      } catch (error) {
        // Removed since it was listed: nothing is wrong.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') complaints.set(name, (error as Error).message);
      }
    }
    this.#complain(complaints);
    return merged(found, now);
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#directory)).filter((name) => !name.startsWith('.')).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  #complain(complaints: Map<string, string>): void {
    for (const [file, problem] of complaints) {
      if (this.#complaints.get(file) !== problem) this.#log.warn('feature file not understood', { file: join(this.#directory, file), problem });
    }
    this.#complaints = complaints;
  }
}

async function textOf(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile()) return '';
  if (found.size > maximumFeatureFileBytes) throw new Error(`file size limit exceeded: ${found.size} bytes > ${maximumFeatureFileBytes} bytes`);
  return readBoundedFile(path, maximumFeatureFileBytes);
}

function merged(files: readonly FeatureFile['labels'][], now: number): { set: LabelSet; nextExpiry: number } {
  const labels: Record<string, string> = {};
  const expiresAt: Record<string, number> = {};
  for (const [name, label] of files.flatMap((file) => [...file])) {
    if (label.expiresAt !== undefined && label.expiresAt <= now) continue;
    labels[name] = label.value;
    delete expiresAt[name];
    if (label.expiresAt !== undefined) expiresAt[name] = label.expiresAt;
  }
  return { set: { labels, expiresAt }, nextExpiry: Math.min(...Object.values(expiresAt)) };
}
