import type { EnvVar } from '../../../api/generated/core-v1.ts';
import type { Input } from '../../../extension-points/commands/contract.ts';
import { environmentNameProblems } from '../../../extension-points/commands/pod-templates/environment-names.ts';

/** Takes arguments apart into resources and the `NAME=VALUE` or `NAME-` behind them. Throws when they are mixed. */
export function splitEnvironment(args: readonly string[]): { readonly resources: readonly string[]; readonly environment: readonly string[] } {
  const isEnvironment = (word: string): boolean => word.indexOf('=') > 0 || word.endsWith('-');
  const first = args.findIndex(isEnvironment);
  if (first < 0) return { resources: args, environment: [] };
  const environment = args.slice(first);
  if (!environment.every(isEnvironment)) throw new Error(`all resources must be specified before environment changes: ${args.join(' ')}`);
  return { resources: args.slice(0, first), environment };
}

export interface EnvironmentChange {
  readonly set: readonly EnvVar[];
  readonly remove: readonly string[];
}

/** Reads `NAME=VALUE`, `NAME-`, and `-` for lines of standard input. Throws with kubectl's words. */
export async function parseEnvironment(words: readonly string[], stdin: () => Input): Promise<EnvironmentChange> {
  const set: EnvVar[] = [];
  const remove: string[] = [];
  const given = new Set<string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    if (word === '-') set.push(...inputLines(await stdin().text()));
    else if (equals >= 0) {
      const name = word.slice(0, equals);
      const problems = environmentNameProblems(name);
      if (problems.length > 0) throw new Error(`${JSON.stringify(name)} is not a valid key name: ${problems.join(';')}`);
      given.add(name);
      set.push({ name, value: word.slice(equals + 1) });
    } else if (word.endsWith('-')) remove.push(word.slice(0, -1));
    else throw new Error(`unknown environment variable: ${word}`);
  }
  if (remove.some((name) => given.has(name))) throw new Error('can not both modify and remove the same environment variable in the same command');
  return { set, remove };
}

const inputLines = (text: string): EnvVar[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, ''))
    .filter((line) => line.includes('='))
    .map((line) => ({ name: line.slice(0, line.indexOf('=')), value: line.slice(line.indexOf('=') + 1) }));

/** The variables with the change made: those that exist stay in their places. */
export function changeEnvironment(existing: readonly EnvVar[], { set, remove }: EnvironmentChange): EnvVar[] {
  const covered = new Set(remove);
  const result: EnvVar[] = [];
  for (const variable of existing) {
    if (covered.has(variable.name!)) continue;
    const newer = set.find(({ name }) => name === variable.name);
    if (newer) covered.add(variable.name!);
    result.push(newer ?? variable);
  }
  for (const variable of set) {
    if (covered.has(variable.name!)) continue;
    covered.add(variable.name!);
    result.push(variable);
  }
  return result;
}

/** Throws when a variable has another value and may not be overwritten. */
export function refuseOverwrites(existing: readonly EnvVar[], { set }: EnvironmentChange): void {
  for (const { name, value = '' } of set) {
    const current = existing.find((variable) => variable.name === name);
    if (current && (current.value ?? '') !== value) throw new Error(`'${name}' already has a value (${current.value ?? ''}), and --overwrite is false`);
  }
}
