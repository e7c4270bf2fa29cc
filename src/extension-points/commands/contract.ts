import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import type { ClusterAccess } from './cluster/contract.ts';
import type { CommandLine } from './run.ts';

/**
 * A verb of the command line, built in or from a plugin: `wherry NAME` runs it. Parsing, help, errors and completion are the host's; a command says what it takes and does it.
 * Commands are loaded when they are used, so importing the module of one must do nothing.
 */
export interface Command<Flags extends FlagTable = FlagTable> extends CommandSummary {
  /** What stands behind the program's name in the usage line: `label TYPE NAME KEY=VALUE... `. */
  readonly usage: string;
  /** Paragraphs for `--help`, reflowed to the terminal; absent: `short`. `$PROGRAM` becomes the name the program was called by. */
  readonly long?: string;
  /** For `--help`: comments (`# …`) with the command line below them. `$PROGRAM` becomes the name the program was called by. */
  readonly examples?: string;
  /** Long name to definition. Help lists them by name. */
  readonly flags?: Flags;
  /** Flags that this command and all its sub-commands take. */
  readonly persistentFlags?: FlagTable;
  readonly subcommands?: readonly (Command | LazyCommand)[];
  /** The exit code of a line whose flags are wrong, where 1 means something else (`diff`). Default: 1. */
  readonly flagErrorCode?: number;
  /** Whether words that are no flags may stand behind a sub-command's name. Default: any; a command without `run` takes none but sub-commands. */
  readonly acceptsArguments?: boolean;
  /** Whether an executable on PATH may be a sub-command: `create` takes `kubectl-create-NAME`. */
  readonly acceptsPlugins?: boolean;
  /** Of a group with a screen of its own: `run` is called without words behind the name and with a terminal for input and output (no `TERM=dumb`); else the group does as groups without `run`. */
  readonly runsOnTerminals?: boolean;
  /** Of a group without `run`: alone it prints its help and that is no mistake (exit code 0), as with cobra's groups; kubectl's own exit with 1. */
  readonly answersAlone?: boolean;
  /** Leaves flags unread: everything behind the name is in `context.args`, `--help` included (`exec`-like wrappers, plugins). */
  readonly passesFlags?: boolean;
  /**
   * Does the work; answers the exit code (nothing: 0). A throw is printed as kubectl would and exits with 1: an `ApiError` as the server's refusal, `ManyErrors` one by one,
   * `ExitCode` as it says, anything else as `error: MESSAGE`. Absent: a group of sub-commands, which prints its help as an error.
   */
  // A method, so that a command with flags of its own is a Command.
  run?(context: CommandContext<Flags>): Promise<number | void> | number | void;
  /** What could stand at the end of the line: called for completion of arguments. `toComplete` is the word begun. Sub-commands and flags are the host's to complete. */
  complete?(context: CommandContext<Flags>, toComplete: string): Promise<Completion> | Completion;
  /** What could be a flag's value. */
  readonly completeFlag?: Readonly<Record<string, (context: CommandContext<Flags>, toComplete: string) => Promise<Completion> | Completion>>;
}

/** What is known of a command before it is loaded: enough to find it and to list it. */
export interface CommandSummary {
  /** One word. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Other words for which this is suggested when they are no command. */
  readonly suggestFor?: readonly string[];
  /** One line, shown in lists. */
  readonly short: string;
  /** The heading it is listed under; of commands of the root only. */
  readonly group?: string;
  /** Works, but is not listed. */
  readonly isHidden?: boolean;
  /** What to use instead; said on use, and it is not listed any more. */
  readonly deprecated?: string;
}

/** A command that is read from disk when it is used. `load` answers one of the same name. */
export interface LazyCommand extends CommandSummary {
  load(): Promise<Command>;
}

/** Helps inference: the type of `context.flags` follows from the table. */
export const defineCommand = <const Flags extends FlagTable = Record<never, never>>(command: Command<Flags>): Command => command as unknown as Command;

export type FlagTable = Readonly<Record<string, FlagDefinition>>;

/**
 * A flag, with the rules of pflag: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`; one-letter switches may share a dash.
 *
 * | type | value | given more than once |
 * | --- | --- | --- |
 * | string, boolean, integer, float | as it says; a boolean takes `--flag=false` | the last one counts |
 * | duration | milliseconds, from `1h2m3.5s` | the last one counts |
 * | list | strings, split at commas (CSV quoting) | added |
 * | array | strings as they are | added |
 * | pairs | `NAME=VALUE`, several with commas between (CSV quoting), as an object | added, the last one of a name counts |
 * | count | number | each `-v` adds one |
 */
export type FlagDefinition = FlagBase &
  (
    | { readonly type: 'string'; readonly default?: string }
    | { readonly type: 'boolean'; readonly default?: boolean }
    | { readonly type: 'integer'; readonly default?: number /** Default 64, which numbers up to 2^53 keep. */; readonly bits?: 32 | 64 }
    | { readonly type: 'float'; readonly default?: number }
    | { readonly type: 'duration' /** Milliseconds. */; readonly default?: number }
    | { readonly type: 'list' | 'array'; readonly default?: readonly string[] }
    | { readonly type: 'pairs'; readonly default?: Readonly<Record<string, string>> }
    | { readonly type: 'count'; readonly default?: number }
  );

interface FlagBase {
  /** One letter. */
  readonly shorthand?: string;
  /** For `--help`. */
  readonly description: string;
  /** Makes the value optional: what the bare flag means (`--dry-run` is `--dry-run=unchanged`). Then a value must be joined with `=`. Booleans have `'true'`. */
  readonly bareValue?: string;
  readonly isHidden?: boolean;
  /** What to use instead; said on use. The flag works and is not listed. */
  readonly deprecated?: string;
  /** The same of the one-letter form only. */
  readonly shorthandDeprecated?: string;
  /** How the default reads in `--help`, where that is not the value's own text. */
  readonly defaultText?: string;
  /** Completion offers it before everything else until it is given. That a line without it is refused is the command's own doing. */
  readonly isRequired?: boolean;
  /** Values it may have, for completion. `completeFlag` of the command counts before them. */
  readonly choices?: readonly string[];
  /** Its value is a file whose name ends in one of these (without the dot), for completion. */
  readonly fileExtensions?: readonly string[];
}

/** The value of each flag of a table: its default when it was not given. */
export type FlagValues<Flags extends FlagTable> = { readonly [Name in keyof Flags]: FlagValue<Flags[Name]> };

type FlagValue<Flag extends FlagDefinition> = Flag['type'] extends 'string'
  ? string
  : Flag['type'] extends 'boolean'
    ? boolean
    : Flag['type'] extends 'list' | 'array'
      ? readonly string[]
      : Flag['type'] extends 'pairs'
        ? Readonly<Record<string, string>>
        : Flag['type'] extends 'integer' | 'float' | 'duration' | 'count'
          ? number
          : string | boolean | number | readonly string[] | Readonly<Record<string, string>>;

/** All a command works with. Nothing else of the process is touched by one. */
export interface CommandContext<Flags extends FlagTable = FlagTable> {
  /** What the program was called: `wherry` or `kubectl`. */
  readonly program: string;
  /** The program and the words that name the command: `kubectl config view`. */
  readonly commandPath: string;
  /** What is no flag, in order. */
  readonly args: readonly string[];
  /** How many of `args` stand before `--`; -1 without one. */
  readonly argumentsBeforeDashes: number;
  readonly flags: FlagValues<Flags>;
  /** Whether a flag (a global one too) was given on the command line. */
  isSet(flag: string): boolean;
  readonly streams: Streams;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory: relative paths start here. */
  readonly directory: string;
  readonly homeDirectory: string;
  readonly clock: Clock;
  /** Aborts when the user presses Ctrl-C or the process is asked to end. The default of Ctrl-C (exit 130) applies until it is read once. */
  readonly signal: AbortSignal;
  /** The cluster that the kubeconfig and the global flags name. Connects when it is first used; the host closes it. */
  readonly cluster: ClusterAccess;
  /** An error that ends with where to read more: `MESSAGE\nSee 'kubectl get -h' for help and examples`. */
  usageError(message: string): Error;
  /** The commands of the root, for commands about commands (completion, plugin list). */
  readonly commands: readonly (Command | LazyCommand)[];
  /** Flags that every command takes. */
  readonly globalFlags: FlagTable;
  /** What the host runs, for commands that run others (completion). */
  readonly line: CommandLine;
}

export interface Streams {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}

export interface Input {
  readonly stream: Readable;
  readonly isTerminal: boolean;
  /** Everything up to its end. Throws past 256 MiB. */
  text(): Promise<string>;
}

export interface Output {
  write(text: string | Uint8Array): void;
  /** Resolves when what was written has left: for long streams, so that memory stays bounded. */
  drained(): Promise<void>;
  readonly stream: Writable;
  readonly isTerminal: boolean;
  /** Of the terminal; undefined for files and pipes. */
  readonly columns: number | undefined;
  /** Whether colours are wanted: a terminal, no `NO_COLOR`, no `TERM=dumb`; `FORCE_COLOR` and `KUBECTL_COLOR` (`always`, `never`) override. */
  readonly hasColours: boolean;
}

/** Answers of completion. */
export interface Completion {
  /** `value` or `value\tdescription`. */
  readonly choices: readonly string[];
  /** What the shell does besides: nothing, files (where there is no choice), folders. Default: `files` when there is no choice, as cobra's default. */
  readonly also?: 'nothing' | 'files' | 'folders';
  /** No blank behind the choice, for `type/` of `type/name`. */
  readonly keepsWordOpen?: boolean;
}
