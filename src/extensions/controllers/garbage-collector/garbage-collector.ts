import { setImmediate as nextTurn } from 'node:timers/promises';
import type { OwnerReference } from '../../../api/generated/meta-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { isConflict } from '../../../api/status.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { followResources } from '../../../extension-points/controllers/follow-resources.ts';
import type { NamedController } from '../../../extension-points/controllers/reconcile.ts';
import type { DiscoverResources } from '../../../extension-points/controllers/served-resources.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { WorkQueue } from '../../../kernel/work-queue.ts';
import { AbsentOwners, attemptToDelete, attemptToOrphan, type CollectDeps, UnknownKindError } from './collect.ts';
import { type GraphNode, OwnerGraph } from './owner-graph.ts';
import { ResourceMonitors } from './resource-monitors.ts';

const workers = 20;
const turnMs = 5;

/** Deletes objects whose owners are gone, and carries out foreground deletion and orphaning, over every resource the API serves. */
export function garbageCollectorController({ discover }: { discover: DiscoverResources }): NamedController {
  return { name: 'generic-garbage-collector', start: (deps) => startGarbageCollector(deps, discover) };
}

async function startGarbageCollector(deps: ControllerDeps, discover: DiscoverResources): Promise<AsyncDisposable> {
  const stack = new DisposalStack();
  const absentOwners = new AbsentOwners();
  const breathe = yieldingEvery(turnMs);
  const work =
    (act: (node: GraphNode, deps: CollectDeps) => Promise<void>) =>
    async (uid: string): Promise<void> => {
      await breathe();
      const node = graph.get(uid);
      if (node) await act(node, collectDeps);
    };
  const onError = (uid: string, error: unknown): void => {
    const isOrdinary = isConflict(error) || error instanceof UnknownKindError;
    deps.log[isOrdinary ? 'debug' : 'warn']('an object could not be collected and will be tried again', {
      uid,
      kind: graph.get(uid)?.kind,
      name: graph.get(uid)?.name,
      error,
    });
  };
  const deletions = new WorkQueue({ clock: deps.clock, workers, onError }, work(attemptToDelete));
  const orphanings = new WorkQueue({ clock: deps.clock, workers, onError }, work(attemptToOrphan));
  const monitors = new ResourceMonitors(deps, (type) => ({
    added: (object) => graph.observe(type, object),
    updated: (object, old) => graph.observe(type, object, old),
    deleted: ({ metadata: { uid = '', name = '', namespace = '' } }) => {
      absentOwners.add({ apiVersion: groupVersion(type), kind: type.kind, name, uid }, namespace);
      graph.remove(uid);
    },
  }));
  const find = (reference: OwnerReference, namespace: string): KubernetesObject | undefined => {
    const type = monitors.typeOf(reference);
    return type && monitors.find(type, type.namespaced ? { namespace, name: reference.name } : { name: reference.name });
  };
  const graph = new OwnerGraph({
    tryDelete: (node) => deletions.add(node.uid),
    tryOrphan: (node) => orphanings.add(node.uid),
    find,
    isAbsent: (reference, namespace) => absentOwners.has(reference, monitors.typeOf(reference)?.namespaced ? namespace : ''),
    livesElsewhere: (node) => {
      const type = monitors.typeOf(node);
      return type?.namespaced === true && monitors.has(type, node);
    },
    reportWrongOwner: (dependent, reference) =>
      deps.events.record(
        asObject(dependent),
        'Warning',
        'OwnerRefInvalidNamespace',
        `ownerRef [${reference.apiVersion}/${reference.kind}, namespace: ${dependent.namespace}, name: ${reference.name}, uid: ${reference.uid}] does not exist in namespace "${dependent.namespace}"`,
      ),
  });
  const collectDeps: CollectDeps = {
    client: deps.client,
    graph,
    typeOf: (reference) => monitors.typeOf(reference),
    absentOwners,
    tryDelete: (node) => deletions.add(node.uid),
  };
  stack.use(monitors);
  stack.use(deletions);
  stack.use(orphanings);
  try {
    await followResources(deps, stack, async () => monitors.follow(await discover()));
    await monitors.synced();
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  deletions.start();
  orphanings.start();
  return stack;
}

const asObject = ({ apiVersion, kind, namespace, name, uid }: GraphNode): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name, uid, ...(namespace ? { namespace } : {}) },
});

/** Work on in-process objects may never wait for anything; this gives requests their turn. */
function yieldingEvery(milliseconds: number): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < milliseconds) return;
    await nextTurn();
    since = performance.now();
  };
}
