import type { ReadStream, WriteStream } from 'node:tty';
import type { Streams } from '../contract.ts';

export interface TerminalSize {
  readonly Width: number;
  readonly Height: number;
}

/** The user's terminal while a remote process has it: keys go through unread, and its size is told. Disposing gives it back. */
export interface RawTerminal extends Disposable {
  /** Undefined when the output is no terminal. */
  size(): TerminalSize | undefined;
  onResize(listener: (size: TerminalSize) => void): void;
}

export function openRawTerminal({ stdin, stdout }: Streams): RawTerminal {
  const input = stdin.stream as ReadStream;
  const output = stdout.stream as WriteStream;
  const size = (): TerminalSize | undefined => (stdout.isTerminal ? { Width: output.columns, Height: output.rows } : undefined);
  const listeners: (() => void)[] = [];
  const wasRaw = input.isRaw;
  input.setRawMode(true);
  return {
    size,
    onResize(listener) {
      const onResize = (): void => {
        const now = size();
        if (now) listener(now);
      };
      listeners.push(onResize);
      output.on('resize', onResize);
    },
    [Symbol.dispose]() {
      for (const listener of listeners) output.off('resize', listener);
      input.setRawMode(wasRaw);
    },
  };
}
