import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { nodes, persistentvolumeclaims, persistentvolumes, pods } from '../../../api/generated/resource-types.ts';
import { type KubernetesObject, keyOf, keyText } from '../../../api/object.ts';
import type { SchedulingHandle } from '../../../extension-points/scheduling/contract.ts';
import { affinityOn } from '../../../extension-points/scheduling/volumes/migrated-affinity.ts';
import { selectedNode } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import { isReachable } from '../../../extension-points/scheduling/volumes/volume-matching.ts';
import type { AssumeCache } from './assume-cache.ts';
import { bellKey, type ChangeBell } from './change-bell.ts';
import { isFullyBound } from './claims.ts';
import type { Binding, NodeLookup, NodeVolumes } from './node-volumes.ts';
import type { Provision } from './provisioning.ts';

export interface BindingDeps extends Pick<SchedulingHandle, 'client' | 'clock' | 'informers'> {
  readonly volumes: AssumeCache<PersistentVolume>;
  readonly claims: AssumeCache<PersistentVolumeClaim>;
  readonly lookup: NodeLookup;
  readonly bell: ChangeBell;
  readonly timeoutMs: number;
}

/** Upstream's interval; changes of what is waited for are looked at when they come. */
const lookEveryMs = 1_000;

/**
 * Writes what was assumed and waits until the volume controller has bound every claim. Rejects, in upstream's words, when a write is refused, when a binding
 * cannot come about any more, and after the timeout. What was not written is taken back.
 */
export async function bindVolumes(pod: Pod, nodeName: string, wanted: NodeVolumes, deps: BindingDeps, signal: AbortSignal): Promise<void> {
  const written = await writeVolumes(wanted, deps);
  try {
    await waitUntilBound(pod, nodeName, written, deps, signal);
  } catch (error) {
    throw new Error(`binding volumes: ${(error as Error).message}`, { cause: error });
  }
}

/** There is no way back from a write: a volume whose pod is not bound after all stays with its claim. */
async function writeVolumes({ bindings, provisions }: NodeVolumes, { client, volumes, claims }: BindingDeps): Promise<NodeVolumes> {
  const written = { bindings: [] as Binding[], provisions: [] as Provision[] };
  try {
    for (const { claim, volume } of bindings) written.bindings.push({ claim, volume: await client.replace(persistentvolumes, volume) });
    for (const { claim } of provisions) written.provisions.push({ claim: await client.replace(persistentvolumeclaims, claim) });
    return written;
  } finally {
    for (const { volume } of bindings.slice(written.bindings.length)) volumes.restore(volume);
    for (const { claim } of provisions.slice(written.provisions.length)) claims.restore(claim);
  }
}

async function waitUntilBound(pod: Pod, nodeName: string, written: NodeVolumes, deps: BindingDeps, signal: AbortSignal): Promise<void> {
  const endMs = deps.clock.now() + deps.timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    using change = nextChange(keysOf(pod, written, deps), deps);
    if (areBound(pod, nodeName, written, deps)) return;
    const leftMs = endMs - deps.clock.now();
    if (leftMs <= 0) throw new Error('context deadline exceeded');
    await change.within(Math.min(leftMs, lookEveryMs), signal);
  }
}

function areBound(pod: Pod, nodeName: string, { bindings, provisions }: NodeVolumes, deps: BindingDeps): boolean {
  const node = deps.informers.informer(nodes).get({ name: nodeName });
  if (!node) throw new Error(`failed to get node ${JSON.stringify(nodeName)}: node ${JSON.stringify(nodeName)} not found`);
  if (deps.informers.informer(pods).get(keyOf(pod))?.metadata.uid !== pod.metadata.uid)
    throw new Error(`pod does not exist any more: pod ${JSON.stringify(pod.metadata.name)} not found`);
  return bindings.every((binding) => isBindingDone(binding, node, deps)) && provisions.every(({ claim }) => isProvisioned(claim, node, deps));
}

function isBindingDone({ claim, volume }: Binding, node: Node, { volumes, claims, lookup }: BindingDeps): boolean {
  const current = volumes.stored(keyOf(volume));
  if (!current) throw new Error(`failed to check binding: persistentvolumes ${JSON.stringify(volume.metadata.name)} not found`);
  const currentClaim = claims.stored(keyOf(claim));
  if (!currentClaim) throw new Error(`failed to check binding: persistentvolumeclaims ${JSON.stringify(keyText(keyOf(claim)))} not found`);
  if (isOlder(current, volume)) return false;
  checkAffinity(current, node, lookup);
  // The volume controller took the volume away from the claim again.
  if (!current.spec.claimRef?.uid) throw new Error(`ClaimRef got reset for pv ${JSON.stringify(current.metadata.name)}`);
  return isFullyBound(currentClaim);
}

function isProvisioned(claim: PersistentVolumeClaim, node: Node, { volumes, claims, lookup }: BindingDeps): boolean {
  const current = claims.stored(keyOf(claim));
  if (!current) throw new Error(`failed to check provisioning pvc: persistentvolumeclaims ${JSON.stringify(keyText(keyOf(claim)))} not found`);
  if (isOlder(current, claim)) return false;
  const { name, annotations } = current.metadata;
  if (!annotations) throw new Error(`selectedNode annotation reset for PVC ${JSON.stringify(name)}`);
  // A provisioner that cannot make the volume takes the annotation away, so that another node is tried.
  if (annotations[selectedNode] !== node.metadata.name) throw new Error(`provisioning failed for PVC ${JSON.stringify(name)}`);
  if (current.spec.volumeName) {
    const volume = volumes.stored({ name: current.spec.volumeName });
    if (!volume) return false;
    checkAffinity(volume, node, lookup);
  }
  return isFullyBound(current);
}

function checkAffinity(volume: PersistentVolume, node: Node, { csiNode }: NodeLookup): void {
  if (isReachable(affinityOn(node.metadata.name!, volume, csiNode), node)) return;
  const [from, to] = [JSON.stringify(volume.metadata.name), JSON.stringify(node.metadata.name)];
  throw new Error(`pv ${from} node affinity doesn't match node ${to}: no matching NodeSelectorTerms`);
}

/** Versions of one API server are whole numbers that rise. */
const isOlder = (left: KubernetesObject, right: KubernetesObject): boolean =>
  BigInt(left.metadata.resourceVersion || 0) < BigInt(right.metadata.resourceVersion || 0);

/** Everything that decides whether the pod's volumes are bound. */
function keysOf(pod: Pod, { bindings, provisions }: NodeVolumes, { claims }: BindingDeps): string[] {
  const ofClaims = [...bindings, ...provisions].map(({ claim }) => bellKey(persistentvolumeclaims, keyText(keyOf(claim))));
  const names = [...bindings.map(({ volume }) => volume.metadata.name), ...provisions.map(({ claim }) => claims.stored(keyOf(claim))?.spec.volumeName)];
  return [bellKey(pods, keyText(keyOf(pod))), ...ofClaims, ...names.flatMap((name) => (name ? bellKey(persistentvolumes, name) : []))];
}

interface Change extends Disposable {
  /** Resolves at the first change since this was made, after a time, or when the signal aborts. */
  within(limitMs: number, signal: AbortSignal): Promise<void>;
}

function nextChange(keys: readonly string[], { bell, clock }: BindingDeps): Change {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listening = bell.listen(keys, resolve);
  return {
    async within(limitMs, signal) {
      const wake = (): void => resolve();
      using _timer = clock.after(limitMs, wake);
      signal.addEventListener('abort', wake);
      await promise;
      signal.removeEventListener('abort', wake);
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
