import type { UntypedObject } from '../../../../api/object.ts';
import type { ResourceInfo } from '../../../../extension-points/commands/resources/contract.ts';
import type { DryRun } from '../../../../extension-points/commands/resources/selection-flags.ts';
import type { ApplyWork } from '../apply-work.ts';
import type { ApplyContext } from '../run-apply.ts';

/** What was applied, so that what was not can be told from it. */
export interface AppliedObjects {
  readonly infos: readonly ResourceInfo[];
  readonly uids: ReadonlySet<string>;
  /** The line that tells of an object that is gone. */
  line(object: UntypedObject): string;
  readonly work: ApplyWork;
}

/** Deletes what was applied before and is not in the files any more. */
export interface Pruning {
  /** Throws for what cannot keep account. */
  check(): Promise<void>;
  /** Before anything is sent. */
  prepare(infos: readonly ResourceInfo[]): Promise<void>;
  prune(applied: AppliedObjects): Promise<void>;
}

/** By an apply set, or by labels and types. Throws for types and objects that are not there. */
export async function createPruning(context: ApplyContext, dryRun: DryRun): Promise<Pruning> {
  if (context.flags.applyset !== '') {
    const { createApplySet } = await import('./apply-set.ts');
    return createApplySet(context, dryRun);
  }
  const { createListedPruning } = await import('./listed-pruning.ts');
  return createListedPruning(context);
}
