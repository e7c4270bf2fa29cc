import type { ContainerStatus, Pod, PodCondition } from '../../../api/generated/core-v1.ts';
import { isSidecar } from '../resources.ts';
import type { PodPhase } from './phase.ts';

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;
const isTrue: Verdict = { status: 'True' };

export interface ConditionInput {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  /** The sandbox is up and has its network. */
  readonly hasSandbox: boolean;
  readonly nowText: string;
  /** Further ones, times aside. */
  readonly extra?: readonly PodCondition[];
}

/** The conditions that the node agent owns, in upstream's order. Times of last transition are kept while a status stays what it was. */
export function podConditions(input: ConditionInput): PodCondition[] {
  const containersReady = containersReadyVerdict(input);
  const verdicts: readonly (readonly [string, Verdict])[] = [
    ['PodReadyToStartContainers', input.hasSandbox ? isTrue : { status: 'False' }],
    ['Initialized', initializedVerdict(input)],
    ['Ready', readyVerdict(input, containersReady)],
    ['ContainersReady', containersReady],
    ['PodScheduled', isTrue],
    ...(input.extra ?? []).map((condition) => [condition.type, condition] as const),
  ];
  return verdicts.map(([type, verdict]) => withTime(input, type, verdict));
}

function withTime({ pod, nowText }: ConditionInput, type: string, verdict: Verdict): PodCondition {
  const old = pod.status?.conditions?.find((condition) => condition.type === type);
  return {
    type,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    status: verdict.status,
    lastTransitionTime: old?.status === verdict.status && old.lastTransitionTime ? old.lastTransitionTime : nowText,
    ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    ...(verdict.message === undefined ? {} : { message: verdict.message }),
  };
}

function namesText(what: string, names: readonly string[]): string {
  return `containers with ${what} status: [${names.join(' ')}]`;
}

function initializedVerdict({ pod, phase, init, main }: ConditionInput): Verdict {
  const containers = pod.spec.initContainers ?? [];
  if (containers.length === 0) return phase === 'Succeeded' ? { status: 'True', reason: 'PodCompleted' } : isTrue;
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  const byName = new Map(init.map((status) => [status.name, status]));
  const hasMainStarted = main.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
  if (hasMainStarted) return isTrue;
  const unknown = containers.filter(({ name }) => !byName.has(name)).map(({ name }) => name);
  const incomplete = containers
    .filter((container) => byName.has(container.name) && !(isSidecar(container) ? byName.get(container.name)!.started : byName.get(container.name)!.ready))
    .map(({ name }) => name);
  return incompleteVerdict('ContainersNotInitialized', 'incomplete', unknown, incomplete);
}

function incompleteVerdict(reason: string, what: string, unknown: readonly string[], names: readonly string[]): Verdict {
  const messages = [...(unknown.length > 0 ? [namesText('unknown', unknown)] : []), ...(names.length > 0 ? [namesText(what, names)] : [])];
  return messages.length === 0 ? isTrue : { status: 'False', reason, message: messages.join(', ') };
}

function containersReadyVerdict({ pod, phase, init, main }: ConditionInput): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const byName = new Map([...init, ...main].map((status) => [status.name, status]));
  const counted = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers].map(({ name }) => name);
  return incompleteVerdict(
    'ContainersNotReady',
    'unready',
    counted.filter((name) => !byName.has(name)),
    counted.filter((name) => byName.get(name)?.ready === false),
  );
}

/** Ready needs all containers ready and every readiness gate true. */
function readyVerdict({ pod }: ConditionInput, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return containersReady;
  const messages: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (!condition) messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (condition.status !== 'True') messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`);
  }
  return messages.length === 0 ? isTrue : { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
