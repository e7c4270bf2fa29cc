import type { Command, CommandContext, Completion, FlagDefinition } from '../../../extension-points/commands/contract.ts';
import { byName, findCommand, flagsOf, isListed } from '../../../extension-points/commands/flags/find-command.ts';
import { bareValue } from '../../../extension-points/commands/flags/flag-values.ts';
import { createFlagSet, type FlagSet, type ParsedLine, parseFlags } from '../../../extension-points/commands/flags/parse-flags.ts';
import { completePlugin, pluginCommandNames, pluginDescription } from '../../../extension-points/commands/path-plugins/plugin-completion.ts';
import { createContext, globalPart } from '../../../extension-points/commands/run.ts';
import { completeGlobalFlag } from './complete-global-flag.ts';

/** Cobra's ShellCompDirective: a sum of flags. */
export const directives = { default: 0, error: 1, noSpace: 2, noFiles: 4, folders: 16 } as const;

export interface CompletedLine {
  /** `value` or `value\tdescription`. */
  readonly choices: readonly string[];
  readonly directive: number;
}

const nothing: CompletedLine = { choices: [], directive: directives.noFiles };

/** What could stand at the end of a line: `words` are whole, `toComplete` is begun and may be empty. */
export async function completeLine(context: CommandContext, words: readonly string[], toComplete: string): Promise<CompletedLine> {
  const { commands, globalFlags, environment } = context;
  const globals = createFlagSet(globalFlags);
  const { path, rest } = await findCommand(commands, globals, words);
  const command = path.at(-1);
  const flags = flagsOf(globals, path);
  if (rest.includes('--')) return command ? completeArguments(context, path, rest, toComplete) : nothing;
  const value = flagValue(flags, rest, toComplete);
  if (value) return completeValue(context, path, value);
  if (toComplete.startsWith('-')) return completeFlags(flags, rest, toComplete);
  const typed = parsed(flags, rest)?.args ?? [];
  if (!command && typed.length > 0) return completePlugin(words, toComplete, environment);
  const children = command ? (command.subcommands ?? []) : commands;
  if (typed.length === 0 && children.length > 0) {
    const found = children.filter((child) => isListed(child) && child.name.startsWith(toComplete)).map(({ name, short }) => `${name}\t${short}`);
    const plugins = command
      ? []
      : pluginCommandNames(environment, (name) => byName(commands, name) !== undefined)
          .filter((name) => name.startsWith(toComplete))
          .map((name) => `${name}\t${pluginDescription(name)}`);
    const own = command
      ? []
      : [`help\tHelp about any command`, `options\tPrint the list of flags inherited by all commands`].filter((line) => line.startsWith(toComplete));
    if (!command?.run) return { choices: [...found, ...own, ...plugins].sort(), directive: directives.noFiles };
  }
  return command ? completeArguments(context, path, rest, toComplete) : nothing;
}

/** An unfinished line may not make sense yet. */
function parsed(flags: FlagSet, words: readonly string[]): ParsedLine | undefined {
  try {
    return parseFlags(flags, words);
  } catch {
    return undefined;
  }
}

interface FlagValue {
  readonly name: string;
  readonly begun: string;
  /** The line without the flag. */
  readonly before: readonly string[];
}

/** The flag whose value the word begun is: `--output=js` or `--output js`. */
function flagValue(flags: FlagSet, rest: readonly string[], toComplete: string): FlagValue | undefined {
  const joined = /^--([^=]+)=(.*)$/s.exec(toComplete) ?? /^-([^-=])=(.*)$/s.exec(toComplete);
  if (joined) return { name: nameOf(flags, joined[1]!), begun: joined[2]!, before: rest };
  const last = rest.at(-1);
  if (last === undefined || !last.startsWith('-') || last.includes('=') || last === '-') return undefined;
  const name = nameOf(flags, last.startsWith('--') ? last.slice(2) : last.slice(-1));
  const flag = flags.definitions.get(name);
  return flag && bareValue(flag) === undefined ? { name, begun: toComplete, before: rest.slice(0, -1) } : undefined;
}

const nameOf = (flags: FlagSet, word: string): string => (flags.definitions.has(word) ? word : (flags.shorthands.get(word) ?? word));

async function completeValue(context: CommandContext, path: readonly Command[], { name, begun, before }: FlagValue): Promise<CompletedLine> {
  const complete = path.at(-1)?.completeFlag?.[name];
  return withContext(context, path, before, async (inner) =>
    asLine((await complete?.(inner, begun)) ?? (await completeGlobalFlag(inner, name, begun)), 'files'),
  );
}

const repeatable = new Set<FlagDefinition['type']>(['list', 'array', 'count']);

function completeFlags(flags: FlagSet, rest: readonly string[], toComplete: string): CompletedLine {
  const given = parsed(flags, rest)?.given ?? new Set<string>();
  const choices: string[] = [];
  for (const [name, flag] of [...flags.definitions].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (flag.isHidden || flag.deprecated || (given.has(name) && !repeatable.has(flag.type))) continue;
    if (`--${name}`.startsWith(toComplete)) choices.push(`--${name}\t${flag.description}`);
    if (flag.shorthand && `-${flag.shorthand}`.startsWith(toComplete)) choices.push(`-${flag.shorthand}\t${flag.description}`);
  }
  return { choices, directive: directives.noFiles };
}

function completeArguments(context: CommandContext, path: readonly Command[], rest: readonly string[], toComplete: string): Promise<CompletedLine> {
  const command = path.at(-1)!;
  return withContext(context, path, rest, async (inner) =>
    command.complete ? asLine(await command.complete(inner, toComplete)) : { choices: [], directive: directives.default },
  );
}

/** Runs with a context as the command itself would have, connected to the cluster that the line names. */
async function withContext(
  context: CommandContext,
  path: readonly Command[],
  rest: readonly string[],
  run: (inner: CommandContext) => Promise<CompletedLine>,
): Promise<CompletedLine> {
  const line = parsed(flagsOf(createFlagSet(context.globalFlags), path), rest);
  if (!line) return nothing;
  await using cluster = context.line.connect(globalPart(context.line, path, line));
  const commandPath = [context.program, ...path.map(({ name }) => name)].join(' ');
  return run(createContext(context.line, { commandPath, parsed: line, cluster, usageError: (message) => new Error(message) }));
}

function asLine({ choices, also, keepsWordOpen }: Completion, fallback: NonNullable<Completion['also']> = 'nothing'): CompletedLine {
  const besides = also ?? (choices.length === 0 ? 'files' : fallback === 'files' ? 'nothing' : fallback);
  const files = besides === 'files' ? directives.default : besides === 'folders' ? directives.folders : directives.noFiles;
  return { choices, directive: files + (keepsWordOpen ? directives.noSpace : 0) };
}
