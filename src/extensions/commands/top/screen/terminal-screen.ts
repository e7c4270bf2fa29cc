import type { ReadStream } from 'node:tty';
import type { Streams } from '../../../../extension-points/commands/contract.ts';

/** A line with its style; it is cut to the width of the terminal. */
export interface ScreenLine {
  readonly text: string;
  /** `heading` stands out, `chosen` is inverted, `quiet` steps back, the others are colours where colours are wanted. */
  readonly style?: 'heading' | 'chosen' | 'quiet' | 'good' | 'bad' | 'warning';
}

const styles = { heading: '1', chosen: '7', quiet: '2', good: '32', bad: '31', warning: '33' } as const;
const colours: readonly string[] = ['good', 'bad', 'warning'];

const escape = '\u001b';
const enter = `${escape}[?1049h${escape}[?25l${escape}[2J`;
const leave = `${escape}[0m${escape}[?25h${escape}[?1049l`;

/**
 * The whole terminal, on its alternate screen: what stood there before comes back when this is disposed. Only lines that changed are written, in one piece, so that nothing
 * flickers, on slow connections too. Keys come one by one, unechoed. Plain VT100 sequences besides the alternate screen, no mouse.
 */
export class TerminalScreen implements Disposable {
  readonly #streams: Streams;
  readonly #input: ReadStream;
  readonly #keys: (chunk: Buffer) => void;
  readonly #resized: () => void;
  readonly #resumed: () => void;
  #shown: string[] = [];
  #isOpen = true;
  /** Until the program is told that it goes on, the terminal is others'. */
  #isSuspended = false;

  constructor(streams: Streams, on: { readonly key: (key: string) => void; readonly resize: () => void }) {
    this.#streams = streams;
    this.#input = streams.stdin.stream as ReadStream;
    this.#keys = (chunk) => {
      for (const key of keysOf(chunk.toString('utf8'))) {
        if (key === 'suspend') this.#suspend();
        else on.key(key);
      }
    };
    this.#resized = () => {
      this.#shown = []; // a terminal may have moved or wrapped what it showed
      this.#streams.stdout.write(`${escape}[2J`);
      on.resize();
    };
    this.#resumed = () => {
      this.#isSuspended = false;
      this.#enter();
      this.#resized();
    };
    this.#enter();
    this.#input.on('data', this.#keys);
    this.#input.resume();
    streams.stdout.stream.on('resize', this.#resized);
    // Whoever stopped the program: the shell has set the terminal as it likes it.
    process.on('SIGCONT', this.#resumed);
  }

  #enter(): void {
    this.#streams.stdout.write(enter);
    // Told only what it believes already, it would do nothing.
    this.#input.setRawMode?.(false);
    this.#input.setRawMode?.(true);
  }

  #leave(): void {
    this.#input.setRawMode?.(false);
    this.#streams.stdout.write(leave);
  }

  /** Stops the program and what runs with it, as the terminal does on Ctrl-Z when its keys are not read one by one. */
  #suspend(): void {
    this.#isSuspended = true;
    this.#leave();
    process.kill(0, 'SIGTSTP');
  }

  /** Columns and rows; 80 by 24 where the terminal does not say. */
  get size(): { readonly columns: number; readonly rows: number } {
    const { columns, rows } = this.#streams.stdout.stream as { columns?: number; rows?: number };
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** Shows these lines from the top; the rest is empty. */
  show(lines: readonly ScreenLine[]): void {
    if (!this.#isOpen || this.#isSuspended) return;
    const { columns, rows } = this.size;
    const wanted = Array.from({ length: rows }, (_, row) => this.#rendered(lines[row], columns));
    const changes = wanted.flatMap((text, row) => (text === (this.#shown[row] ?? '') ? [] : [`${escape}[${row + 1};1H${text}${escape}[K`]));
    this.#shown = wanted;
    if (changes.length > 0) this.#streams.stdout.write(changes.join(''));
  }

  #rendered(line: ScreenLine | undefined, columns: number): string {
    if (!line) return '';
    const text = fitted(line.text, columns);
    const { style } = line;
    if (!style || (colours.includes(style) && !this.#streams.stdout.hasColours)) return text.trimEnd();
    return `${escape}[${styles[style]}m${style === 'chosen' ? text.padEnd(columns) : text.trimEnd()}${escape}[0m`;
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('SIGCONT', this.#resumed);
    this.#input.off('data', this.#keys);
    this.#streams.stdout.stream.off('resize', this.#resized);
    this.#leave();
    this.#input.pause();
  }
}

/** Cut to a width. What could command the terminal becomes a blank, what takes two columns a question mark. */
export function fitted(text: string, columns: number): string {
  const plain = [...text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')].map((character) => (character.codePointAt(0)! >= 0x1100 ? wide(character) : character));
  return plain.length <= columns ? plain.join('') : `${plain.slice(0, Math.max(0, columns - 1)).join('')}${columns > 0 ? '…' : ''}`;
}

/** Of the characters up there, general punctuation and arrows are narrow. */
const wide = (character: string): string => (/[\u2010-\u27bf]/u.test(character) ? character : '?');

const sequences: Readonly<Record<string, string>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[H': 'home',
  '[F': 'end',
  '[1~': 'home',
  '[4~': 'end',
  OH: 'home',
  OF: 'end',
  '[Z': 'back-tab',
};
const keyPattern = new RegExp(`${escape}((?:\\[[0-9;]*[~A-Za-z])|(?:O[A-Za-z]))|([\\s\\S])`, 'gu');
const names: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'interrupt',
  '\u001a': 'suspend',
  [escape]: 'escape',
};

/** The keys in what a terminal sent: characters as they are, others by name. Sequences that are not known are left out. */
export function keysOf(text: string): string[] {
  return [...text.matchAll(keyPattern)].flatMap(([, sequence, character]) => {
    if (sequence !== undefined) return sequences[sequence] ?? [];
    return names[character!] ?? (character! >= ' ' ? character! : []);
  });
}
