import type { Container, EphemeralContainer, Pod } from '../../../api/generated/core-v1.ts';
import { containerHash } from '../labels.ts';
import { isSidecar } from '../resources.ts';
import { activeContainer, latestContainer, type ObservedContainer, type ObservedPod } from './observed-pod.ts';
import { shouldRestart, shouldRestartInit } from './restart-rules.ts';

/** What probes have to say about a running container. */
export interface ProbeVerdicts {
  /** The probe that failed for good, if one did. */
  failed(containerId: string): 'liveness' | 'startup' | undefined;
  /** Whether the startup probe passed; true without one. */
  hasStarted(container: Container, containerId: string): boolean;
}

export interface ContainerToKill {
  readonly container: ObservedContainer;
  readonly spec: Container;
  readonly message: string;
  readonly reason: 'liveness' | 'startup' | 'changed' | 'unknown';
}

/** What to do for a pod now. Lists are in the order in which to act. */
export interface PodActions {
  /** Nothing is left to run: stop what is there. */
  readonly isFinished: boolean;
  /** The sandbox is missing or broken: stop everything and make a new one, with this attempt number. */
  readonly createSandbox: { readonly attempt: number } | undefined;
  readonly kill: readonly ContainerToKill[];
  readonly startEphemeral: readonly EphemeralContainer[];
  readonly startInit: readonly Container[];
  readonly start: readonly Container[];
  /** False while the init phase goes on. */
  readonly isInitialized: boolean;
}

const nothing: PodActions = { isFinished: false, createSandbox: undefined, kill: [], startEphemeral: [], startInit: [], start: [], isInitialized: false };

/** Compares what a pod asks for with what runs (upstream's `computePodActions`). Pure. */
export function podActions(pod: Pod, observed: ObservedPod, verdicts: ProbeVerdicts): PodActions {
  const attempt = nextAttempt(pod, observed);
  return attempt === undefined ? actionsInSandbox(pod, observed, verdicts) : actionsForNewSandbox(pod, observed, attempt);
}

/** The attempt number of the sandbox to make, or undefined when the present one is good. */
function nextAttempt(pod: Pod, observed: ObservedPod): number | undefined {
  const newest = observed.sandboxes[0];
  if (!newest) return 0;
  const readyCount = observed.sandboxes.filter(({ state }) => state === 'ready').length;
  const lacksAddress = !pod.spec.hostNetwork && newest.ips.length === 0;
  return readyCount === 1 && newest.state === 'ready' && !lacksAddress ? undefined : newest.metadata.attempt + 1;
}

function actionsForNewSandbox(pod: Pod, observed: ObservedPod, attempt: number): PodActions {
  const isDone = (container: Container): boolean => {
    const ended = latestContainer(observed, container.name);
    return ended?.state === 'exited' && !shouldRestart(pod, container, ended);
  };
  const start = pod.spec.containers.filter((container) => !isDone(container));
  // A pod that must not run twice stays as it is when its sandbox goes away.
  const mayRunAgain =
    pod.spec.restartPolicy !== 'Never' || attempt === 0 || observed.containers.length === 0 || start.some((container) => container.restartPolicyRules);
  if (!mayRunAgain || start.length === 0) return { ...nothing, isFinished: true, isInitialized: true };
  const firstInit = pod.spec.initContainers?.[0];
  const startEphemeral: EphemeralContainer[] = [];
  if (firstInit) return { ...nothing, createSandbox: { attempt }, startInit: [firstInit], startEphemeral };
  return { ...nothing, createSandbox: { attempt }, start, startEphemeral, isInitialized: true };
}

function actionsInSandbox(pod: Pod, observed: ObservedPod, verdicts: ProbeVerdicts): PodActions {
  const startEphemeral = (pod.spec.ephemeralContainers ?? []).filter((container) => !latestContainer(observed, container.name));
  const init = initActions(pod, observed, verdicts);
  if (init.hasFailed) return { ...nothing, isFinished: true };
  if (!init.isDone) return { ...nothing, startEphemeral, startInit: init.start, kill: init.kill };
  const main = mainActions(pod, observed, verdicts);
  if (main.running === 0 && main.start.length === 0) return { ...nothing, isFinished: true, isInitialized: true, kill: main.kill };
  return { ...nothing, startEphemeral, startInit: init.start, start: main.start, kill: [...init.kill, ...main.kill], isInitialized: true };
}

interface InitActions {
  isDone: boolean;
  hasFailed: boolean;
  readonly start: Container[];
  readonly kill: ContainerToKill[];
}

function initActions(pod: Pod, observed: ObservedPod, verdicts: ProbeVerdicts): InitActions {
  const actions: InitActions = { isDone: true, hasFailed: false, start: [], kill: [] };
  const containers = pod.spec.initContainers ?? [];
  const hasMainStarted = pod.spec.containers.some((container) => activeContainer(observed, container.name));
  for (const [index, container] of containers.entries()) {
    const hasLaterOne = hasMainStarted || containers.slice(index + 1).some((later) => activeContainer(observed, later.name));
    const goesOn = isSidecar(container)
      ? sidecarStep(container, observed, verdicts, { actions, hasLaterOne })
      : hasMainStarted || initStep(pod, container, observed, actions);
    if (!goesOn) {
      actions.isDone = false;
      return actions;
    }
  }
  return actions;
}

/** Answers whether the next init container may be looked at. */
function sidecarStep(container: Container, observed: ObservedPod, verdicts: ProbeVerdicts, context: { actions: InitActions; hasLaterOne: boolean }): boolean {
  const { actions, hasLaterOne } = context;
  const current = activeContainer(observed, container.name);
  if (current?.state !== 'running') {
    if (current && current.state !== 'exited')
      actions.kill.push({ container: current, spec: container, reason: 'unknown', message: unknownMessage(container) });
    actions.start.push(container);
    return hasLaterOne;
  }
  const problem = problemOf(container, current, verdicts);
  if (problem) {
    actions.kill.push(problem);
    actions.start.push(container);
    return hasLaterOne;
  }
  return verdicts.hasStarted(container, current.id) || hasLaterOne;
}

function initStep(pod: Pod, container: Container, observed: ObservedPod, actions: InitActions): boolean {
  const current = activeContainer(observed, container.name);
  if (!current) {
    actions.start.push(container);
    return false;
  }
  if (current.state === 'running') return false;
  if (current.state === 'exited') {
    if (current.exitCode === 0) return true;
    if (shouldRestartInit(pod, container, current)) actions.start.push(container);
    else actions.hasFailed = true;
    return false;
  }
  actions.kill.push({ container: current, spec: container, reason: 'unknown', message: unknownMessage(container) });
  actions.start.push(container);
  return false;
}

function mainActions(pod: Pod, observed: ObservedPod, verdicts: ProbeVerdicts): { start: Container[]; kill: ContainerToKill[]; running: number } {
  const start: Container[] = [];
  const kill: ContainerToKill[] = [];
  let running = 0;
  for (const container of pod.spec.containers) {
    const current = activeContainer(observed, container.name);
    if (!current) {
      const earlier = latestContainer(observed, container.name);
      if (!earlier || shouldRestart(pod, container, earlier)) start.push(container);
      continue;
    }
    if (current.state === 'exited') {
      if (shouldRestart(pod, container, current)) start.push(container);
      continue;
    }
    const problem =
      current.state === 'running'
        ? problemOf(container, current, verdicts)
        : { container: current, spec: container, reason: 'unknown' as const, message: unknownMessage(container) };
    if (!problem) {
      running++;
      continue;
    }
    kill.push(problem);
    // What a probe kills ends with a non-zero code, so only `Never` keeps it down; a changed definition always restarts.
    if (problem.reason === 'changed' || shouldRestart(pod, container, { exitCode: 137 })) start.push(container);
  }
  return { start, kill, running };
}

const unknownMessage = (container: Container): string => `Container ${container.name} is in an unknown state, try killing it before restart`;

function problemOf(spec: Container, container: ObservedContainer, verdicts: ProbeVerdicts): ContainerToKill | undefined {
  if (container.hash !== '' && container.hash !== containerHash(spec))
    return { container, spec, reason: 'changed', message: `Container ${spec.name} definition changed, will be restarted` };
  const failed = verdicts.failed(container.id);
  return failed && { container, spec, reason: failed, message: `Container ${spec.name} failed ${failed} probe, will be restarted` };
}
