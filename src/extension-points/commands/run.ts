import type { Clock } from '../../kernel/clock.ts';
import type { ClusterAccess } from './cluster/contract.ts';
import type { Command, CommandContext, CommandSummary, FlagTable, Output, Streams } from './contract.ts';
import { ExitCode, UsageError } from './errors/command-errors.ts';
import { failureOf } from './errors/error-text.ts';
import { type AnyCommand, findCommand, firstArgument, flagsOf } from './flags/find-command.ts';
import { defaultValue } from './flags/flag-values.ts';
import { createFlagSet, type ParsedLine, parseFlags } from './flags/parse-flags.ts';
import { suggestionsFor, suggestionText } from './flags/suggestions.ts';
import { helpText, optionsText, rootHelpText } from './help/help-text.ts';

/** One run of the program: what was typed, and what the host gives to commands. */
export interface CommandLine {
  /** What the program was called. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** In the order in which help lists them. */
  readonly commands: readonly AnyCommand[];
  /** Taken by every command. */
  readonly globalFlags: FlagTable;
  /** Stands above the list of commands. */
  readonly introduction: string;
  readonly streams: Streams;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly homeDirectory: string;
  readonly clock: Clock;
  /** Aborts on Ctrl-C; asked for only when a command wants it, so that Ctrl-C ends all others at once. */
  signal(): AbortSignal;
  /** The cluster that the global flags of the line name; disposed when the command has ended. */
  connect(line: ParsedLine): ClusterAccess & AsyncDisposable;
  readonly outside?: OutsideCommands;
}

/** Commands that are in no list: executables on PATH. Asked when the list has no answer, before the error. */
export interface OutsideCommands {
  /**
   * Runs what the words mean and answers its exit code; undefined when nothing is there. `parents` are the names of built-in commands above (`[]` or `['create']`),
   * `words` everything typed behind them, flags included.
   */
  run(parents: readonly string[], words: readonly string[]): Promise<number | undefined>;
  /** For the help of the root. */
  list(): Promise<readonly CommandSummary[]>;
}

/** Runs a command line and prints its errors; answers the exit code. */
export async function runCommandLine(line: CommandLine): Promise<number> {
  try {
    return await runLine(line);
  } catch (error) {
    const { text, code, output } = failureOf(error);
    if (output !== '') line.streams.stdout.write(output);
    if (text !== '') line.streams.stderr.write(text);
    if (text !== '' && line.streams.stderr.isTerminal) await writeHint(line, error);
    return code;
  }
}

/** Programs read the error alone. */
async function writeHint({ program, streams }: CommandLine, error: unknown): Promise<void> {
  const { hintOf } = await import('./errors/hints.ts');
  const hint = hintOf(error, program);
  if (hint !== undefined) streams.stderr.write(`hint: ${hint}\n`);
}

async function runLine(line: CommandLine): Promise<number> {
  const globals = createFlagSet(line.globalFlags);
  if (line.arguments[0] === 'help') return help(line, line.arguments.slice(1));
  const { path, rest } = await findCommand(line.commands, globals, line.arguments);
  const command = path.at(-1);
  if (!command) return runRoot(line);
  const commandPath = [line.program, ...path.map(({ name }) => name)].join(' ');
  if (command.acceptsPlugins && line.outside && isWord(rest[0])) {
    const code = await line.outside.run(
      path.map(({ name }) => name),
      rest,
    );
    if (code !== undefined) return code;
  }
  const parsed = command.passesFlags ? unparsed(rest) : readFlags(commandPath, () => parseFlags(flagsOf(globals, path), rest), command.flagErrorCode);
  for (const warning of parsed.warnings) line.streams.stderr.write(`${warning}\n`);
  if (parsed.wantsHelp) return showHelp(line, command, commandPath);
  if (command.deprecated) line.streams.stderr.write(`Command "${command.name}" is deprecated, ${command.deprecated}\n`);
  return runCommand(line, { path, command, commandPath, parsed });
}

interface CommandRun {
  readonly path: readonly Command[];
  readonly command: Command;
  readonly commandPath: string;
  readonly parsed: ParsedLine;
}

async function runCommand(line: CommandLine, { path, command, commandPath, parsed }: CommandRun): Promise<number> {
  const usageError = (message: string): Error => new UsageError(`${message}\nSee '${commandPath} -h' for help and examples`);
  // Standard input is opened by what reads it: that takes a start a tenth of its time.
  const isOnTerminals = (): boolean => line.environment['TERM'] !== 'dumb' && line.streams.stdin.isTerminal && line.streams.stdout.isTerminal;
  const isLeftOut = command.runsOnTerminals === true && (parsed.args.length > 0 || !isOnTerminals());
  if (!command.run || isLeftOut) {
    if (command.answersAlone) return answerAlone(line, command, commandPath, parsed);
    if (parsed.args.length > 0) throw usageError(`unknown command ${JSON.stringify(parsed.args.join(' '))}`);
    // As kubectl: a group alone is a mistake, and its help the message.
    line.streams.stderr.write(helpText(command, { program: line.program, commandPath, columns: line.streams.stderr.columns }));
    return 1;
  }
  if (command.acceptsArguments === false && parsed.args.length > 0) throw usageError(`unexpected arguments: [${parsed.args.join(' ')}]`);
  const coloured = withColours(line, parsed);
  await using cluster = coloured.connect(globalPart(line, path, parsed));
  const context = createContext(coloured, { commandPath, parsed, cluster, usageError });
  const code = (await command.run(context)) ?? 0;
  if (code === 0) cluster.requireNoWarnings();
  return code;
}

/** The line with streams as --color says. A command's own flag of that name is its own affair. */
function withColours(line: CommandLine, { values, given }: ParsedLine): CommandLine {
  const wish = given.has('color') ? values['color'] : 'auto';
  if (wish === 'auto' || !Object.hasOwn(line.globalFlags, 'color')) return line;
  if (wish !== 'always' && wish !== 'never') throw new UsageError(`invalid argument ${JSON.stringify(wish)} for "--color" flag: must be auto, always or never`);
  const { stdin, stdout, stderr } = line.streams;
  const [out, errors] = [stdout, stderr].map((output): Output => Object.create(output, { hasColours: { value: wish === 'always' } }) as Output);
  return { ...line, streams: { stdin, stdout: out!, stderr: errors! } };
}

/** Help, or which sub-command was meant. */
function answerAlone(line: CommandLine, command: Command, commandPath: string, { args: [word] }: ParsedLine): number {
  if (word === undefined) return showHelp(line, command, commandPath);
  const suggestions = suggestionText(suggestionsFor(command.subcommands ?? [], word));
  throw new UsageError(`unknown command ${JSON.stringify(word)} for ${JSON.stringify(commandPath)}${suggestions}`);
}

/** The context of a command; completion makes its own with it. */
export function createContext(
  line: CommandLine,
  parts: { readonly commandPath: string; readonly parsed: ParsedLine; readonly cluster: ClusterAccess; readonly usageError: (message: string) => Error },
): CommandContext {
  const { parsed } = parts;
  return {
    program: line.program,
    commandPath: parts.commandPath,
    args: parsed.args,
    argumentsBeforeDashes: parsed.argumentsBeforeDashes,
    flags: parsed.values,
    isSet: (flag) => parsed.given.has(flag),
    streams: line.streams,
    environment: line.environment,
    directory: line.directory,
    homeDirectory: line.homeDirectory,
    clock: line.clock,
    get signal() {
      return line.signal();
    },
    cluster: parts.cluster,
    usageError: parts.usageError,
    commands: line.commands,
    globalFlags: line.globalFlags,
    line,
  };
}

/** A command's own flag of a global flag's name is not the global flag: `create rolebinding --user` says nothing of who asks. */
export function globalPart({ globalFlags }: CommandLine, path: readonly Command[], parsed: ParsedLine): ParsedLine {
  const isOwn = (name: string): boolean =>
    Object.hasOwn(path.at(-1)?.flags ?? {}, name) || path.some(({ persistentFlags }) => Object.hasOwn(persistentFlags ?? {}, name));
  const values = Object.entries(globalFlags).map(
    ([name, flag]) => [name, isOwn(name) ? defaultValue(flag) : (parsed.values[name] ?? defaultValue(flag))] as const,
  );
  return { ...parsed, values: Object.fromEntries(values) };
}

/** The line names no command: flags alone show help, a word may be a plugin, else it is unknown. */
async function runRoot(line: CommandLine): Promise<number> {
  const globals = createFlagSet(line.globalFlags);
  if (line.outside && firstArgument(globals, line.arguments) >= 0 && !isAnswered(line.arguments)) {
    const code = await line.outside.run([], line.arguments);
    if (code !== undefined) return code;
  }
  const parsed = readFlags(line.program, () => parseFlags(globals, line.arguments));
  // Neither is a word to cobra.
  const word = parsed.args.find((argument) => argument !== '' && argument !== '-');
  if (word === 'options') return showOptions(line);
  if (word === undefined || parsed.wantsHelp) return showRootHelp(line);
  throw new UsageError(`unknown command ${JSON.stringify(word)} for ${JSON.stringify(line.program)}${suggestionText(suggestionsFor(line.commands, word))}`);
}

/** What the host answers itself. */
const isAnswered = (words: readonly string[]): boolean => words[0] === 'options' || (words.length === 1 && (words[0] === '--help' || words[0] === '-h'));
const isWord = (word: string | undefined): boolean => word !== undefined && !word.startsWith('-');
/** The line of a command that reads its flags itself. */
export const unparsed = (rest: readonly string[]): ParsedLine => ({
  values: {},
  given: new Set(),
  args: rest,
  argumentsBeforeDashes: -1,
  wantsHelp: false,
  warnings: [],
});

function readFlags(commandPath: string, read: () => ParsedLine, code?: number): ParsedLine {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (code !== undefined) throw new ExitCode(code, `error: ${error.message}\nSee '${commandPath} -h' for help and examples`);
    throw new UsageError(`${error.message}\nSee '${commandPath} --help' for usage.`);
  }
}

async function help(line: CommandLine, words: readonly string[]): Promise<number> {
  const { path, rest } = await findCommand(line.commands, createFlagSet(line.globalFlags), words);
  const command = path.at(-1);
  if (command) return showHelp(line, command, [line.program, ...path.map(({ name }) => name)].join(' '));
  if (rest[0] === 'options') return showOptions(line);
  const topics = rest.filter(isWord);
  if (topics.length > 0) line.streams.stdout.write(`Unknown help topic [${topics.map((topic) => `\`${topic}\``).join(' ')}]\n\n\n`);
  return showRootHelp(line);
}

function showHelp(line: CommandLine, command: Command, commandPath: string): number {
  line.streams.stdout.write(helpText(command, { program: line.program, commandPath, columns: line.streams.stdout.columns }));
  return 0;
}

function showOptions(line: CommandLine): number {
  line.streams.stdout.write(optionsText(line.globalFlags, line.streams.stdout.columns));
  return 0;
}

async function showRootHelp(line: CommandLine): Promise<number> {
  const outside = (await line.outside?.list()) ?? [];
  const { program, introduction } = line;
  line.streams.stdout.write(rootHelpText([...line.commands, ...outside], { program, introduction, columns: line.streams.stdout.columns }));
  return 0;
}
