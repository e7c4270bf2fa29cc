import type { Container, ContainerState, ContainerStatus, EphemeralContainer, Pod, ResourceStatus } from '../../../api/generated/core-v1.ts';
import { timeText } from '../../../kernel/clock.ts';
import { activeContainer, type ObservedContainer, type ObservedPod } from '../pod/observed-pod.ts';
import { shouldRestart, shouldRestartInit } from '../pod/restart-rules.ts';
import { isSidecar } from '../resources.ts';

/** Why a container is not running, when the agent knows better than the runtime: `CrashLoopBackOff`, `ErrImagePull`, ... */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
}

/** What else is known about a pod's containers while their statuses are made. */
export interface ContainerFacts {
  readonly startFailure: (containerName: string) => StartFailure | undefined;
  readonly hasStarted: (container: Container, containerId: string) => boolean;
  readonly isReady: (container: Container, containerId: string) => boolean;
  /** How the devices are that a container holds; undefined when it holds none. */
  readonly deviceHealth?: (containerName: string) => ResourceStatus[] | undefined;
  /** In front of container ids: `containerd`. */
  readonly runtimeName: string;
  /** The pod is being stopped or has ended: what is missing will not come any more. */
  readonly isEnding: boolean;
}

type Kind = 'init' | 'main' | 'ephemeral';

/** The three lists of container statuses of a pod, in upstream's order: init containers as in the spec, the others by name. */
export function containerStatuses(
  pod: Pod,
  observed: ObservedPod,
  facts: ContainerFacts,
): { init: ContainerStatus[]; main: ContainerStatus[]; ephemeral: ContainerStatus[] } {
  const old = pod.status ?? {};
  const hasInit = (pod.spec.initContainers?.length ?? 0) > 0;
  const make = (containers: readonly (Container | EphemeralContainer)[], previous: readonly ContainerStatus[] | undefined, kind: Kind): ContainerStatus[] => {
    const before = new Map(previous?.map((status) => [status.name, status]));
    return containers.map((container) => statusOf(pod, container, { observed, facts, kind, hasInit, old: before.get(container.name) }));
  };
  const byName = (left: ContainerStatus, right: ContainerStatus): number => (left.name < right.name ? -1 : 1);
  const init = make(pod.spec.initContainers ?? [], old.initContainerStatuses, 'init');
  const main = make(pod.spec.containers, old.containerStatuses, 'main').sort(byName);
  const isOver = facts.isEnding && (!hasInit || main.some(hasBegun) || isDoneInit(pod, init));
  return {
    init: facts.isEnding ? init.map((status, index) => (index <= Math.max(0, init.findLastIndex(hasEnded)) ? withEnd(status) : status)) : init,
    main: isOver ? main.map(withEnd) : main,
    ephemeral: make(pod.spec.ephemeralContainers ?? [], old.ephemeralContainerStatuses, 'ephemeral').sort(byName),
  };
}

const hasEnded = ({ state, lastState }: ContainerStatus): boolean => (state?.terminated ?? lastState?.terminated) !== undefined;
const hasBegun = (status: ContainerStatus): boolean => status.state?.running !== undefined || hasEnded(status);

function isDoneInit(pod: Pod, init: readonly ContainerStatus[]): boolean {
  const last = pod.spec.initContainers?.at(-1);
  const status = init.at(-1);
  return last !== undefined && (isSidecar(last) ? status?.started === true : status?.state?.terminated?.exitCode === 0);
}

/** Once a pod is over, a container of which nobody knows how it ended has failed (upstream's `TerminatePod`). */
function withEnd(status: ContainerStatus): ContainerStatus {
  if (status.state?.terminated) return status;
  return { ...status, ready: false, state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message: lostMessage(true) } } };
}

interface Context {
  readonly observed: ObservedPod;
  readonly facts: ContainerFacts;
  readonly kind: Kind;
  readonly hasInit: boolean;
  readonly old: ContainerStatus | undefined;
}

function statusOf(pod: Pod, container: Container, context: Context): ContainerStatus {
  const { observed, facts, kind, old } = context;
  const [current, previous] = observed.containers.filter(({ metadata }) => metadata.name === container.name);
  const base = current ? observedStatus(container, current, facts) : missingStatus(container, context);
  const withLast: ContainerStatus =
    previous && current
      ? { ...base, lastState: stateOf(previous, facts) }
      : { ...base, lastState: base.lastState ?? (current && current.restartCount > 0 ? old?.lastState : undefined) ?? {} };
  const waiting = withStartFailure(pod, container, withLast, current, context);
  const health = kind === 'main' ? facts.deviceHealth?.(container.name) : undefined;
  return { ...waiting, ...readiness(container, waiting, current, { facts, kind }), ...(health ? { allocatedResourcesStatus: health } : {}) };
}

function observedStatus(container: Container, current: ObservedContainer, facts: ContainerFacts): ContainerStatus {
  const state = stateOf(current, facts);
  const { requests, limits } = container.resources ?? {};
  const hasResources = requests !== undefined || limits !== undefined;
  return {
    name: container.name,
    state,
    ready: false,
    restartCount: current.restartCount,
    image: current.image || (container.image ?? ''),
    imageID: current.imageRef,
    containerID: `${facts.runtimeName}://${current.id}`,
    ...(hasResources && requests ? { allocatedResources: requests } : {}),
    ...(hasResources && state.running ? { resources: container.resources! } : {}),
    ...mountStatuses(container),
  };
}

function mountStatuses(container: Container): Pick<ContainerStatus, 'volumeMounts'> {
  if (!container.volumeMounts || container.volumeMounts.length === 0) return {};
  return {
    volumeMounts: container.volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
    })),
  };
}

/** A container that the runtime does not know: not created yet, or lost. */
function missingStatus(container: Container, { hasInit, old, facts, observed }: Context): ContainerStatus {
  const base: ContainerStatus = {
    name: container.name,
    ready: false,
    restartCount: old?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: old?.imageID ?? '',
    state: { waiting: { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' } },
    ...mountStatuses(container),
  };
  if (!old) return base;
  // What ended and was cleaned up since keeps its last word.
  if (old.state?.terminated)
    return { ...base, state: old.state, lastState: old.lastState ?? {}, ...(old.containerID ? { containerID: old.containerID } : {}), image: old.image };
  if (!old.state?.running) return { ...base, lastState: old.lastState ?? {} };
  const lost: ContainerState = {
    terminated: {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: lostMessage(facts.isEnding),
      ...(old.containerID ? { containerID: old.containerID } : {}),
    },
  };
  if (facts.isEnding)
    return { ...base, state: lost, lastState: old.lastState ?? {}, ...(old.containerID ? { containerID: old.containerID } : {}), image: old.image };
  const restartCount = old.restartCount + (observed.sandboxes.length > 0 ? 1 : 0);
  return { ...base, restartCount, lastState: lost };
}

const lostMessage = (isEnding: boolean): string =>
  `The container could not be located when the pod was ${isEnding ? 'terminated' : 'deleted.  The container used to be Running'}`;

/** The runtime's word about one container in the API's terms. */
export function stateOf(container: ObservedContainer, facts: Pick<ContainerFacts, 'runtimeName'>): ContainerState {
  if (container.state === 'running') return { running: { startedAt: timeText(container.startedAtMs) } };
  if (container.state === 'created') return { waiting: {} };
  if (container.state === 'unknown')
    return {
      terminated: {
        exitCode: 137,
        reason: 'ContainerStatusUnknown',
        message: 'The container could not be located when the pod was terminated',
        containerID: `${facts.runtimeName}://${container.id}`,
      },
    };
  return {
    terminated: {
      exitCode: container.exitCode,
      reason: container.reason || (container.exitCode === 0 ? 'Completed' : 'Error'),
      ...(container.message === '' ? {} : { message: container.message }),
      startedAt: timeText(container.startedAtMs),
      finishedAt: timeText(container.finishedAtMs),
      containerID: `${facts.runtimeName}://${container.id}`,
    },
  };
}

/** A container that ended and will be started again waits; why is what the last attempt to start it met. */
function withStartFailure(
  pod: Pod,
  container: Container,
  status: ContainerStatus,
  current: ObservedContainer | undefined,
  { facts, kind, observed }: Context,
): ContainerStatus {
  if (status.state?.running || facts.isEnding) return status;
  const failure = facts.startFailure(container.name);
  if (!failure) return status;
  const ended = current?.state === 'exited' ? current : undefined;
  const comesBack =
    !ended ||
    (kind === 'init'
      ? shouldRestartInit(pod, container, ended)
      : kind === 'main' && (shouldRestart(pod, container, ended) || activeContainer(observed, container.name) === undefined));
  if (!comesBack) return status;
  return {
    ...status,
    ...(status.state?.terminated ? { lastState: status.state } : {}),
    state: { waiting: { reason: failure.reason, ...(failure.message === '' ? {} : { message: failure.message }) } },
  };
}

function readiness(
  container: Container,
  status: ContainerStatus,
  current: ObservedContainer | undefined,
  { facts, kind }: { facts: ContainerFacts; kind: Kind },
): Pick<ContainerStatus, 'ready' | 'started'> {
  if (kind === 'ephemeral') return { ready: false };
  const isRunning = status.state?.running !== undefined && current !== undefined;
  const started = isRunning && facts.hasStarted(container, current.id);
  if (kind === 'init' && !isSidecar(container)) return { ready: status.state?.terminated?.exitCode === 0, started: false };
  return { started, ready: started && facts.isReady(container, current!.id) };
}
