import { stripVTControlCharacters } from 'node:util';

/** Text at the end of what a terminal shows, written over and over again in the same place. */
export class RedrawnText {
  readonly #write: (text: string) => void;
  #last = '';
  #height = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Shows a text of whole lines instead of the one before. `columns` are those of the terminal. */
  show(text: string, columns: number): void {
    if (text === this.#last) return;
    const up = this.#height > 0 ? `\u001b[${this.#height}A` : '';
    // Each line is cleared behind its end rather than all before: nothing flickers.
    this.#write(`${up}${text.replaceAll('\n', '\u001b[K\n')}\u001b[J`);
    this.#last = text;
    this.#height = heightOf(text, columns);
  }
}

/** How many lines of a terminal a text takes: long ones are wrapped. */
export const heightOf = (text: string, columns: number): number =>
  text
    .split('\n')
    .slice(0, -1)
    .reduce((sum, line) => sum + Math.max(1, Math.ceil([...stripVTControlCharacters(line)].length / columns)), 0);
