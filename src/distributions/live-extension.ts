import { errorText, type Log } from '../kernel/log.ts';
import { type ExtensionFile, type OpenPoints, readExtensionFile, UnreadableModule } from './extension-file.ts';
import { SavedFiles } from './saved-files.ts';

export interface LiveExtensionOptions {
  readonly path: string;
  /** Read already, so that a cluster is not started with a file that cannot be loaded. */
  readonly file: ExtensionFile;
  readonly points: OpenPoints;
  /** Called after what the file adds has changed. */
  readonly onChange: () => void;
  readonly log: Log;
}

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
  readonly #saved: SavedFiles;

  constructor(options: LiveExtensionOptions) {
    this.#options = options;
    this.#file = options.file;
    this.#added = options.file.addTo(options.points);
    this.#saved = new SavedFiles({ onSave: () => this.#replace(), log: options.log });
    this.#saved.watch(options.file.files);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#saved[Symbol.asyncDispose]();
    this.#added[Symbol.dispose]();
  }

  async #replace(): Promise<void> {
    const { path, points, onChange, log } = this.#options;
    try {
      const file = await readExtensionFile(path);
      this.#swap(file, points);
      this.#saved.watch(file.files);
      onChange();
      log.info('an extension was loaded again', { file: file.name });
    } catch (error) {
      if (error instanceof UnreadableModule) this.#saved.watch(this.#file.files.union(error.files));
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
