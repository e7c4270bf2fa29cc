import type { FlagDefinition, FlagTable } from '../contract.ts';
import { UsageError } from '../errors/command-errors.ts';
import { type AnyFlagValue, bareValue, defaultValue, readValue } from './flag-values.ts';

/** Flags that can stand on one command line, looked up by either name. */
export interface FlagSet {
  readonly definitions: ReadonlyMap<string, FlagDefinition>;
  /** Letter to long name. */
  readonly shorthands: ReadonlyMap<string, string>;
}

export interface ParsedLine {
  readonly values: Readonly<Record<string, AnyFlagValue>>;
  readonly given: ReadonlySet<string>;
  readonly args: readonly string[];
  /** How many of `args` stood before `--`; -1 without one. */
  readonly argumentsBeforeDashes: number;
  readonly wantsHelp: boolean;
  /** Lines for the user: flags that are deprecated. */
  readonly warnings: readonly string[];
}

/** Joins tables; of two flags with one name the later table's counts. */
export function createFlagSet(...tables: readonly (FlagTable | undefined)[]): FlagSet {
  const definitions = new Map<string, FlagDefinition>();
  const shorthands = new Map<string, string>();
  for (const table of tables)
    for (const [name, flag] of Object.entries(table ?? {})) {
      definitions.set(name, flag);
      if (flag.shorthand) shorthands.set(flag.shorthand, name);
    }
  return { definitions, shorthands };
}

/** Underscores in flag names are dashes, as everywhere in Kubernetes. */
export const flagName = (text: string): string => text.replaceAll('_', '-');

/** Reads a command line with pflag's rules; flags may stand between arguments. Throws `UsageError` with pflag's words. `--help` and `-h` end the reading. */
export function parseFlags(set: FlagSet, line: readonly string[]): ParsedLine {
  const reader = new LineReader(set, line);
  reader.read();
  const values: Record<string, AnyFlagValue> = {};
  for (const [name, flag] of set.definitions) values[name] = reader.values.get(name) ?? defaultValue(flag);
  return {
    values,
    given: new Set(reader.values.keys()),
    args: reader.args,
    argumentsBeforeDashes: reader.argumentsBeforeDashes,
    wantsHelp: reader.wantsHelp,
    warnings: reader.warnings,
  };
}

class LineReader {
  readonly values = new Map<string, AnyFlagValue>();
  readonly args: string[] = [];
  readonly warnings: string[] = [];
  argumentsBeforeDashes = -1;
  wantsHelp = false;
  readonly #set: FlagSet;
  readonly #rest: string[];

  constructor(set: FlagSet, line: readonly string[]) {
    this.#set = set;
    this.#rest = [...line];
  }

  read(): void {
    while (this.#rest.length > 0 && !this.wantsHelp) {
      const word = this.#rest.shift()!;
      if (word === '--') {
        this.argumentsBeforeDashes = this.args.length;
        this.args.push(...this.#rest.splice(0));
      } else if (word.startsWith('--')) this.#long(word);
      else if (word.startsWith('-') && word.length > 1) this.#short(word.slice(1));
      else this.args.push(word);
    }
  }

  #long(word: string): void {
    const equals = word.indexOf('=');
    const text = word.slice(2, equals < 0 ? undefined : equals);
    if (text === '' || text.startsWith('-')) throw new UsageError(`bad flag syntax: ${word}`);
    const name = flagName(text);
    const flag = this.#set.definitions.get(name);
    if (!flag) {
      if (name === 'help') return this.#help(equals < 0 ? 'true' : word.slice(equals + 1));
      throw new UsageError(`unknown flag: --${text}`);
    }
    if (equals >= 0) return this.#assign(name, flag, word.slice(equals + 1));
    const bare = bareValue(flag);
    if (bare !== undefined) return this.#assign(name, flag, bare);
    const next = this.#rest.shift();
    if (next === undefined) throw new UsageError(`flag needs an argument: --${text}`);
    this.#assign(name, flag, next);
  }

  #help(text: string): void {
    this.wantsHelp = readValue({ type: 'boolean', description: '' }, text, undefined) === true;
  }

  /** Letters behind one dash: switches, and at most one flag with a value, whose value may follow at once. */
  #short(cluster: string): void {
    for (let letters = cluster; letters !== ''; ) {
      const letter = letters[0]!;
      const name = this.#set.shorthands.get(letter);
      if (name === undefined) {
        if (letter === 'h') return void (this.wantsHelp = true);
        throw new UsageError(`unknown shorthand flag: '${letter}' in -${letters}`);
      }
      const flag = this.#set.definitions.get(name)!;
      if (flag.shorthandDeprecated) this.warnings.push(`Flag shorthand -${letter} has been deprecated, ${flag.shorthandDeprecated}`);
      const bare = bareValue(flag);
      if (letters.length > 2 && letters[1] === '=') return this.#assign(name, flag, letters.slice(2));
      if (bare !== undefined) {
        this.#assign(name, flag, bare);
        letters = letters.slice(1);
        continue;
      }
      if (letters.length > 1) return this.#assign(name, flag, letters.slice(1));
      const next = this.#rest.shift();
      if (next === undefined) throw new UsageError(`flag needs an argument: '${letter}' in -${letters}`);
      return this.#assign(name, flag, next);
    }
  }

  #assign(name: string, flag: FlagDefinition, text: string): void {
    try {
      this.values.set(name, readValue(flag, text, this.values.get(name)));
    } catch (error) {
      const shown = flag.shorthand && !flag.shorthandDeprecated ? `-${flag.shorthand}, --${name}` : `--${name}`;
      throw new UsageError(
        `invalid argument ${JSON.stringify(text)} for ${JSON.stringify(shown)} flag: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (flag.deprecated) this.warnings.push(`Flag --${name} has been deprecated, ${flag.deprecated}`);
  }
}
