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

type Listed = {
  readonly sandboxes: readonly { readonly id: string; readonly state: string }[];
  readonly containers: readonly { readonly id: string; readonly state: string }[];
};

/** Whether two looks at a pod show the same sandboxes and containers in the same states. */
export function isSameState(left: Listed, right: Listed): boolean {
  if (left.sandboxes.length !== right.sandboxes.length || left.containers.length !== right.containers.length) return false;
  const before = statesOf(left);
  return [...statesOf(right)].every(([id, state]) => before.get(id) === state);
}

const statesOf = ({ sandboxes, containers }: Listed): Map<string, string> => new Map([...sandboxes, ...containers].map(({ id, state }) => [id, state]));
