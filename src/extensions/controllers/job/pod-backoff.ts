import type { ContainerStatus, Pod } from '../../../api/generated/core-v1.ts';
import { podCondition } from '../../../extension-points/controllers/pod-state.ts';

const initialMs = 10_000;
const maximumMs = 600_000;

/** Failures since a job's last success. They hold up its next pods. */
export interface BackoffRecord {
  readonly failures: number;
  readonly lastFailureMs: number;
}

const noFailures: BackoffRecord = { failures: 0, lastFailureMs: 0 };

/** The record after pods that finished and were not counted before; failures up to the last success are forgiven. */
export function recordAfter(record: BackoffRecord = noFailures, succeeded: readonly Pod[], failed: readonly Pod[]): BackoffRecord {
  if (succeeded.length === 0 && failed.length === 0) return record;
  const lastSuccessMs = succeeded.reduce((latest, pod) => Math.max(latest, finishedMs(pod)), Number.NEGATIVE_INFINITY);
  const failuresMs = failed.map(finishedMs).filter((atMs) => atMs > lastSuccessMs);
  const before = succeeded.length === 0 ? record : noFailures;
  return { failures: before.failures + failuresMs.length, lastFailureMs: Math.max(before.lastFailureMs, maximumOf(failuresMs)) };
}

const maximumOf = (times: readonly number[]): number => times.reduce((latest, atMs) => Math.max(latest, atMs), 0);

/** How long until another pod may be created: 10 s after the first failure, twice as long after each other one, at most 10 minutes. */
export function remainingMs({ failures, lastFailureMs }: BackoffRecord, nowMs: number): number {
  if (failures === 0) return 0;
  const delayMs = Math.min(maximumMs, initialMs * 2 ** Math.min(failures - 1, 10));
  return Math.max(0, lastFailureMs + delayMs - nowMs);
}

/** When a pod ended: its last container, else when it stopped being ready, else its deletion, else its creation. */
export function finishedMs(pod: Pod): number {
  const fromContainers = lastContainerMs(pod);
  if (fromContainers !== undefined) return fromContainers;
  const ready = podCondition(pod, 'Ready');
  if (ready?.status === 'False' && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp = '' } = pod.metadata;
  if (deletionTimestamp) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return Date.parse(creationTimestamp) || 0;
}

/** Undefined unless every container has ended; side containers end after the others. */
function lastContainerMs({ spec, status }: Pod): number | undefined {
  const sideContainers = new Set((spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  const counted: readonly ContainerStatus[] = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => sideContainers.has(name)),
  ];
  const ends = counted.map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ''));
  return ends.length === 0 || ends.some(Number.isNaN) ? undefined : maximumOf(ends);
}
