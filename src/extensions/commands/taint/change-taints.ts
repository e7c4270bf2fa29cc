import type { Taint } from '../../../api/generated/core-v1.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import type { TaintChange } from './parse-taints.ts';

export interface ChangedTaints {
  readonly taints: readonly Taint[];
  /** What was done: `tainted`, `untainted`, `modified`. */
  readonly operation: string;
}

/** The taints of a node with the change made, new ones first. Throws for those that may not be overwritten, and for those to be taken away that are not there. */
export function changeTaints(old: readonly Taint[], { add, remove }: TaintChange, { node, overwrite }: { node: string; overwrite: boolean }): ChangedTaints {
  const existing = add.filter((taint) => old.some((other) => isSame(taint, other))).map(({ key }) => key);
  if (!overwrite && existing.length > 0)
    throw new Error(`node ${node} already has ${existing.join(',')} taint(s) with same effect(s) and --overwrite is false`);
  let taints = [...add, ...old.filter((taint) => !add.some((other) => isSame(taint, other)))];
  const isAdded = taints.length !== old.length;
  let isRemoved = false;
  const errors: Error[] = [];
  for (const unwanted of remove) {
    const left = taints.filter(({ key, effect }) => key !== unwanted.key || (unwanted.effect !== '' && effect !== unwanted.effect));
    isRemoved = left.length < taints.length; // the last one counts
    if (!isRemoved) errors.push(new Error(`taint ${JSON.stringify(unwanted.effect === '' ? unwanted.key : `${unwanted.key}:${unwanted.effect}`)} not found`));
    taints = left;
  }
  ManyErrors.throwIfAny(errors);
  return { taints, operation: operationOf(isAdded, isRemoved, overwrite) };
}

const isSame = (one: Taint, other: Taint): boolean => one.key === other.key && one.effect === other.effect;

function operationOf(isAdded: boolean, isRemoved: boolean, overwrite: boolean): string {
  if ((isAdded && isRemoved) || overwrite) return 'modified';
  return isAdded ? 'tainted' : 'untainted';
}
