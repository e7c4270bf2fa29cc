import type { Container, ContainerStatus, Pod, PodStatus } from '../../../api/generated/core-v1.ts';
import { shouldRestart } from '../pod/restart-rules.ts';
import { isSidecar } from '../resources.ts';

export type PodPhase = NonNullable<PodStatus['phase']>;

/**
 * The phase of a pod from the states of its containers (upstream's `getPhase`). `isEnding` says that the pod will not restart anything any more, whatever
 * its policy.
 */
export function podPhase(pod: Pod, init: readonly ContainerStatus[], main: readonly ContainerStatus[], isEnding: boolean): PodPhase {
  const initState = countInit(pod, init, main);
  if (initState === 'failed') return 'Failed';
  const counts = countMain(pod, main);
  // What has not run by now never will.
  if (isEnding) return counts.succeeded === pod.spec.containers.length ? 'Succeeded' : 'Failed';
  if (initState === 'pending' || counts.waiting > 0) return 'Pending';
  if (counts.unknown > 0) return 'Pending';
  if (counts.running > 0) return 'Running';
  if (counts.stopped === 0) return 'Pending';
  if (counts.comesBack > 0) return 'Running';
  return counts.stopped === counts.succeeded ? 'Succeeded' : 'Failed';
}

/** How far the init phase is. Once a main container has started it is over, whatever happens to sidecars. */
function countInit(pod: Pod, statuses: readonly ContainerStatus[], main: readonly ContainerStatus[]): 'done' | 'pending' | 'failed' {
  const hasMainStarted = main.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
  const byName = new Map(statuses.map((status) => [status.name, status]));
  let result: 'done' | 'pending' = 'done';
  for (const container of pod.spec.initContainers ?? []) {
    const status = byName.get(container.name);
    if (isSidecar(container)) {
      if (!hasMainStarted && !status?.started) result = 'pending';
      continue;
    }
    if (hasFailed(pod, container, status)) return 'failed';
    if (!hasMainStarted && status?.state?.terminated?.exitCode !== 0) result = 'pending';
  }
  return result;
}

function hasFailed(pod: Pod, container: Container, status: ContainerStatus | undefined): boolean {
  const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
  return ended !== undefined && ended.exitCode !== 0 && !shouldRestart(pod, container, ended);
}

function countMain(
  pod: Pod,
  statuses: readonly ContainerStatus[],
): { unknown: number; running: number; waiting: number; stopped: number; succeeded: number; comesBack: number } {
  const counts = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0, comesBack: 0 };
  const byName = new Map(statuses.map((status) => [status.name, status]));
  for (const container of pod.spec.containers) {
    const { state, lastState } = byName.get(container.name) ?? {};
    const ended = state?.terminated ?? (state?.waiting ? lastState?.terminated : undefined);
    if (state?.running) counts.running++;
    else if (ended) {
      counts.stopped++;
      if (state?.terminated?.exitCode === 0) counts.succeeded++;
      if (shouldRestart(pod, container, ended)) counts.comesBack++;
    } else if (state?.waiting) counts.waiting++;
    else counts.unknown++;
  }
  return counts;
}
