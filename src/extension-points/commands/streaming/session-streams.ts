import type { Readable, Writable } from 'node:stream';
import type { Streams } from '../contract.ts';
import { openRawTerminal, type TerminalSize } from './terminal.ts';

/** What an interactive session is to have. */
export interface SessionWishes {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly isQuiet: boolean;
  /** Tells a size that is one larger first, so that whatever draws the screen draws it anew. */
  readonly redraws?: boolean;
}

/** The local side of a session with a process in a container. Disposing gives the terminal back. */
export interface SessionStreams extends Disposable {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  /** Undefined with a terminal, which has one output. */
  readonly stderr: Writable | undefined;
  /** Whether the process has this terminal. */
  readonly isRaw: boolean;
  readonly sizes: ((resize: (size: TerminalSize) => void) => void) | undefined;
}

/** Takes the terminal for a session; where there is none, says so on standard error and goes on without. */
export function openSession(streams: Streams, { stdin, tty, isQuiet, redraws }: SessionWishes): SessionStreams {
  const { stdin: input, stdout, stderr } = streams;
  const plain = { stdin: stdin ? input.stream : undefined, stdout: stdout.stream, stderr: stderr.stream, isRaw: false, sizes: undefined };
  if (stdin && tty && !input.isTerminal && !isQuiet) stderr.write('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  if (!stdin || !tty || !input.isTerminal) return { ...plain, [Symbol.dispose]: () => {} };
  const terminal = openRawTerminal(streams);
  const size = terminal.size();
  return {
    ...plain,
    stderr: undefined,
    isRaw: true,
    sizes: size
      ? (resize) => {
          if (redraws) resize({ Width: size.Width + 1, Height: size.Height + 1 });
          resize(size);
          terminal.onResize(resize);
        }
      : undefined,
    [Symbol.dispose]: () => terminal[Symbol.dispose](),
  };
}
