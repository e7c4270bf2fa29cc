import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../../kernel/log.ts';
import { type CheckpointContent, checkpointText, readCheckpointText } from './checkpoint.ts';

/**
 * Keeps a checkpoint on disk. A file is written whole beside the old one and put in its place, so that at any moment there is one that is complete. Those who
 * ask while a write is under way share the next one.
 */
export class CheckpointFile {
  readonly #path: string;
  readonly #content: () => CheckpointContent;
  readonly #log: Log;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(path: string, content: () => CheckpointContent, log: Log) {
    this.#path = path;
    this.#content = content;
    this.#log = log;
  }

  /** What was written last; undefined when nothing was. A file that cannot be read is put aside, and said so: what devices pods hold is then not known. */
  async read(): Promise<CheckpointContent | undefined> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o750 });
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return readCheckpointText(text);
    } catch (error) {
      const aside = `${this.#path}.corrupt`;
      await rename(this.#path, aside);
      this.#log.error('the record of allocated devices cannot be read; it was put aside, and pods that hold devices should be restarted', {
        file: aside,
        error,
      });
      return { allocations: [], registeredResources: [] };
    }
  }

  /** Resolves when what holds now is on disk; rejects as upstream words it. */
  save(): Promise<void> {
    if (this.#next) return this.#next;
    if (!this.#writing) return this.#begin();
    this.#next = this.#writing
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    return this.#next;
  }

  /** The same for changes nobody waits for: the next write has them too. */
  saveSoon(): void {
    this.save().catch((error: unknown) => this.#log.error('allocated devices not recorded', { error }));
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    while (this.#next ?? this.#writing) await (this.#next ?? this.#writing)!.catch(() => {}); // told where it was asked for
  }

  #begin(): Promise<void> {
    this.#writing = this.#write().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #write(): Promise<void> {
    const temporary = `${this.#path}.tmp`;
    try {
      // Not flushed to the disk itself: what a killed process has written stays, and no container outlives a machine that loses its power.
      await writeFile(temporary, checkpointText(this.#content()), { mode: 0o600 });
      await rename(temporary, this.#path);
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {}); // the disk's own error is the one to tell
      throw new Error(`failed to write checkpoint file "kubelet_internal_checkpoint": ${(cause as Error).message}`, { cause });
    }
  }
}
