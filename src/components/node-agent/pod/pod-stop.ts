import { rm } from 'node:fs/promises';
import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { type Runtime, RuntimeError } from '../../../extension-points/runtime/contract.ts';
import { graceSecondsOf, stopContainer } from '../containers/stop-container.ts';
import { type AgentDirectories, podUid } from '../directories.ts';
import { podNameLabel, podNamespaceLabel } from '../labels.ts';
import { isSidecar } from '../resources.ts';
import { liveContainers, type ObservedContainer, type ObservedPod, podIpsOf } from './observed-pod.ts';
import type { PodServices } from './pod-services.ts';

/**
 * Stops everything of a pod: containers side by side, sidecars after them in reverse order, then the sandbox. The grace period is that of the whole pod.
 * Resolves when nothing runs any more; throws when something will not stop, to be tried again.
 */
export async function stopPod(pod: Pod, services: PodServices, graceOverrideSeconds?: number): Promise<ObservedPod> {
  const uid = podUid(pod);
  const observed = await services.observations.refresh(uid);
  services.probes.update(pod, observed, { isEnding: true });
  const podIp = (pod.spec.hostNetwork ? services.hostIps[0] : podIpsOf(observed)[0]) ?? '';
  const specs = new Map<string, Container>(
    [...(pod.spec.initContainers ?? []), ...pod.spec.containers, ...(pod.spec.ephemeralContainers ?? [])].map((container) => [container.name, container]),
  );
  const startedMs = services.clock.now();
  const stop = (container: ObservedContainer): Promise<void> => {
    const spec = specs.get(container.metadata.name);
    const graceSeconds = graceOverrideSeconds ?? Math.max(1, graceSecondsOf(pod, container, spec));
    const usedSeconds = Math.floor((services.clock.now() - startedMs) / 1000);
    const message = `Stopping container ${container.metadata.name}`;
    return stopContainer({ pod, container, spec, podIp, message, graceSeconds: Math.max(1, graceSeconds - usedSeconds) }, services);
  };
  const isSidecarContainer = ({ metadata }: ObservedContainer): boolean => {
    const spec = specs.get(metadata.name);
    return spec !== undefined && isSidecar(spec);
  };
  const live = liveContainers(observed);
  await Promise.all(live.filter((container) => !isSidecarContainer(container)).map(stop));
  const order = (pod.spec.initContainers ?? []).map(({ name }) => name);
  const sidecars = live.filter(isSidecarContainer).sort((left, right) => order.indexOf(right.metadata.name) - order.indexOf(left.metadata.name));
  for (const sidecar of sidecars) await stop(sidecar);
  for (const sandbox of observed.sandboxes) if (sandbox.state === 'ready') await services.runtime.stopPodSandbox(sandbox.id);
  const after = await services.observations.refresh(uid);
  if (after.containers.some(({ state }) => state === 'running')) throw new Error('containers of the pod still run after they were stopped');
  return after;
}

/** A shorter grace period arrived while the pod is stopping: the runtime is asked again, with less patience. */
export async function hurryPod(uid: string, graceSeconds: number, services: Pick<PodServices, 'observations' | 'runtime'>): Promise<void> {
  await Promise.all(liveContainers(services.observations.get(uid)).map(({ id }) => unlessGone(services.runtime.stopContainer(id, Math.max(1, graceSeconds)))));
}

/** Removes a stopped pod from the runtime: containers first, with the links to their logs. */
export async function removeFromRuntime(observed: ObservedPod, runtime: Runtime, directories?: AgentDirectories): Promise<void> {
  await Promise.all(
    observed.containers.map(async (container) => {
      await unlessGone(runtime.removeContainer(container.id));
      if (directories) await removeLogLink(container, directories);
    }),
  );
  for (const { id, state } of observed.sandboxes) {
    if (state === 'ready') await unlessGone(runtime.stopPodSandbox(id));
    await unlessGone(runtime.removePodSandbox(id));
  }
}

export async function removeLogLink({ id, metadata, labels }: ObservedContainer, directories: AgentDirectories): Promise<void> {
  const pod = { namespace: labels[podNamespaceLabel] ?? '', name: labels[podNameLabel] ?? '' };
  await rm(directories.containerLogLink(pod, metadata.name, id), { force: true });
}

async function unlessGone(action: Promise<void>): Promise<void> {
  try {
    await action;
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'NOT_FOUND')) throw error;
  }
}
