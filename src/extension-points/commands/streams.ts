import type { Readable, Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Input, Output, Streams } from './contract.ts';
import { FileOutput, isFile } from './file-output.ts';
import { endOnFailure } from './output-failures.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const maximumInputBytes = 256 * 1024 * 1024;

/** The streams of a process. Each is opened when it is first used; one that can no longer be written ends the process. */
export function processStreams(program: NodeJS.Process, environment: Environment): Streams {
  let input: Input | undefined;
  let output: Output | undefined;
  let errors: Output | undefined;
  return {
    get stdin() {
      return (input ??= inputOf(program.stdin));
    },
    get stdout() {
      return (output ??= outputOf(watchedOutput(program, 'stdout'), environment));
    },
    get stderr() {
      return (errors ??= outputOf(watchedOutput(program, 'stderr'), environment));
    },
  };
}

function watchedOutput(program: NodeJS.Process, name: 'stdout' | 'stderr'): Writable {
  const descriptor = name === 'stdout' ? 1 : 2;
  const stream = isFile(descriptor) ? new FileOutput(descriptor) : program[name];
  endOnFailure(program, name, stream);
  return stream;
}

export const inputOf = (stream: Readable): Input => ({
  stream,
  isTerminal: (stream as Partial<ReadStream>).isTTY === true,
  async text() {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Buffer | string);
      size += bytes.length;
      if (size > maximumInputBytes) throw new Error(`standard input is longer than ${maximumInputBytes} bytes`);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks).toString('utf8');
  },
});

export function outputOf(stream: Writable, environment: Environment): Output {
  const terminal = stream as Partial<WriteStream>;
  const isTerminal = terminal.isTTY === true;
  return {
    write: (text) => void stream.write(text),
    drained: () => new Promise((resolve) => (stream.writableNeedDrain ? void stream.once('drain', () => resolve()) : resolve())),
    stream,
    isTerminal,
    get columns() {
      return isTerminal ? terminal.columns : undefined;
    },
    hasColours: wantsColours(isTerminal, environment),
  };
}

function wantsColours(isTerminal: boolean, environment: Environment): boolean {
  const wish = environment['KUBECTL_COLOR'] ?? '';
  if (wish === 'always' || wish === 'never') return wish === 'always';
  if (environment['NO_COLOR']) return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && environment['TERM'] !== 'dumb';
}
