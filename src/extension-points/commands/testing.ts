import { tmpdir } from 'node:os';
import { Readable, Writable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { systemClock } from '../../kernel/clock.ts';
import { globalFlags } from './cluster/global-flags.ts';
import { createLateCluster } from './cluster/late-cluster.ts';
import type { Command, LazyCommand, Streams } from './contract.ts';
import { runCommandLine } from './run.ts';
import { inputOf, outputOf } from './streams.ts';

/** What a command line printed, and its exit code. */
export interface RanCommand {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunCommandOptions {
  /** Default: none at all. `KUBECONFIG` says which cluster; without it nothing answers, and the command is told so as a user would be. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default: the folder for temporary files. */
  readonly directory?: string;
  /** Standard input. */
  readonly input?: string;
  readonly clock?: Clock;
  /** Pretends that all three streams are a terminal, so wide. */
  readonly terminalColumns?: number;
  /** Stands for Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** For tests of commands: runs a line as the host does, in this process, and collects what it prints. The word of the command itself is not among `args`. */
export async function runCommand(command: Command | LazyCommand, args: readonly string[], options: RunCommandOptions = {}): Promise<RanCommand> {
  const { environment = {}, directory = tmpdir(), clock = systemClock, signal = new AbortController().signal } = options;
  const { streams, output } = collectingStreams(options);
  const code = await runCommandLine({
    program: 'wherry',
    arguments: [command.name, ...args],
    commands: [command],
    globalFlags,
    introduction: '',
    streams,
    environment,
    directory,
    homeDirectory: directory,
    clock,
    signal: () => signal,
    connect: (line) =>
      createLateCluster({
        line,
        streams,
        environment: { KUBECONFIG: '/dev/null', ...environment },
        homeDirectory: directory,
        directory,
        clock,
        userAgent: 'wherry/test',
      }),
  });
  return { code, ...output() };
}

/** Streams that keep what is written to them. */
export function collectingStreams({ environment = {}, input = '', terminalColumns }: RunCommandOptions): {
  readonly streams: Streams;
  output(): { readonly stdout: string; readonly stderr: string };
} {
  const isTTY = terminalColumns !== undefined;
  const collect = () => {
    const chunks: Buffer[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
    const output = outputOf(Object.assign(stream, { isTTY, columns: terminalColumns }), environment);
    return { output, text: () => Buffer.concat(chunks).toString('utf8') };
  };
  const [stdout, stderr] = [collect(), collect()];
  const stdin = Object.assign(Readable.from(input === '' ? [] : [input]), { isTTY });
  return {
    streams: { stdin: inputOf(stdin), stdout: stdout.output, stderr: stderr.output },
    output: () => ({ stdout: stdout.text(), stderr: stderr.text() }),
  };
}
