import type { Command, CommandSummary, LazyCommand } from '../contract.ts';
import { bareValue } from './flag-values.ts';
import { createFlagSet, type FlagSet, flagName } from './parse-flags.ts';

export type AnyCommand = Command | LazyCommand;

/** What a command line names: the commands from the root's child down to the one meant, and the words that are left for it. */
export interface FoundCommand {
  readonly path: readonly Command[];
  readonly rest: readonly string[];
}

/** Follows the words of a line down the tree as cobra does: flags before a sub-command's name are skipped (with their values) and stay in `rest`. */
export async function findCommand(roots: readonly AnyCommand[], globalFlags: FlagSet, line: readonly string[]): Promise<FoundCommand> {
  const path: Command[] = [];
  let children = roots;
  let flags = globalFlags;
  let rest = [...line];
  for (;;) {
    const at = firstArgument(flags, rest);
    const next = at < 0 ? undefined : byName(children, rest[at]!);
    if (!next) return { path, rest };
    const command = await loaded(next);
    path.push(command);
    rest = rest.toSpliced(at, 1);
    if (command.passesFlags) return { path, rest };
    children = command.subcommands ?? [];
    flags = flagsOf(globalFlags, path);
  }
}

/** The flags that a command at the end of a path takes: its own, those that persist from above, the global ones. */
export const flagsOf = (globalFlags: FlagSet, path: readonly Command[]): FlagSet =>
  createFlagSet(Object.fromEntries(globalFlags.definitions), ...path.map(({ persistentFlags }) => persistentFlags), path.at(-1)?.flags);

/** By name or alias. */
export const byName = (commands: readonly AnyCommand[], word: string): AnyCommand | undefined =>
  commands.find(({ name, aliases }) => name === word || aliases?.includes(word));

export const loaded = async (command: AnyCommand): Promise<Command> => ('load' in command ? command.load() : command);

export const isListed = (command: CommandSummary): boolean => !command.isHidden && !command.deprecated;

/** Where the first word stands that is neither a flag nor a flag's value; -1 when there is none. Unknown flags count as taking a value. */
export function firstArgument(flags: FlagSet, line: readonly string[]): number {
  for (let at = 0; at < line.length; at++) {
    const word = line[at]!;
    if (word === '--') return -1;
    if (word === '' || !word.startsWith('-') || word === '-') {
      if (word !== '') return at;
    } else if (takesNextWord(flags, word)) at++;
  }
  return -1;
}

function takesNextWord(flags: FlagSet, word: string): boolean {
  if (word.includes('=')) return false;
  if (word.startsWith('--')) return !isSwitch(flags, flagName(word.slice(2)));
  return word.length === 2 && !isSwitch(flags, flags.shorthands.get(word[1]!) ?? (word === '-h' ? 'help' : ''));
}

function isSwitch(flags: FlagSet, name: string): boolean {
  const flag = flags.definitions.get(name);
  return flag ? bareValue(flag) !== undefined : name === 'help';
}
