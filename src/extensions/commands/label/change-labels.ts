import { labelValueProblems } from '../../../api/names.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';

export interface LabelChange {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

/** Reads `KEY=VALUE` and `KEY-`. Throws with kubectl's words. */
export function parseLabels(words: readonly string[]): LabelChange {
  const set = new Map<string, string>();
  const remove: string[] = [];
  for (const word of words) {
    if (word.includes('=')) {
      const [key = '', value = '', ...more] = word.split('=');
      if (more.length > 0) throw new Error(`invalid label spec: ${word}`);
      const problems = labelValueProblems(value);
      if (problems.length > 0) throw new Error(`invalid label value: ${JSON.stringify(word)}: ${problems.join(';')}`);
      set.set(key, value);
    } else if (word.endsWith('-')) remove.push(word.slice(0, -1));
    else throw new Error(`unknown label spec: ${word}`);
  }
  if (remove.some((key) => set.has(key))) throw new Error('can not both modify and remove a label in the same command');
  return { set, remove };
}

export interface ChangedLabels {
  readonly labels: Readonly<Record<string, string>>;
  /** What was done: `labeled`, `unlabeled`, `modified` (both), `not labeled`. */
  readonly operation: string;
}

/** The labels with the change made. Throws when a label has another value and may not be overwritten. */
export function changeLabels(labels: Readonly<Record<string, string>>, { set, remove }: LabelChange, { overwrite }: { overwrite: boolean }): ChangedLabels {
  if (!overwrite) refuseOverwrites(labels, set);
  const changed = { ...labels, ...Object.fromEntries(set) };
  const isAdded = [...set].some(([key, value]) => labels[key] !== value);
  const removed = remove.filter((key) => Object.hasOwn(changed, key));
  for (const key of removed) delete changed[key];
  return { labels: changed, operation: operationOf(isAdded, removed.length > 0) };
}

function refuseOverwrites(labels: Readonly<Record<string, string>>, set: ReadonlyMap<string, string>): void {
  const errors = [...set]
    .filter(([key, value]) => Object.hasOwn(labels, key) && labels[key] !== value)
    .map(([key]) => new Error(`'${key}' already has a value (${labels[key]}), and --overwrite is false`));
  ManyErrors.throwIfAny(errors);
}

function operationOf(isAdded: boolean, isRemoved: boolean): string {
  if (isAdded && isRemoved) return 'modified';
  if (isAdded) return 'labeled';
  return isRemoved ? 'unlabeled' : 'not labeled';
}
