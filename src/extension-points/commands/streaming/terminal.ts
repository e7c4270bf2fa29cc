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
  const signals = onDeath(() => input.setRawMode(wasRaw));
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
      signals[Symbol.dispose]();
      for (const listener of listeners) output.off('resize', listener);
      input.setRawMode(wasRaw);
    },
  };
}

/** The runtime gives the terminal back when the process exits, or dies of the others. */
const deadly = ['SIGHUP', 'SIGQUIT'] as const;

/** Gives the terminal back before a signal ends the process. */
function onDeath(restore: () => void): Disposable {
  const die = (signal: NodeJS.Signals): void => {
    restore();
    forget();
    process.kill(process.pid, signal);
  };
  const forget = (): void => {
    for (const signal of deadly) process.off(signal, die);
  };
  for (const signal of deadly) process.on(signal, die);
  return { [Symbol.dispose]: forget };
}
