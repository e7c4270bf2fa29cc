import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../../src/api/generated/core-v1.ts';
import type { Event } from '../../../src/api/generated/events-v1.ts';
import { events_events_v1, pods } from '../../../src/api/generated/resource-types.ts';
import type { KubernetesObject, ObjectKey } from '../../../src/api/object.ts';
import { isNotFound } from '../../../src/api/status.ts';
import { type Stage, typeOf } from './stage.ts';
import type { ObjectName, Scores, Seen, SeenEvent, SeenPod, Step, Trace } from './trace.ts';

/** Where the scores of a pod's newest attempt are found. */
export type ScoresOf = (pod: Pod | undefined) => Scores | undefined;

/** Plays a trace; `look` is called at every look once the cluster is quiet. Everything is removed in the end. */
export async function play(stage: Stage, { name, steps }: Trace, look: (text: string, quietMs: number) => Promise<void>): Promise<void> {
  const created: { type: ReturnType<typeof typeOf>; key: ObjectKey }[] = [];
  const { client } = stage;
  const create = async (object: KubernetesObject): Promise<void> => {
    const key = await makeObject(stage, object, name);
    created.push({ type: typeOf(object), key });
  };
  await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  try {
    for (const step of steps) {
      if ('look' in step) await look(step.look, step.quietMs ?? 500);
      else await act(stage, name, step, create);
    }
  } finally {
    // Pods first: schedulers mind nodes that vanish under them.
    for (const { type, key } of created.toSorted((left, right) => Number(right.type.kind === 'Pod') - Number(left.type.kind === 'Pod'))) {
      // Nobody would take the finalizers away that keep volumes in use.
      if (type.kind.startsWith('PersistentVolume')) await ignoringAbsence(client.patch(type, key, { type: 'merge', body: { metadata: { finalizers: null } } }));
      await ignoringAbsence(client.delete(type, key, { gracePeriodSeconds: 0 }));
    }
  }
}

const ignoringAbsence = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error)));

/** Creates an object as it is given, status included; `namespace` is for those that name none. */
export async function makeObject(stage: Stage, object: KubernetesObject, namespace = 'default'): Promise<ObjectKey> {
  const type = typeOf(object);
  const within = type.namespaced ? { namespace: object.metadata.namespace ?? namespace } : {};
  const full = { ...object, metadata: { ...object.metadata, ...within } };
  const { metadata } = await stage.client.create(type, full);
  if (type.kind === 'Namespace') await makeAccount(stage, metadata.name!);
  await complete(stage, full);
  return { ...within, name: metadata.name! };
}

/** What nobody does where there are no controllers: accounts for pods, nodes that are ready. */
async function makeAccount({ client }: Stage, namespace: string): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
  await client.create(typeOf(account), account);
}

/** Sets what the API does not take from a create: admission taints new nodes, and status comes later. */
async function complete({ client }: Stage, object: KubernetesObject & { spec?: unknown; status?: unknown }): Promise<void> {
  const { kind, metadata, spec, status } = object;
  const key = { name: metadata.name!, ...(metadata.namespace ? { namespace: metadata.namespace } : {}) };
  if (kind === 'Node') {
    const { taints = [] } = (spec ?? {}) as { taints?: unknown[] };
    await client.patch(typeOf(object), key, { type: 'merge', body: { spec: { taints } } });
  } else if (status !== undefined) await client.patch(typeOf(object), key, { type: 'merge', body: { status } }, { subresource: 'status' });
}

async function act({ client }: Stage, namespace: string, step: Exclude<Step, { look: string }>, create: (object: KubernetesObject) => Promise<void>) {
  const keyOf = (object: ObjectName): ObjectKey => ({
    name: object.name,
    ...(typeOf(object.kind).namespaced ? { namespace: object.namespace ?? namespace } : {}),
  });
  if ('create' in step) for (const object of step.create) await create(object);
  else if ('patch' in step) {
    const options = step.subresource === undefined ? {} : { subresource: step.subresource };
    await client.patch(typeOf(step.patch.kind), keyOf(step.patch), { type: Array.isArray(step.body) ? 'json' : 'merge', body: step.body as [] }, options);
  } else await client.delete(typeOf(step.remove.kind), keyOf(step.remove), { gracePeriodSeconds: step.graceSeconds ?? 0 });
}

/** Resolves once no pod and no event has changed for so long. */
export async function quiet({ informers }: Stage, quietMs: number): Promise<void> {
  let changedMs = Date.now();
  const changed = (): void => void (changedMs = Date.now());
  using _pods = informers.informer(pods).onChange({ added: changed, updated: changed, deleted: changed });
  using _events = informers.informer(events_events_v1).onChange({ added: changed, updated: changed, deleted: changed });
  await informers.synced();
  for (let leftMs = quietMs; leftMs > 0; leftMs = changedMs + quietMs - Date.now()) await sleep(leftMs);
}

/** What is there to see of a trace now. */
export function see({ informers }: Stage, { name }: Trace, scoresOf: ScoresOf): Seen {
  const all = informers
    .informer(pods)
    .list()
    .filter(({ metadata }) => metadata.namespace!.startsWith(name));
  const uids = new Map(all.map(({ metadata }) => [metadata.uid!, metadata.name!]));
  const plain = (text: string): string => text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uid) => `<uid of ${uids.get(uid) ?? 'another'}>`);
  const events = informers
    .informer(events_events_v1)
    .list()
    .filter(({ metadata }) => metadata.namespace!.startsWith(name))
    .toSorted((left, right) => Number(left.metadata.resourceVersion) - Number(right.metadata.resourceVersion));
  const byObject: Record<string, SeenEvent[]> = {};
  const byLot = (name: string): boolean => bestOf(scoresOf(all.find(({ metadata }) => metadata.name === name))).length !== 1;
  for (const event of events) {
    const about = referenceText(event.regarding);
    const list = (byObject[about] ??= []);
    const seen = seenEvent(event, (text) =>
      byLot(event.regarding?.name ?? '') ? plain(text).replace(/^(Successfully assigned \S+ to) .*/, '$1 <a node>') : plain(text),
    );
    if (!list.some((other) => JSON.stringify(other) === JSON.stringify(seen))) list.push(seen);
  }
  return {
    pods: Object.fromEntries(
      all.map((pod): [string, SeenPod] => [pod.metadata.name!, seenPod(pod, plain, scoresOf(pod))]).sort(([left], [right]) => (left < right ? -1 : 1)),
    ),
    events: Object.fromEntries(Object.entries(byObject).sort(([left], [right]) => (left < right ? -1 : 1))),
  };
}

function seenPod({ metadata, spec, status }: Pod, plain: (text: string) => string, scores: Scores | undefined): SeenPod {
  const conditions = (status?.conditions ?? []).map(({ lastTransitionTime: _at, lastProbeTime: _probe, ...rest }) => ({
    ...rest,
    ...(rest.message === undefined ? {} : { message: plain(rest.message) }),
  }));
  const best = bestOf(scores);
  return {
    ...(spec?.nodeName ? { node: best.includes(spec.nodeName) && best.length > 1 ? best : spec.nodeName } : {}),
    ...(status?.nominatedNodeName ? { nominatedNodeName: status.nominatedNodeName } : {}),
    ...(metadata.deletionTimestamp ? { isLeaving: true } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(scores ? { scores } : {}),
  };
}

const totalOf = (scores: Readonly<Record<string, number>>): number => Object.values(scores).reduce((sum, score) => sum + score, 0);

/** The nodes with the highest total. */
export function bestOf(scores: Scores = {}): string[] {
  const highest = Math.max(...Object.values(scores).map(totalOf));
  return Object.keys(scores)
    .filter((node) => totalOf(scores[node]!) === highest)
    .sort();
}

const referenceText = (reference: { kind?: string; name?: string } = {}): string => `${reference.kind}/${reference.name}`;

const seenEvent = ({ type, reason, note, action, reportingController, related }: Event, plain: (text: string) => string): SeenEvent => ({
  ...{ type: type ?? '', reason: reason ?? '', note: plain(note ?? ''), action: action ?? '', reportingController: reportingController ?? '' },
  ...(related ? { related: referenceText(related) } : {}),
});
