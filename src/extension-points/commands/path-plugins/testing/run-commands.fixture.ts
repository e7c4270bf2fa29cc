import { Readable, Writable } from 'node:stream';
import type { Clock } from '../../../../kernel/clock.ts';
import { systemClock } from '../../../../kernel/clock.ts';
import type { ClusterAccess } from '../../cluster/contract.ts';
import type { Command, LazyCommand } from '../../contract.ts';
import { runCommandLine } from '../../run.ts';
import { inputOf, outputOf } from '../../streams.ts';

export interface RanCommand {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly input?: string;
  readonly clock?: Clock;
  /** Pretends that all three streams are a terminal. */
  readonly isTerminal?: boolean;
}

/** Runs a command line in this process, without a cluster, and collects what it prints. */
export async function runCommands(commands: readonly (Command | LazyCommand)[], line: readonly string[], options: RunOptions): Promise<RanCommand> {
  const { environment, directory, input = '', clock = systemClock, isTerminal = false } = options;
  const [stdout, stderr] = [collect(isTerminal), collect(isTerminal)];
  const stdin = Object.assign(Readable.from(input === '' ? [] : [input]), { isTTY: isTerminal });
  const code = await runCommandLine({
    program: 'kubectl',
    arguments: line,
    commands,
    globalFlags: {},
    introduction: '',
    streams: { stdin: inputOf(stdin), stdout: outputOf(stdout.stream, environment), stderr: outputOf(stderr.stream, environment) },
    environment,
    directory,
    homeDirectory: directory,
    clock,
    signal: () => new AbortController().signal,
    connect: () => noCluster,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(isTerminal: boolean): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY: isTerminal }), text: () => Buffer.concat(chunks).toString('utf8') };
}

const noCluster = {
  requireNoWarnings() {},
  async [Symbol.asyncDispose]() {},
} as unknown as ClusterAccess & AsyncDisposable;
