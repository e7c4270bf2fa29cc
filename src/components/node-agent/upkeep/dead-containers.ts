import { rm } from 'node:fs/promises';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import type { Log } from '../../../kernel/log.ts';
import type { AgentDirectories } from '../directories.ts';
import type { ObservedContainer, ObservedPod } from '../pod/observed-pod.ts';
import { removeLogLink } from '../pod/pod-stop.ts';

/** Ended containers and sandboxes that nobody needs any more: all but the newest of each name (its logs are the previous ones), and old sandboxes without containers. */
export function surplusOf(observed: ObservedPod, keepPerContainer = 1): { containers: ObservedContainer[]; sandboxIds: string[] } {
  const containers: ObservedContainer[] = [];
  for (const group of Map.groupBy(observed.containers, ({ metadata }) => metadata.name).values()) {
    const ended = group.filter(({ state }) => state === 'exited');
    containers.push(...ended.slice(keepPerContainer));
  }
  const gone = new Set(containers.map(({ id }) => id));
  const inUse = new Set(observed.containers.filter(({ id }) => !gone.has(id)).map(({ sandboxId }) => sandboxId));
  const sandboxIds = observed.sandboxes
    .slice(1)
    .filter(({ id, state }) => state === 'not-ready' && !inUse.has(id))
    .map(({ id }) => id);
  return { containers, sandboxIds };
}

/** Removes what `surplusOf` found, logs included. What cannot be removed now is tried again at the next round. */
export async function removeSurplus(observed: ObservedPod, runtime: Runtime, directories: AgentDirectories, log: Log): Promise<void> {
  const { containers, sandboxIds } = surplusOf(observed);
  for (const container of containers) {
    const { id, logPath } = container;
    await runtime.removeContainer(id).catch((error: unknown) => log.debug('ended container not removed', { id, error }));
    if (logPath) await rm(logPath, { force: true });
    await removeLogLink(container, directories);
  }
  for (const id of sandboxIds) await runtime.removePodSandbox(id).catch((error: unknown) => log.debug('ended sandbox not removed', { id, error }));
}
