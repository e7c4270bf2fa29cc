import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../kernel/log.ts';

/** Editors write a file in several steps. */
const settleMs = 50;

/** Watches files and tells when any was saved: once for several saves in a row, never twice at a time. Disposing ends it and waits for what is under way. */
export class SavedFiles implements AsyncDisposable {
  readonly #onSave: () => Promise<void>;
  readonly #log: Log;
  #watchers: FSWatcher[] = [];
  #isSaved = false;
  #isClosed = false;
  #telling: Promise<void> | undefined;

  /** `onSave` must not reject. */
  constructor({ onSave, log }: { readonly onSave: () => Promise<void>; readonly log: Log }) {
    this.#onSave = onSave;
    this.#log = log;
  }

  /** Watches these files, and no others from now on. Their directories, really: editors put a new file in the place of the old one. */
  watch(files: ReadonlySet<string>): void {
    this.#unwatch();
    if (this.#isClosed) return;
    for (const directory of new Set([...files].map((file) => dirname(file)))) {
      const watcher = watch(directory, { persistent: false }, (_event, name) => {
        if (name === null || files.has(`${directory}/${name}`)) this.notice();
      });
      watcher.on('error', (error) => this.#log.warn('files are no longer watched for changes', { directory, error }));
      this.#watchers.push(watcher);
    }
  }

  /** As if a file had been saved. */
  notice(): void {
    this.#isSaved = true;
    this.#telling ??= this.#tell().finally(() => (this.#telling = undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#unwatch();
    await this.#telling;
  }

  #unwatch(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  async #tell(): Promise<void> {
    while (this.#isSaved && !this.#isClosed) {
      this.#isSaved = false;
      await sleep(settleMs);
      if (!this.#isSaved && !this.#isClosed) await this.#onSave();
    }
  }
}
