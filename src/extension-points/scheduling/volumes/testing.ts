import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeSpec, Pod, Volume } from '../../../api/generated/core-v1.ts';
import type { ObjectMeta } from '../../../api/generated/meta-v1.ts';
import type { StorageClass } from '../../../api/generated/storage-v1.ts';
import { deepFreeze, type KubernetesObject, type ObjectKey, type UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { Informers } from '../../../client/informer.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import { FakeClient, type FakeClientOptions } from '../../../client/testing/fake-client.ts';
import { settle } from '../../../client/testing/settle.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { testPod } from '../testing.ts';
import { bindCompleted } from './volume-annotations.ts';

/** For tests: an available volume of 1 GiB and no class. */
export function testVolume(
  name: string,
  spec: Partial<PersistentVolumeSpec> = {},
  parts: { metadata?: ObjectMeta; phase?: 'Available' | 'Bound' | 'Released' | 'Pending' } = {},
): PersistentVolume {
  const { metadata = {}, phase = 'Available' } = parts;
  return deepFreeze({
    metadata: { name, uid: `uid-${name}`, ...metadata },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...spec },
    status: { phase },
  });
}

/** For tests: a pending claim of namespace `default` for 1 GiB of no class. */
export function testClaim(name: string, spec: Partial<PersistentVolumeClaimSpec> = {}, metadata: ObjectMeta = {}): PersistentVolumeClaim {
  return deepFreeze({
    metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    status: { phase: 'Pending' },
  });
}

/** For tests: a claim that was bound to a volume. */
export const boundClaim = (name: string, volumeName: string, spec: Partial<PersistentVolumeClaimSpec> = {}): PersistentVolumeClaim =>
  deepFreeze({ ...testClaim(name, { volumeName, ...spec }, { annotations: { [bindCompleted]: 'yes' } }), status: { phase: 'Bound' } });

/** For tests: a class whose claims wait for a pod, unless it says otherwise. */
export const testClass = (name: string, parts: Partial<StorageClass> = {}): StorageClass =>
  deepFreeze({ metadata: { name }, provisioner: 'example.com/disks', volumeBindingMode: 'WaitForFirstConsumer', ...parts });

/** For tests: a volume that nodes with these labels reach. */
export const reachableFrom = (labels: Readonly<Record<string, readonly string[]>>): Pick<PersistentVolumeSpec, 'nodeAffinity'> => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{ matchExpressions: Object.entries(labels).map(([key, values]) => ({ key, operator: 'In' as const, values: [...values] })) }],
    },
  },
});

/** For tests: a pod with a volume for each claim named, or each volume given. */
export const podWith = (name: string, ...volumes: readonly (string | Omit<Volume, 'name'>)[]): Pod =>
  testPod(name, {
    volumes: volumes.map((volume, index) => ({
      name: `v${index}`,
      ...(typeof volume === 'string' ? { persistentVolumeClaim: { claimName: volume } } : volume),
    })),
  });

/** For tests of plugins that look at volumes: a cluster in memory with informers that follow it and a clock that stands still. */
export class VolumeWorld implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client: FakeClient;
  readonly informers: Informers;

  constructor(options: Pick<FakeClientOptions, 'intercept'> = {}) {
    this.client = new FakeClient({ clock: this.clock, ...options });
    this.informers = createInformers({ client: this.client, clock: this.clock, log: silentLog });
  }

  put<T extends KubernetesObject>(type: ResourceType<T>, ...objects: readonly T[]): this {
    for (const object of objects) this.client.store.put(type, object as unknown as UntypedObject);
    return this;
  }

  find<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    return this.client.store.get(type, key) as unknown as T | undefined;
  }

  /** Lets the informers that were asked for catch up. */
  async settled(): Promise<void> {
    await this.informers.synced();
    await settle();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.informers[Symbol.asyncDispose]() as Promise<void>;
  }
}
