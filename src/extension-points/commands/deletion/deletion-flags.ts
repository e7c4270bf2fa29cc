import type { FlagTable, Output } from '../contract.ts';

/** How objects are deleted: flags of `delete`, and of verbs that delete in order to create anew. */
export const deletionFlags = {
  cascade: {
    type: 'string',
    default: 'background',
    bareValue: 'background',
    description: "What becomes of dependents, such as the pods of a ReplicaSet: 'background', 'orphan' or 'foreground'.",
  },
  force: { type: 'boolean', description: 'Take objects out of the API at once, however long their end takes. Data may be lost.' },
  'grace-period': {
    type: 'integer',
    default: -1,
    description: 'Seconds that an object gets to end; negative: what it says itself, 1: at once. 0 only with --force.',
  },
  timeout: { type: 'duration', description: 'How long to wait for a deletion; 0: as long as it may be expected to take.' },
  wait: { type: 'boolean', description: 'Wait until the objects are gone, their finalizers done.' },
} as const satisfies FlagTable;

export type PropagationPolicy = 'Background' | 'Orphan' | 'Foreground';

/** Reads `--cascade`; its former booleans are warned about. Throws with kubectl's words. */
export function propagationPolicyOf(cascade: string, stderr: Output): PropagationPolicy {
  if (cascade === 'background') return 'Background';
  if (cascade === 'orphan') return 'Orphan';
  if (cascade === 'foreground') return 'Foreground';
  const isTrue = ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(cascade);
  if (!isTrue && !['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(cascade))
    throw new Error(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`);
  const meant = isTrue ? 'background' : 'orphan';
  stderr.write(`warning: --cascade=${cascade} is deprecated (boolean value) and can be replaced with --cascade=${meant}.\n`);
  return isTrue ? 'Background' : 'Orphan';
}

/** `DeleteOptions` that say so much. A negative period is the object's own. */
export const deleteOptionsOf = (
  propagationPolicy: PropagationPolicy,
  gracePeriodSeconds: number,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Readonly<Record<string, unknown>> => ({
  propagationPolicy,
  ...(gracePeriodSeconds >= 0 ? { gracePeriodSeconds } : {}),
  ...(dryRun ? { dryRun: ['All'] } : {}),
});
