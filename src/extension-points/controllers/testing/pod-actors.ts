import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { ControllerWorld } from './controller-world.ts';

/** Plays scheduler and node for a test: pods get a node and become ready, pods being deleted go. `isBroken` pods run but never get ready; `nodeOf` says where a pod goes. Disposing stops it. */
export function runPods(world: ControllerWorld, options: { isBroken?: (pod: Pod) => boolean; nodeOf?: (pod: Pod) => string | undefined } = {}): Disposable {
  const act = ({ metadata }: Pod): void => {
    const pod = world.find(pods, { namespace: metadata.namespace ?? '', name: metadata.name ?? '' });
    if (!pod) return;
    if (pod.metadata.deletionTimestamp) return void world.client.delete(pods, keyOf(pod), { gracePeriodSeconds: 0 }).catch(() => undefined);
    if (pod.status?.phase === 'Running') return;
    const ready = { type: 'Ready', status: options.isBroken?.(pod) ? 'False' : 'True', lastTransitionTime: timeText(world.clock.now()) };
    world.client.store.put(pods, {
      ...pod,
      spec: { ...pod.spec, nodeName: options.nodeOf?.(pod) ?? 'node' },
      status: { phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }], conditions: [ready] },
    });
  };
  return world.informers.informer(pods).onChange({ added: (pod) => queueMicrotask(() => act(pod)), updated: (pod) => queueMicrotask(() => act(pod)) });
}
