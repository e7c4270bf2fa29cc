import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../../kernel/log.ts';
import type { ClaimRecord } from './claim-record.ts';
import { readStateText, stateText } from './state-text.ts';

/** Name of the file, below the agent's own folder; upstream's. */
export const stateFileName = 'dra_manager_state';

/**
 * Keeps on disk which claims pods use and what drivers prepared for them. A file is written whole beside the old one and put in its place. Those who ask while a write
 * is under way share the next one.
 */
export class StateFile {
  readonly #path: string;
  readonly #records: () => Iterable<ClaimRecord>;
  readonly #log: Log;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(path: string, records: () => Iterable<ClaimRecord>, log: Log) {
    this.#path = path;
    this.#records = records;
    this.#log = log;
  }

  /** What was written last. A file that cannot be read is put aside, and said so: claims of pods that run are then prepared again, those of pods that are gone stay prepared. */
  async read(): Promise<readonly ClaimRecord[]> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o750 });
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    try {
      return readStateText(text);
    } catch (error) {
      const aside = `${this.#path}.corrupt`;
      await rename(this.#path, aside);
      this.#log.error('the record of prepared ResourceClaims cannot be read; it was put aside, and drivers may hold devices for pods that are gone', {
        file: aside,
        error,
      });
      return [];
    }
  }

  /** Resolves when what holds now is on disk; rejects as upstream words it. */
  save(): Promise<void> {
    if (this.#next) return this.#next;
    if (!this.#writing) return this.#begin();
    this.#next = this.#writing
      .catch(() => {}) // told to those who waited for it
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    return this.#next;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    while (this.#next ?? this.#writing) await (this.#next ?? this.#writing)!.catch(() => {});
  }

  #begin(): Promise<void> {
    this.#writing = this.#write().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #write(): Promise<void> {
    const temporary = `${this.#path}.tmp`;
    try {
      // Not flushed to the disk itself: what a killed process has written stays, and nothing is prepared any more on a machine that lost its power.
      await writeFile(temporary, stateText(this.#records()), { mode: 0o600 });
      await rename(temporary, this.#path);
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {}); // the disk's own error is the one to tell
      throw new Error(`could not save checkpoint ${stateFileName}: ${(cause as Error).message}`, { cause });
    }
  }
}
