import type { Pod, PodStatus } from '../../../api/generated/core-v1.ts';
import type { ObjectMeta } from '../../../api/generated/meta-v1.ts';
import type {
  Device,
  DeviceClaim,
  DeviceClass,
  DeviceRequest,
  ExactDeviceRequest,
  ResourceClaim,
  ResourceSlice,
  ResourceSliceSpec,
} from '../../../api/generated/resource-v1.ts';
import { deepFreeze, type KubernetesObject, type ObjectKey, type UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { Informers } from '../../../client/informer.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import { FakeClient, type FakeClientOptions } from '../../../client/testing/fake-client.ts';
import { settle } from '../../../client/testing/settle.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { testPod } from '../testing.ts';

/** For tests: a driver. */
export const testDriver = 'gpu.example.com';

/** For tests: a class of all devices of `testDriver`. */
export const testDeviceClass = (
  name = 'gpu',
  spec: DeviceClass['spec'] = { selectors: [{ cel: { expression: `device.driver == "${testDriver}"` } }] },
): DeviceClass => deepFreeze({ metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z' }, spec });

/** For tests: the whole pool of a node, named after it, unless the specification says otherwise. */
export const testSlice = (nodeName: string, devices: readonly (string | Device)[], spec: Partial<ResourceSliceSpec> = {}): ResourceSlice =>
  deepFreeze({
    metadata: { name: `${nodeName}-${spec.pool?.name ?? nodeName}`, uid: `slice-${nodeName}-${spec.pool?.name ?? nodeName}` },
    spec: {
      driver: testDriver,
      pool: { name: nodeName, generation: 1, resourceSliceCount: 1 },
      ...(spec.allNodes || spec.nodeSelector || spec.perDeviceNodeSelection ? {} : { nodeName }),
      devices: devices.map((device) => (typeof device === 'string' ? { name: device } : device)),
      ...spec,
    },
  });

/** For tests: a request for one device of class `gpu`. */
export const testRequest = (name = 'r', exactly: Partial<ExactDeviceRequest> = {}): DeviceRequest => ({
  name,
  exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', ...(exactly.allocationMode === 'All' ? {} : { count: 1 }), ...exactly },
});

/** For tests: a claim of namespace `default` for one device of class `gpu`. */
export const testClaim = (
  name: string,
  { devices = { requests: [testRequest()] }, status, metadata }: { devices?: DeviceClaim; status?: ResourceClaim['status']; metadata?: ObjectMeta } = {},
): ResourceClaim => deepFreeze({ metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata }, spec: { devices }, ...(status ? { status } : {}) });

/** For tests: a pod that uses claims. */
export const podUsing = (name: string, ...claims: readonly string[]): Pod =>
  testPod(name, { resourceClaims: claims.map((resourceClaimName, index) => ({ name: `c${index}`, resourceClaimName })) });

/** For tests: a pod with a claim from a template, made or not. */
export const podWithTemplate = (name: string, status?: PodStatus): Pod =>
  deepFreeze({ ...testPod(name, { resourceClaims: [{ name: 'device', resourceClaimTemplateName: 't' }] }), ...(status ? { status } : {}) });

/** For tests: a cluster in memory with informers that follow it, a clock that stands still, and the events that were recorded. */
export class DeviceWorld implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client: FakeClient;
  readonly informers: Informers;
  /** `Reason: message`. */
  readonly recorded: string[] = [];
  readonly events: EventRecorder = {
    record: (_object, _type, reason, message) => void this.recorded.push(`${reason}: ${message}`),
    as: () => this.events,
    flush: async () => undefined,
  };

  constructor(options: Pick<FakeClientOptions, 'intercept'> = {}) {
    this.client = new FakeClient({ clock: this.clock, ...options });
    this.informers = createInformers({ client: this.client, clock: this.clock, log: silentLog });
  }

  put<T extends KubernetesObject>(type: ResourceType<T>, ...objects: readonly T[]): this {
    for (const object of objects) this.client.store.put(type, object as unknown as UntypedObject);
    return this;
  }

  remove(type: ResourceType, key: ObjectKey): void {
    this.client.store.remove(type, key);
  }

  find<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    return this.client.store.get(type, key) as unknown as T | undefined;
  }

  list<T extends KubernetesObject>(type: ResourceType<T>): T[] {
    return this.client.store.list(type) as unknown as T[];
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
