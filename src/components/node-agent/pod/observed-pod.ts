import type { ContainerStatus, PodSandboxStatus } from '../../../extension-points/runtime/contract.ts';

/** A container as the runtime reports it, with what the agent noted on it when it made it. */
export interface ObservedContainer extends ContainerStatus {
  readonly sandboxId: string;
  readonly restartCount: number;
  readonly hash: string;
}

/** What exists of a pod on this node. Newest first, both lists. */
export interface ObservedPod {
  readonly uid: string;
  readonly sandboxes: readonly PodSandboxStatus[];
  readonly containers: readonly ObservedContainer[];
}

export const nothingObserved = (uid: string): ObservedPod => ({ uid, sandboxes: [], containers: [] });

export const latestContainer = (observed: ObservedPod, name: string): ObservedContainer | undefined =>
  observed.containers.find((container) => container.metadata.name === name);

/** The newest container of a name inside the newest sandbox; older sandboxes do not count for what to start next. */
export function activeContainer(observed: ObservedPod, name: string): ObservedContainer | undefined {
  const sandbox = observed.sandboxes[0];
  return sandbox && observed.containers.find((container) => container.metadata.name === name && container.sandboxId === sandbox.id);
}

export const isRunning = (container: ObservedContainer | undefined): boolean => container?.state === 'running';
/** Created ones count: they may be on their way up. */
export const liveContainers = (observed: ObservedPod): readonly ObservedContainer[] => observed.containers.filter(({ state }) => state !== 'exited');
export const podIpsOf = (observed: ObservedPod): readonly string[] => observed.sandboxes[0]?.ips ?? [];
