import type { Pod, PodCondition, PodStatus, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import type { PodSandboxConfig } from '../../../extension-points/runtime/contract.ts';
import { timeText } from '../../../kernel/clock.ts';
import { podUid } from '../directories.ts';
import type { StartFailure } from '../status/container-statuses.ts';
import { podStatus, withPhaseHeldBack } from '../status/pod-status.ts';
import type { ObservedPod } from './observed-pod.ts';
import type { PodServices } from './pod-services.ts';
import { type Allocation, resizeConditions } from './resize.ts';

/** A container that could not be started, or waits before it is started again. Until `untilMs` it is left alone, unless its definition changes. */
export interface WaitingStart extends StartFailure {
  readonly untilMs: number;
  readonly hash: string;
}

/** What a worker remembers of its pod between turns. */
export interface PodState {
  /** The newest definition, with the resources that were granted. */
  pod: Pod;
  /** What was granted; undefined until the pod is admitted. */
  allocation: Allocation | undefined;
  /** What running containers were last told they may use, by id. */
  readonly applied: Map<string, ResourceRequirements>;
  pendingResize: PodCondition | undefined;
  readonly startTime: string;
  isAdmitted: boolean;
  /** The agent ended the pod itself. */
  verdict: { readonly phase: 'Failed'; readonly reason: string; readonly message: string } | undefined;
  sandboxConfig: PodSandboxConfig | undefined;
  readonly startFailures: Map<string, WaitingStart>;
  /** When there is something to try again. */
  retryAtMs: number | undefined;
}

/** The pod with the newest status the agent made of it; conditions of other writers as in the API. */
export function withNewestStatus(pod: Pod, services: Pick<PodServices, 'statuses'>): Pod {
  const newest = services.statuses.get(podUid(pod));
  if (!newest) return pod;
  return { ...pod, status: { ...pod.status, ...newest, conditions: mergedConditions(pod.status?.conditions ?? [], newest.conditions ?? []) } };
}

function mergedConditions(shown: readonly PodCondition[], own: readonly PodCondition[]): PodCondition[] {
  const types = new Set(own.map(({ type }) => type));
  return [...shown.filter(({ type }) => !types.has(type)), ...own];
}

/** Makes the pod's status from what is observed, and hands it to be sent. Answers it with the phase that the containers amount to, which others see only when the pod was stopped. */
export function reportStatus(
  state: PodState,
  observed: ObservedPod,
  services: PodServices,
  options: { isEnding?: boolean; isInterim?: boolean } = {},
): PodStatus {
  const pod = withNewestStatus(state.pod, services);
  const status = podStatus({
    pod,
    observed,
    hostIps: services.hostIps,
    nowText: timeText(services.clock.now()),
    startTime: state.startTime,
    verdict: state.verdict,
    runtimeName: services.runtimeName(),
    isEnding: options.isEnding === true,
    extraConditions: resizeConditions(state),
    deviceHealth: (name) => {
      const statuses = [...(services.devices?.healthOf(podUid(pod), name) ?? []), ...(services.dynamicResources?.healthOf(pod, name) ?? [])];
      return statuses.length > 0 ? statuses : undefined;
    },
    startFailure: (name) => state.startFailures.get(name),
    hasStarted: (container, id) => services.probes.hasStarted(container, id),
    isReady: (container, id) => services.probes.isReady(container, id),
  });
  services.statuses.set(state.pod, options.isEnding ? status : withPhaseHeldBack(status, pod.status), options.isInterim ? { isInterim: true } : {});
  return status;
}
