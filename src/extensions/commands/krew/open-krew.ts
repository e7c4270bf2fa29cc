import { existsSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { goQuote } from '../../../api/cel/kubernetes/go-quote.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { ExitCode, UsageError } from '../../../extension-points/commands/errors/command-errors.ts';
import { StoppedBySignal } from '../../../extension-points/commands/errors/stopped-by-signal.ts';
import { operatingSystemText } from '../../../extension-points/commands/path-plugins/operating-system-error.ts';
import { makeDirectories } from '../../../kernel/make-directories.ts';
import { type Git, gitOf } from './indexes/git.ts';
import { migrateIndexes } from './indexes/indexes.ts';
import { type KrewLayout, krewLayout } from './krew-layout.ts';
import { type Machine, machineOf } from './manifest/platforms.ts';
import { setupInstructions, warn } from './messages.ts';

/** What of a context the commands of krew work with; each has flags of its own. */
export type KrewContext = Pick<CommandContext, 'args' | 'streams' | 'environment' | 'directory' | 'homeDirectory' | 'clock' | 'signal' | 'commandPath'>;

export interface Krew {
  readonly layout: KrewLayout;
  readonly machine: Machine;
  readonly isWindows: boolean;
  readonly git: Git;
}

/** What every command of krew begins with: warns when the links are not on PATH (but for the first run), and makes the folders. */
export function openKrew(context: KrewContext): Krew {
  const { environment, homeDirectory, directory, streams } = context;
  const layout = krewLayout(environment, homeDirectory);
  const machine = machineOf(environment);
  const isWindows = machine.os === 'windows';
  if (existsSync(layout.base) && !isOnPath(layout.bin, environment['PATH'] ?? '', directory))
    warn(streams.stderr, `${setupInstructions(environment['SHELL'] ?? '', isWindows)}\n\n`);
  migrateIndexes(layout);
  for (const folder of [layout.base, layout.store, layout.bin, layout.indexes, layout.receipts]) makeFolder(folder);
  return { layout, machine, isWindows, git: gitOf(environment) };
}

function makeFolder(folder: string): void {
  try {
    makeDirectories(folder, 0o755);
  } catch (error) {
    throw new Error(`failed to ensure create directory ${goQuote(folder)}: ${operatingSystemText(error)}`, { cause: error });
  }
}

const isOnPath = (folder: string, path: string, directory: string): boolean => path.split(delimiter).some((entry) => resolve(directory, entry) === folder);

/** Does the work of a command. krew tells its errors without `error: ` in front. */
export async function withKrew(context: KrewContext, work: (krew: Krew) => Promise<void> | void): Promise<void> {
  try {
    await work(openKrew(context));
  } catch (error) {
    if (error instanceof ExitCode || error instanceof UsageError || error instanceof StoppedBySignal) throw error;
    throw new ExitCode(1, (error as Error).message);
  }
}

/** Throws, as cobra does, unless there are so many words behind the command. */
export function requireWords({ args, commandPath }: KrewContext, fewest: number, most = fewest): void {
  if (args.length >= fewest && args.length <= most) return;
  if (most === 0) throw new ExitCode(1, `unknown command "${args[0]}" for "${commandPath}"`);
  throw new ExitCode(
    1,
    most === Infinity ? `requires at least ${fewest} arg(s), only received ${args.length}` : `accepts ${fewest} arg(s), received ${args.length}`,
  );
}
