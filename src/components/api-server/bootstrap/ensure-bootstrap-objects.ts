import { randomUUID } from 'node:crypto';
import { keyOf, type UntypedObject } from '../../../api/object.ts';
import { timeText } from '../../../kernel/clock.ts';
import { type ObjectStore, type ObjectWrite, WriteConflict } from '../store/contract.ts';
import { bootstrapObjects } from './bootstrap-objects.ts';
import type { ClusterFacts } from './cluster-objects.ts';
import { reconciled } from './reconcile-bootstrap-object.ts';

/** Another API server may start at the same time; each round only its writes are in the way. */
const maximumRounds = 10;

/**
 * Sees to it that everything a cluster has from the start is there: creates what is missing and reconciles what may be, all in one commit (none when
 * nothing is to be done). Answers how many objects were written. Throws what the store throws.
 */
export async function ensureBootstrapObjects(
  store: Pick<ObjectStore, 'collection' | 'commit'>,
  facts: ClusterFacts,
): Promise<{ readonly created: number; readonly updated: number }> {
  for (let round = 1; ; round++) {
    const writes = missingWrites(store, facts);
    try {
      if (writes.length > 0) await store.commit(writes);
      const created = writes.filter((write) => write.expectedRevision === 0).length;
      return { created, updated: writes.length - created };
    } catch (error) {
      if (!(error instanceof WriteConflict) || round === maximumRounds) throw error;
    }
  }
}

function missingWrites(store: Pick<ObjectStore, 'collection'>, facts: ClusterFacts): ObjectWrite[] {
  const writes: ObjectWrite[] = [];
  for (const bootstrap of bootstrapObjects(facts)) {
    const key = keyOf(bootstrap.object);
    const stored = store.collection(bootstrap.prefix).get(key);
    const object = stored ? reconciled(bootstrap, stored.object) : newObject(bootstrap.object, facts.nowMs);
    if (object) writes.push({ prefix: bootstrap.prefix, key, object, expectedRevision: stored?.revision ?? 0 });
  }
  return writes;
}

const newObject = (object: UntypedObject, nowMs: number): UntypedObject => ({
  ...object,
  metadata: { ...object.metadata, uid: randomUUID(), creationTimestamp: timeText(nowMs) },
});
