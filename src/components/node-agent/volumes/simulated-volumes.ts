import type { Pod } from '../../../api/generated/core-v1.ts';
import { isNotFound } from '../../../api/status.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { ObjectReader } from '../object-reader.ts';
import { VolumeError } from './contract.ts';
import { referencesOf } from './object-watches.ts';
import type { PodVolumes } from './pod-volumes.ts';

/** Volumes of a simulated node: nothing is made, but what a pod refers to must be there, as on a real one. */
export function createSimulatedVolumes({ objects, events }: { objects: ObjectReader; events: EventRecorder }): PodVolumes {
  const checked = new Set<string>();
  const check = async (pod: Pod): Promise<void> => {
    for (const volume of pod.spec.volumes ?? []) {
      if (volume.configMap?.optional ?? volume.secret?.optional ?? volume.projected) continue;
      for (const { kind, namespace, name } of referencesOf(volume, pod.metadata.namespace!)) {
        const read = kind === 'configmaps' ? objects.configMap(namespace, name) : objects.secret(namespace, name);
        await (read as Promise<unknown>).catch((error: unknown) => {
          const reason = isNotFound(error) ? `${kind === 'configmaps' ? 'configmap' : 'secret'} "${name}" not found` : (error as Error).message;
          const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${reason}`;
          events.record(pod, 'Warning', 'FailedMount', message);
          throw new VolumeError(message, { cause: error });
        });
      }
    }
  };
  return {
    async setUp(pod) {
      const uid = pod.metadata.uid ?? '';
      if (!checked.has(uid)) await check(pod);
      checked.add(uid);
      return new Map((pod.spec.volumes ?? []).map(({ name }) => [name, { path: `/simulated/${name}` }]));
    },
    refreshAtMs: () => undefined,
    tearDown: async (uid) => void checked.delete(uid),
    [Symbol.asyncDispose]: async () => {},
  };
}
