import type { Command, CommandContext, Completion } from '../../../extension-points/commands/contract.ts';
import { byName, findCommand, firstArgument, flagsOf, isListed } from '../../../extension-points/commands/flags/find-command.ts';
import { createFlagSet, type FlagSet, type ParsedLine, parseFlags } from '../../../extension-points/commands/flags/parse-flags.ts';
import { completePlugin, pluginCommandNames, pluginDescription } from '../../../extension-points/commands/path-plugins/plugin-completion.ts';
import { createContext, globalPart, unparsed } from '../../../extension-points/commands/run.ts';
import { completeFlagNames, flagBegun, requiredFlags } from './complete-flags.ts';
import { completeGlobalFlag } from './complete-global-flag.ts';

/** Cobra's ShellCompDirective: a sum of flags. */
export const directives = { default: 0, error: 1, noSpace: 2, noFiles: 4, extensions: 8, folders: 16 } as const;

export interface CompletedLine {
  /** `value` or `value\tdescription`. */
  readonly choices: readonly string[];
  readonly directive: number;
}

/** A line that was not understood, or a command that says nothing of its arguments: the shell completes files. */
const unknown: CompletedLine = { choices: [], directive: directives.default };
const nothing: CompletedLine = { choices: [], directive: directives.noFiles };

/** What could stand at the end of a line, by cobra's rules: `words` are whole, `toComplete` is begun and may be empty. */
export async function completeLine(context: CommandContext, words: readonly string[], toComplete: string): Promise<CompletedLine> {
  const { commands, globalFlags, environment } = context;
  const globals = createFlagSet(globalFlags);
  const { path, rest } = await findCommand(commands, globals, words);
  const command = path.at(-1);
  const first = firstArgument(globals, rest);
  if (!command && first >= 0)
    return completeNoCommand(context, rest.toSpliced(first, 1), rest[first]!, () => completePlugin(words, toComplete, environment), toComplete);
  const flags = flagsOf(globals, path);
  const isPastDashes = rest.includes('--');
  const begun = isPastDashes || command?.passesFlags ? undefined : flagBegun(flags, rest, toComplete);
  if (begun && !flags.definitions.has(begun.name)) return unknown;
  const line = command?.passesFlags ? unparsed(rest) : parsed(flags, begun?.before ?? rest);
  if (!line) return unknown;
  if (line.wantsHelp) return nothing;
  if (begun) return completeValue(context, path, line, begun);
  if (toComplete.startsWith('-') && !toComplete.includes('=') && !isPastDashes && !command?.passesFlags)
    return completeFlagNames(flags, path, line, toComplete);
  return completeWord(context, path, line, flags, toComplete);
}

/** Behind a word that is no command of a list: the host's own, or a plugin. */
async function completeNoCommand(
  context: CommandContext,
  rest: readonly string[],
  word: string,
  plugin: () => CompletedLine,
  toComplete: string,
): Promise<CompletedLine> {
  if (word === 'options') return unknown;
  if (word !== 'help') return plugin();
  const { path, rest: left } = await findCommand(context.commands, createFlagSet(context.globalFlags), rest);
  return left.length > 0 ? nothing : { choices: subcommands(context, path, toComplete), directive: directives.noFiles };
}

/** Sub-commands, flags that have to be given, and what the command itself says of its arguments. */
async function completeWord(context: CommandContext, path: readonly Command[], line: ParsedLine, flags: FlagSet, toComplete: string): Promise<CompletedLine> {
  const command = path.at(-1);
  const isFirst = line.args.length === 0 && Object.keys(command?.flags ?? {}).every((name) => !line.given.has(name));
  const named = isFirst ? subcommands(context, path, toComplete) : [];
  const required = requiredFlags(flags, line, toComplete);
  const hasChildren = isFirst && (command ? (command.subcommands ?? []).some(isListed) : true);
  const own = command?.complete
    ? await withContext(context, path, line, async (inner) => asLine(await command.complete!(inner, toComplete)))
    : { choices: [], directive: hasChildren ? directives.noFiles : directives.default };
  return { choices: [...named, ...required, ...own.choices], directive: own.directive };
}

/** At the root, what the host answers itself and the plugins on PATH, too. */
function subcommands({ commands, environment }: CommandContext, path: readonly Command[], toComplete: string): string[] {
  const command = path.at(-1);
  const summaries = (command ? (command.subcommands ?? []) : commands).filter(isListed).map(({ name, short }) => ({ name, short }));
  if (!command) {
    summaries.push({ name: 'help', short: 'Help about any command' }, { name: 'options', short: 'Print the list of flags inherited by all commands' });
    for (const name of pluginCommandNames(environment, (word) => byName(commands, word) !== undefined))
      summaries.push({ name, short: pluginDescription(name) });
  }
  return summaries
    .filter(({ name }) => name.startsWith(toComplete))
    .map(({ name, short }) => `${name}\t${short}`)
    .sort();
}

/** An unfinished line may not make sense yet. */
function parsed(flags: FlagSet, words: readonly string[]): ParsedLine | undefined {
  try {
    return parseFlags(flags, words);
  } catch {
    return undefined;
  }
}

function completeValue(
  context: CommandContext,
  path: readonly Command[],
  line: ParsedLine,
  { name, begun }: { readonly name: string; readonly begun: string },
): Promise<CompletedLine> {
  const command = path.at(-1);
  const flag = command?.flags?.[name];
  if (flag?.fileExtensions) return Promise.resolve({ choices: flag.fileExtensions, directive: directives.extensions });
  const isOwn = flag !== undefined || path.some(({ persistentFlags }) => Object.hasOwn(persistentFlags ?? {}, name));
  return withContext(context, path, line, async (inner) => {
    const complete = command?.completeFlag?.[name];
    if (complete) return asLine(await complete(inner, begun));
    if (flag?.choices) return { choices: flag.choices.filter((choice) => choice.startsWith(begun)), directive: directives.noFiles };
    return isOwn ? unknown : asLine(await completeGlobalFlag(inner, name, begun));
  });
}

/** Runs with a context as the command itself would have, connected to the cluster that the line names. */
async function withContext(
  context: CommandContext,
  path: readonly Command[],
  line: ParsedLine,
  run: (inner: CommandContext) => Promise<CompletedLine>,
): Promise<CompletedLine> {
  await using cluster = context.line.connect(globalPart(context.line, path, line));
  const commandPath = [context.program, ...path.map(({ name }) => name)].join(' ');
  return await run(createContext(context.line, { commandPath, parsed: line, cluster, usageError: (message) => new Error(message) }));
}

function asLine({ choices, also, keepsWordOpen }: Completion): CompletedLine {
  const besides = also ?? (choices.length === 0 ? 'files' : 'nothing');
  const files = besides === 'files' ? directives.default : besides === 'folders' ? directives.folders : directives.noFiles;
  return { choices, directive: files + (keepsWordOpen ? directives.noSpace : 0) };
}
