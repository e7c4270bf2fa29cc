import type { Container, Pod, PodSpec } from '../../../api/generated/core-v1.ts';
import type { PodSandboxStatus } from '../../../extension-points/runtime/contract.ts';
import { containerHash } from '../labels.ts';
import type { ObservedContainer, ObservedPod } from '../pod/observed-pod.ts';

/** A pod of one container `web`, bound to node `node-1`, with what a test cares about. */
export const testPod = (spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pod', namespace: 'default', uid: 'uid-1', generation: 1, ...metadata },
  spec: { nodeName: 'node-1', containers: [testContainer('web')], ...spec },
});

export const testContainer = (name: string, container: Partial<Container> = {}): Container => ({
  name,
  image: `${name}:1`,
  imagePullPolicy: 'IfNotPresent',
  ...container,
});

export const testSandbox = (sandbox: Partial<PodSandboxStatus> = {}): PodSandboxStatus => ({
  id: 'sandbox-1',
  metadata: { name: 'pod', namespace: 'default', uid: 'uid-1', attempt: 0 },
  state: 'ready',
  createdAtMs: 1,
  labels: {},
  annotations: {},
  ips: ['10.0.0.5'],
  ...sandbox,
});

export const testObserved = (containers: readonly ObservedContainer[], sandboxes: readonly PodSandboxStatus[] = [testSandbox()]): ObservedPod => ({
  uid: 'uid-1',
  sandboxes,
  containers,
});

/** A container as observed; `running` unless told otherwise. */
export const observedContainer = (name: string, container: Partial<ObservedContainer> = {}): ObservedContainer => ({
  id: `${name}-id`,
  sandboxId: 'sandbox-1',
  metadata: { name, attempt: container.restartCount ?? 0 },
  image: `${name}:1`,
  imageRef: `sha256:${name}`,
  state: 'running',
  createdAtMs: 1,
  labels: {},
  annotations: {},
  startedAtMs: 1_000,
  finishedAtMs: 0,
  exitCode: 0,
  reason: '',
  message: '',
  logPath: '',
  mounts: [],
  restartCount: 0,
  hash: containerHash(testContainer(name)),
  ...container,
});

export const exitedContainer = (name: string, exitCode: number, container: Partial<ObservedContainer> = {}): ObservedContainer =>
  observedContainer(name, { state: 'exited', exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAtMs: 2_000, ...container });
