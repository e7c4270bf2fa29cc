import type { Command, FlagDefinition } from '../../../extension-points/commands/contract.ts';
import { bareValue } from '../../../extension-points/commands/flags/flag-values.ts';
import type { FlagSet, ParsedLine } from '../../../extension-points/commands/flags/parse-flags.ts';
import type { CompletedLine } from './complete-line.ts';

/** The flag whose value the word begun is, and the line without it. */
export interface FlagBegun {
  /** The long name; the word as it stands when there is no such flag. */
  readonly name: string;
  readonly begun: string;
  readonly before: readonly string[];
}

/** `--output=js`, `-o=js`, or `js` behind `--output` or `-o` (the last of several letters). A switch takes no word behind it. */
export function flagBegun(flags: FlagSet, rest: readonly string[], toComplete: string): FlagBegun | undefined {
  const nameOf = (word: string): string => (flags.definitions.has(word) ? word : (flags.shorthands.get(word) ?? word));
  const joined = /^(?:--([^=]*)|-[^-=]*([^=]))=(.*)$/s.exec(toComplete);
  if (joined) return { name: nameOf(joined[1] ?? joined[2]!), begun: joined[3]!, before: rest };
  if (toComplete.startsWith('-')) return undefined;
  const last = rest.at(-1);
  if (last === undefined || !/^(?:--.|-[^-])/.test(last) || last.includes('=')) return undefined;
  const word = last.startsWith('--') ? last.slice(2) : last.slice(-1);
  const name = nameOf(word);
  const flag = flags.definitions.get(name);
  if (flag ? bareValue(flag) !== undefined : word === 'help' || word === 'h') return undefined;
  return { name, begun: toComplete, before: rest.slice(0, -1) };
}

const repeatable = new Set<FlagDefinition['type']>(['list', 'array', 'count']);
const helpFlag = (name: string): FlagDefinition => ({ type: 'boolean', shorthand: 'h', description: `help for ${name}` });
/** `-o=` wants its value at once: no blank behind it. */
const [noSpace, noFiles] = [2, 4] as const;

/** Names of flags that begin so: first those that must be given; then those from above, and the command's own. */
export function completeFlagNames(flags: FlagSet, path: readonly Command[], line: ParsedLine, toComplete: string): CompletedLine {
  const required = requiredFlags(flags, line, toComplete);
  if (required.length > 0) return { choices: required, directive: noFiles };
  const command = path.at(-1);
  const own = new Set([...Object.keys(command?.flags ?? {}), ...Object.keys(command?.persistentFlags ?? {})]);
  const isOwn = (name: string): boolean => command === undefined || own.has(name);
  const named = [...flags.definitions].sort(byFlagName);
  const help = ['help', helpFlag(command?.name ?? 'this program')] as const;
  const lines = (list: readonly (readonly [string, FlagDefinition])[]): string[] =>
    list
      .filter(([name, flag]) => !flag.isHidden && !flag.deprecated && (!line.given.has(name) || repeatable.has(flag.type)))
      .flatMap(([name, flag]) => nameLines(name, flag, toComplete));
  const choices = [
    ...lines(named.filter(([name]) => !isOwn(name))),
    ...lines([...named.filter(([name]) => isOwn(name)), ...(flags.definitions.has('help') ? [] : [help])].sort(byFlagName)),
  ];
  return { choices, directive: choices.length === 1 && choices[0]!.endsWith('=') ? noFiles + noSpace : noFiles };
}

/** Flags that must be given and are not yet. */
export const requiredFlags = (flags: FlagSet, line: ParsedLine, toComplete: string): string[] =>
  [...flags.definitions]
    .filter(([name, flag]) => flag.isRequired && !line.given.has(name))
    .sort(byFlagName)
    .flatMap(([name, flag]) => nameLines(name, flag, toComplete));

const byFlagName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number => (left < right ? -1 : 1);

/** `--name` and `-n`, as far as they begin so. */
const nameLines = (name: string, { shorthand, description }: FlagDefinition, toComplete: string): string[] =>
  [`--${name}`, ...(shorthand ? [`-${shorthand}`] : [])].filter((word) => word.startsWith(toComplete)).map((word) => `${word}\t${description}`);
