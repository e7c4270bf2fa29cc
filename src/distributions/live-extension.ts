import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, type Log } from '../kernel/log.ts';
import { type ExtensionFile, type OpenPoints, readExtensionFile } from './extension-file.ts';

export interface LiveExtensionOptions {
  readonly path: string;
  /** Read already, so that a cluster is not started with a file that cannot be loaded. */
  readonly file: ExtensionFile;
  readonly points: OpenPoints;
  /** Called after what the file adds has changed. */
  readonly onChange: () => void;
  readonly log: Log;
}

/** Editors write a file in several steps. */
const settleMs = 50;

/**
 * Keeps what a file of extensions adds as the file says: whenever it, or a file that it imports by path, is saved, it is read again and takes the place of what it
 * added before. A file that cannot be loaded, or adds what is not allowed, is logged, and what it added before stays. Throws when the first addition fails.
 */
export function keepLive(options: LiveExtensionOptions): AsyncDisposable {
  return new LiveExtension(options);
}

class LiveExtension implements AsyncDisposable {
  readonly #options: LiveExtensionOptions;
  #file: ExtensionFile;
  #added: Disposable;
  #watchers: FSWatcher[] = [];
  #isSaved = false;
  #isClosed = false;
  #reloading: Promise<void> | undefined;

  constructor(options: LiveExtensionOptions) {
    this.#options = options;
    this.#file = options.file;
    this.#added = options.file.addTo(options.points);
    this.#watch(options.file.files);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#unwatch();
    await this.#reloading;
    this.#added[Symbol.dispose]();
  }

  /** Directories, not files: editors put a new file in the place of the old one. */
  #watch(files: ReadonlySet<string>): void {
    this.#unwatch();
    for (const directory of new Set([...files].map((file) => dirname(file)))) {
      const watcher = watch(directory, { persistent: false }, (_event, name) => {
        if (name === null || files.has(`${directory}/${name}`)) this.#onSave();
      });
      watcher.on('error', (error) => this.#options.log.warn('an extension is no longer watched for changes', { directory, error }));
      this.#watchers.push(watcher);
    }
  }

  #unwatch(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  #onSave(): void {
    this.#isSaved = true;
    this.#reloading ??= this.#reload().finally(() => (this.#reloading = undefined));
  }

  async #reload(): Promise<void> {
    while (this.#isSaved && !this.#isClosed) {
      this.#isSaved = false;
      await sleep(settleMs);
      if (!this.#isSaved && !this.#isClosed) await this.#replace();
    }
  }

  async #replace(): Promise<void> {
    const { path, points, onChange, log } = this.#options;
    try {
      const file = await readExtensionFile(path);
      this.#swap(file, points);
      this.#watch(file.files);
      onChange();
      log.info('an extension was loaded again', { file: file.name });
    } catch (error) {
      log.error('an extension was saved but not loaded; what it added before stays', { file: this.#file.name, error: errorText(error) });
    }
  }

  /** Names may be the same, so the old must go before the new can come; and come back when the new is refused. */
  #swap(file: ExtensionFile, points: OpenPoints): void {
    this.#added[Symbol.dispose]();
    try {
      this.#added = file.addTo(points);
    } catch (error) {
      this.#added = this.#file.addTo(points);
      throw error;
    }
    this.#file = file;
  }
}
