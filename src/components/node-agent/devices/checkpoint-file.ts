import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../../kernel/log.ts';
import { type AllocationChange, AllocationJournal, withChanges } from './allocation-journal.ts';
import { type CheckpointContent, checkpointText, readCheckpointText } from './checkpoint.ts';

/** Whoever asks to have something on disk does not wait for this, so changes may gather. */
const rewriteAfterMs = 100;

/**
 * Keeps a checkpoint on disk. Changes go into a journal at once; the checkpoint itself is written whole a little later, beside the old one, and put in its place,
 * so that at any moment there is one that is complete.
 */
export class CheckpointFile {
  readonly #path: string;
  readonly #content: () => CheckpointContent;
  readonly #log: Log;
  readonly #journal: AllocationJournal;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(path: string, content: () => CheckpointContent, log: Log) {
    this.#path = path;
    this.#content = content;
    this.#log = log;
    this.#journal = new AllocationJournal(path);
  }

  /**
   * What was known last; undefined when nothing was. A file that cannot be read is put aside, and said so: what devices pods hold is then not known, but for what the
   * journal tells.
   */
  async read(): Promise<CheckpointContent | undefined> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o750 });
    const changes = this.#journal.changes();
    const content = await this.#readFile();
    if (!content && changes.length === 0) return undefined;
    return { registeredResources: content?.registeredResources ?? [], allocations: withChanges(content?.allocations ?? [], changes) };
  }

  /** A change that the next `save` has on disk. */
  note(change: AllocationChange): void {
    this.#journal.add(change);
  }

  /** Resolves when all changes that were noted are on disk; rejects as upstream words it. */
  async save(): Promise<void> {
    try {
      this.#journal.flush();
      this.#rewriteSoon();
    } catch (cause) {
      throw writeError(cause);
    }
  }

  /** The same for changes nobody waits for. */
  saveSoon(): void {
    this.save().catch((error: unknown) => this.#log.error('allocated devices not recorded', { error }));
  }

  /** Writes what is not in the checkpoint yet; resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing;
    if (this.#timer) await this.#rewrite();
  }

  async #readFile(): Promise<CheckpointContent | undefined> {
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
      return undefined;
    }
  }

  #rewriteSoon(): void {
    this.#timer ??= setTimeout(() => {
      void (this.#writing ?? Promise.resolve()).then(() => {
        this.#writing = this.#rewrite().finally(() => (this.#writing = undefined));
      });
    }, rewriteAfterMs).unref();
  }

  async #rewrite(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const temporary = `${this.#path}.tmp`;
    try {
      // From here on changes are in a new file, which the checkpoint need not have.
      const covered = this.#journal.rotate();
      // Not flushed to the disk itself: what a killed process has written stays, and no container outlives a machine that loses its power.
      await writeFile(temporary, checkpointText(this.#content()), { mode: 0o600 });
      await rename(temporary, this.#path);
      covered[Symbol.dispose]();
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {}); // the disk's own error is the one to tell
      this.#log.error('the record of allocated devices is only in its journal', { error: writeError(cause) });
    }
  }
}

const writeError = (cause: unknown): Error =>
  new Error(`failed to write checkpoint file "kubelet_internal_checkpoint": ${(cause as Error).message}`, { cause });
