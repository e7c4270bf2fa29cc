import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { FlowSchema } from '../../../api/generated/flowcontrol-v1.ts';
import { flowschemas, prioritylevelconfigurations } from '../../../api/generated/resource-types.ts';
import { type KubernetesObject, keyOf, type UntypedObject } from '../../../api/object.ts';
import { groupResource, type ResourceType } from '../../../api/resource-type.ts';
import { type Clock, timeText } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { danglingCondition, flowSchemaObjects, priorityLevelObjects } from '../bootstrap/flow-control-objects.ts';
import { type ObjectStore, type ObjectWrite, WriteConflict } from '../store/contract.ts';

export interface FlowControlUpkeepDeps {
  readonly store: Pick<ObjectStore, 'collection' | 'commit' | 'revision'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** After a change, and besides once a minute, as upstream. */
const settleMs = 100;
const roundMs = 60_000;
const autoUpdate = 'apf.kubernetes.io/autoupdate-spec';

/**
 * Keeps the objects of priority and fairness as they should be: the mandatory ones always there and as upstream has them, the suggested ones too unless somebody set
 * their annotation `apf.kubernetes.io/autoupdate-spec` to `false`; and the condition `Dangling` of every flow schema true to whether its level exists.
 */
export function startFlowControlUpkeep(deps: FlowControlUpkeepDeps): Disposable {
  const { store, clock, log } = deps;
  let isUnderWay = false;
  let next: Disposable;
  const round = async (): Promise<void> => {
    isUnderWay = true;
    try {
      const writes = neededWrites(deps);
      if (writes.length > 0) await store.commit(writes);
    } catch (error) {
      // Somebody else wrote first: the next round sees it.
      if (!(error instanceof WriteConflict)) log.warn('objects of priority and fairness could not be kept up', { error });
    } finally {
      isUnderWay = false;
      later(roundMs);
    }
  };
  const later = (delayMs: number): void => {
    next?.[Symbol.dispose]();
    next = clock.after(delayMs, () => void round());
  };
  const changed = (): void => void (isUnderWay || later(settleMs));
  const watches = [flowschemas, prioritylevelconfigurations].map((type) => store.collection(groupResource(type)).watch(store.revision, changed));
  later(settleMs);
  return {
    [Symbol.dispose]: () => {
      next[Symbol.dispose]();
      for (const watch of watches) watch[Symbol.dispose]();
    },
  };
}

function neededWrites({ store, clock }: FlowControlUpkeepDeps): ObjectWrite[] {
  const nowMs = clock.now();
  const writes = [
    ...priorityLevelObjects().flatMap((wanted) => write(store, prioritylevelconfigurations, { wanted, nowMs })),
    ...flowSchemaObjects(nowMs).flatMap((wanted) => write(store, flowschemas, { wanted, nowMs })),
  ];
  const touched = new Set(writes.map(({ key }) => key.name));
  const levels = store.collection(groupResource(prioritylevelconfigurations));
  for (const { key, object, revision } of store.collection(groupResource(flowschemas)).list({}).items) {
    const schema = object as unknown as FlowSchema;
    const level = schema.spec?.priorityLevelConfiguration?.name ?? '';
    const condition = danglingCondition(level, levels.get({ name: level }) !== undefined, nowMs);
    const known = schema.status?.conditions?.find(({ type }) => type === 'Dangling');
    if (touched.has(key.name) || (known?.status === condition.status && known.reason === condition.reason && known.message === condition.message)) continue;
    const others = schema.status?.conditions?.filter(({ type }) => type !== 'Dangling') ?? [];
    const changed = { ...object, status: { ...schema.status, conditions: [...others, condition] } };
    writes.push({ prefix: groupResource(flowschemas), key, object: changed, expectedRevision: revision });
  }
  return writes;
}

function write<T extends KubernetesObject & { spec?: unknown }>(
  store: FlowControlUpkeepDeps['store'],
  type: ResourceType<T>,
  { wanted, nowMs }: { wanted: T; nowMs: number },
): ObjectWrite[] {
  const prefix = groupResource(type);
  const key = keyOf(wanted);
  const stored = store.collection(prefix).get(key);
  if (!stored) {
    const metadata = { ...wanted.metadata, uid: randomUUID(), creationTimestamp: timeText(nowMs), generation: 1 };
    return [{ prefix, key, object: { ...wanted, metadata } as unknown as UntypedObject, expectedRevision: 0 }];
  }
  const { metadata } = stored.object;
  const isMandatory = key.name === 'exempt' || key.name === 'catch-all';
  if (!isMandatory && metadata.annotations?.[autoUpdate] === 'false') return [];
  if (isDeepStrictEqual(stored.object['spec'], wanted.spec) && metadata.annotations?.[autoUpdate] === 'true') return [];
  const object = {
    ...stored.object,
    spec: wanted.spec,
    metadata: { ...metadata, generation: (metadata.generation ?? 0) + 1, annotations: { ...metadata.annotations, ...wanted.metadata.annotations } },
  };
  return [{ prefix, key, object, expectedRevision: stored.revision }];
}
