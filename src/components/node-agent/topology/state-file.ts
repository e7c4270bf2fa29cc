import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** How a state is written. Both ways throw for what is none. */
export interface StateFormat<State> {
  toText(state: State): string;
  fromText(text: string): State;
}

/** A small state that outlives the process: written whole beside the old one and put in its place, so that at any moment there is one that is complete. */
export class StateFile<State> {
  readonly path: string;
  readonly #format: StateFormat<State>;

  constructor(path: string, format: StateFormat<State>) {
    this.path = path;
    this.#format = format;
  }

  /** What was written last; undefined when nothing was. Throws when it cannot be read. */
  read(): State | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return this.#format.fromText(text);
  }

  /** Returns when the state outlives the process. Throws when it cannot be written; then the old one still holds. */
  write(state: State): void {
    const temporary = `${this.path}.tmp`;
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(temporary, this.#format.toText(state), { mode: 0o600 });
    renameSync(temporary, this.path);
  }
}
