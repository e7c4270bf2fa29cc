import type { Writable } from 'node:stream';
import { operatingSystemText } from './path-plugins/operating-system-error.ts';

const names = { stdout: '/dev/stdout', stderr: '/dev/stderr' } as const;

/**
 * Ends the program when what it writes goes nowhere: by SIGPIPE when nobody reads it any more, as programs end that do not ask for anything else (kubectl too), with an
 * error and exit code 1 when standard output cannot be written. Of errors nobody is told when there is no place to tell them.
 */
export function endOnFailure(program: NodeJS.Process, name: keyof typeof names, stream: Writable = program[name]): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') endByBrokenPipe(program);
    else if (name === 'stdout') {
      program.stderr.write(`error: write ${names[name]}: ${operatingSystemText(error)}\n`);
      program.exit(1);
    }
  });
}

function endByBrokenPipe(program: NodeJS.Process): void {
  if (program.platform === 'win32') program.exit(1);
  // A terminal that is read key by key would stay so; the program's exit alone sets it back.
  const input = program.stdin;
  if (input.isTTY && input.isRaw) input.setRawMode(false);
  // Node ignores the signal. Once it was handled and no longer is, it does what it does by default.
  program.on('SIGPIPE', nothing).off('SIGPIPE', nothing);
  program.kill(program.pid, 'SIGPIPE');
}

const nothing = (): void => {};

/** Resolves when everything that was written has left, or never will. An exit before would lose what a slow reader has not taken yet. */
export function flushed(stream: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.write('', () => resolve());
  return promise;
}
