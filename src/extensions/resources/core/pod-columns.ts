import { isConditionTrue } from '../../../api/conditions.ts';
import type { ContainerStatus, Pod, PodStatus } from '../../../api/generated/core-v1.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { age, ageColumn, type Column, nameColumn } from '../../../extension-points/resources/printer.ts';

type Status = Loose<ContainerStatus>;

/** The columns of `kubectl get pods`. */
export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  {
    name: 'Ready',
    description: 'How many of the containers are ready.',
    cell: (pod) => `${summary(pod).ready}/${(pod.spec?.containers?.length ?? 0) + sidecarsOf(pod).size}`,
  },
  { name: 'Status', description: 'What the containers are doing, in one word.', cell: (pod) => podStatusText(pod) },
  { name: 'Restarts', description: 'How often containers were restarted, and when the last one was.', cell: restartsText },
  ageColumn,
  { name: 'IP', priority: 1, description: 'The first address of the pod.', cell: (pod) => pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>' },
  { name: 'Node', priority: 1, description: 'The node that runs the pod.', cell: (pod) => pod.spec?.nodeName || '<none>' },
  {
    name: 'Nominated Node',
    priority: 1,
    description: 'The node where room is being made for the pod.',
    cell: (pod) => pod.status?.nominatedNodeName || '<none>',
  },
  { name: 'Readiness Gates', priority: 1, description: 'How many of the additional conditions for readiness hold.', cell: readinessGatesText },
];

interface Summary {
  readonly reason: string;
  readonly ready: number;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
}

/** The STATUS column: the pod's phase or reason, unless a container tells more. */
export function podStatusText(pod: Draft<Pod>): string {
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (!pod.metadata.deletionTimestamp) return summary(pod).reason;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  return isOver ? summary(pod).reason : 'Terminating';
}

const sidecarsOf = (pod: Draft<Pod>): Set<string | undefined> =>
  new Set((pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always').map((container) => container.name));

/** Upstream's `printPod`: init containers first; regular ones once those are done or the pod has been initialised before. */
function summary(pod: Draft<Pod>): Summary {
  const sidecars = sidecarsOf(pod);
  const initial = (pod.status?.initContainerStatuses ?? []).map((status, index) => ({ status, index, isSidecar: sidecars.has(status.name) }));
  const blocking = initial.find(({ status, isSidecar }) => status.state?.terminated?.exitCode !== 0 && !(isSidecar && status.started === true));
  const readySidecars = initial.filter(
    ({ status, isSidecar, index }) => isSidecar && status.started && status.ready && index <= (blocking?.index ?? index),
  ).length;
  const reason = blocking ? initialisingText(pod, blocking.status, blocking.index) : phaseText(pod.status ?? {});
  if (!blocking || isConditionTrue(podConditions(pod), 'Initialized')) {
    return running(pod, { reason, ready: readySidecars, sidecars: initial.filter(({ isSidecar }) => isSidecar).map(({ status }) => status) });
  }
  return { reason, ready: readySidecars, ...restartsOf(initial.slice(0, blocking.index + 1).map(({ status }) => status)) };
}

function phaseText(status: Loose<PodStatus>): string {
  if (status.conditions?.some((condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated')) return 'SchedulingGated';
  return status.reason || status.phase || '';
}

function initialisingText(pod: Draft<Pod>, status: Status, index: number): string {
  if (status.state?.terminated) return `Init:${terminatedText(status)}`;
  const waiting = status.state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${pod.spec?.initContainers?.length ?? 0}`;
}

function running(pod: Draft<Pod>, before: { reason: string; ready: number; sidecars: readonly Status[] }): Summary {
  const statuses = pod.status?.containerStatuses ?? [];
  let { reason } = before;
  // The first container that has something to say wins.
  for (const status of [...statuses].reverse()) {
    if (status.state?.waiting?.reason) reason = status.state.waiting.reason;
    else if (status.state?.terminated) reason = terminatedText(status);
  }
  const ready = statuses.filter(isReadyAndRunning).length;
  if (reason === 'Completed' && ready > 0) reason = isConditionTrue(podConditions(pod), 'Ready') ? 'Running' : 'NotReady';
  return { reason, ready: ready + before.ready, ...restartsOf([...before.sidecars, ...statuses]) };
}

const podConditions = (pod: Draft<Pod>): { type: string; status: string }[] =>
  (pod.status?.conditions ?? []).map(({ type = '', status = '' }) => ({ type, status }));

const isReadyAndRunning = ({ ready, state }: Status): boolean => ready === true && state?.running !== undefined && !state.waiting?.reason && !state.terminated;

function terminatedText({ state }: Status): string {
  const { reason, signal, exitCode = 0 } = state?.terminated ?? {};
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function restartsOf(statuses: readonly Status[]): { restarts: number; lastRestart: string | undefined } {
  const times = statuses
    .map((status) => status.lastState?.terminated?.finishedAt)
    .filter((time) => time !== undefined)
    .sort();
  return { restarts: statuses.reduce((sum, status) => sum + (status.restartCount ?? 0), 0), lastRestart: times.at(-1) };
}

function restartsText(pod: Draft<Pod>, nowMs: number): string {
  const { restarts, lastRestart } = summary(pod);
  return restarts > 0 && lastRestart !== undefined ? `${restarts} (${age(lastRestart, nowMs)} ago)` : `${restarts}`;
}

function readinessGatesText(pod: Draft<Pod>): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const conditions = podConditions(pod);
  return `${gates.filter((gate) => isConditionTrue(conditions, gate.conditionType ?? '')).length}/${gates.length}`;
}
