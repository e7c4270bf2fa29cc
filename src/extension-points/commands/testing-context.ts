import { tmpdir } from 'node:os';
import { systemClock } from '../../kernel/clock.ts';
import { createLateCluster } from './cluster/late-cluster.ts';
import type { Command, CommandContext, FlagTable } from './contract.ts';
import { flagsOf } from './flags/find-command.ts';
import { createFlagSet, parseFlags } from './flags/parse-flags.ts';
import { type CommandLine, createContext } from './run.ts';
import { collectingStreams } from './testing.ts';

/** The context of a command without words and flags, whose cluster answers nothing. */
export function unreachableContext(
  path: readonly Command[],
  globalFlags: FlagTable,
): AsyncDisposable & { readonly context: CommandContext; output(): { readonly stdout: string; readonly stderr: string } } {
  const { streams, output } = collectingStreams({});
  const directory = tmpdir();
  const environment = { KUBECONFIG: '/dev/null' };
  const parsed = parseFlags(flagsOf(createFlagSet(globalFlags), path), []);
  const connect: CommandLine['connect'] = (line) =>
    createLateCluster({ line, streams, environment, homeDirectory: directory, directory, clock: systemClock, userAgent: 'wherry/test' });
  const cluster = connect(parsed);
  const line: CommandLine = {
    program: 'wherry',
    arguments: path.map(({ name }) => name),
    commands: path.slice(0, 1),
    globalFlags,
    introduction: '',
    streams,
    environment,
    directory,
    homeDirectory: directory,
    clock: systemClock,
    signal: () => new AbortController().signal,
    connect,
  };
  const commandPath = ['wherry', ...path.map(({ name }) => name)].join(' ');
  const context = createContext(line, { commandPath, parsed, cluster, usageError: (message) => new Error(message) });
  return { context, output, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}
