import type { FlagTable } from '../contract.ts';
import { type AnyCommand, findCommand, flagsOf } from '../flags/find-command.ts';
import { defaultValue, readValue } from '../flags/flag-values.ts';
import { createFlagSet, type FlagSet } from '../flags/parse-flags.ts';
import { type CommandAlias, type OptionDefault, type Preference, preferenceProblem } from './preference.ts';

/** What preferences are applied to: what was typed, and what could be. */
export interface PreferredLine {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly commands: readonly AnyCommand[];
  readonly globalFlags: FlagTable;
  readonly warn: (text: string) => void;
}

/**
 * What was typed with aliases written out and preferred flags put in where they are not given. Throws in kubectl's words for preferences that cannot be.
 * An alias never hides a command, and defaults of a command are not for its aliases.
 */
export async function applyPreference(preference: Preference, line: PreferredLine): Promise<readonly string[]> {
  const problem = preferenceProblem(preference);
  if (problem !== undefined) throw new Error(problem);
  const globals = createFlagSet(line.globalFlags);
  const { path, rest } = await findCommand(line.commands, globals, line.arguments);
  if (path.length === 0) return withAlias(preference, globals, line);
  const options: string[] = [];
  for (const { command, options: preferred } of preference.defaults) {
    const { path: meant } = await findCommand(line.commands, globals, wordsOf(command));
    if (meant.length === 0) line.warn(`Warning: command ${JSON.stringify(command)} not found to set kuberc override\n`);
    else if (meant.at(-1)!.name === path.at(-1)!.name) options.push(...preferredFlags(preferred, { flags: flagsOf(globals, path), line, command }));
  }
  return options.length === 0 ? line.arguments : [...path.map(({ name }) => name), ...options, ...rest];
}

async function withAlias({ aliases }: Preference, globals: FlagSet, line: PreferredLine): Promise<readonly string[]> {
  const at = line.arguments.findIndex((word) => !word.startsWith('-'));
  const alias = aliases.find(({ name }) => name === line.arguments[at]);
  if (!alias) return line.arguments;
  const { path } = await findCommand(line.commands, globals, wordsOf(alias.command));
  if (path.length === 0)
    throw new Error(`command ${JSON.stringify(alias.command)} not found to set alias ${JSON.stringify(alias.name)}: [${wordsOf(alias.command).join(' ')}]`);
  return [
    ...line.arguments.slice(0, at),
    ...path.map(({ name }) => name),
    ...preferredFlags(alias.options, { flags: flagsOf(globals, path), line, alias }),
    ...alias.prependArgs,
    ...line.arguments.slice(at + 1),
    ...alias.appendArgs,
  ];
}

const wordsOf = (command: string): string[] => command.split(/\s+/).filter((word) => word !== '');

interface Wish {
  readonly flags: FlagSet;
  readonly line: PreferredLine;
  readonly command?: string;
  readonly alias?: CommandAlias;
}

/** Those that are not on the line already, as they would be typed. */
function preferredFlags(options: readonly OptionDefault[], { flags, line, command, alias }: Wish): string[] {
  return options.flatMap(({ name, default: value }) => {
    const flag = flags.definitions.get(name);
    if (!flag) throw new Error(alias ? `invalid alias flag ${name} in alias ${line.program}` : `invalid flag ${name} for command ${command}`);
    if (isGiven(name, flag.shorthand, line.arguments)) return [];
    try {
      readValue(flag, value, defaultValue(flag));
    } catch (error) {
      const fault = `invalid argument ${JSON.stringify(value)} for ${JSON.stringify(flag.shorthand ? `-${flag.shorthand}, --${name}` : `--${name}`)} flag: ${(error as Error).message}`;
      throw new Error(
        alias
          ? `could not apply value ${value} to flag ${name} in alias ${line.program} err: ${fault}`
          : `could not apply override value ${value} to flag ${name} in command ${command} err: ${fault}`,
        { cause: error },
      );
    }
    return [`--${name}=${value}`];
  });
}

/** Whether a word names the flag, by its letter too: alone, with its value, or among others. */
const isGiven = (name: string, letter: string | undefined, words: readonly string[]): boolean =>
  words.some(
    (word) =>
      word === `--${name}` ||
      word.startsWith(`--${name}=`) ||
      (letter !== undefined && (word.startsWith(`-${letter}`) || (/^-[a-zA-Z]+$/.test(word) && word.includes(letter)))),
  );

/** The file that `--kuberc` names on a line that nobody has read yet; empty without one. Throws when it names none. */
export function namedPreferenceFile(words: readonly string[]): string {
  for (const [index, word] of words.entries()) {
    if (word === '--') return '';
    const path = word === '--kuberc' ? words[index + 1] : word.startsWith('--kuberc=') ? word.slice('--kuberc='.length) : undefined;
    if (path) return path;
    if (word === '--kuberc' || path !== undefined) throw new Error('kuberc file is not found');
  }
  return '';
}
