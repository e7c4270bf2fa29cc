import { mkdirSync } from 'node:fs';
import type { Container, EphemeralContainer, Pod } from '../../../api/generated/core-v1.ts';
import type { PodSandboxConfig, PodSandboxStatus } from '../../../extension-points/runtime/contract.ts';
import { startContainer } from '../containers/start-container.ts';
import { graceSecondsOf, stopContainer } from '../containers/stop-container.ts';
import { podText, podUid } from '../directories.ts';
import { durationText } from '../duration-text.ts';
import { containerFieldPath } from '../field-paths.ts';
import { containerHash } from '../labels.ts';
import type { StartFailure } from '../status/container-statuses.ts';
import { isTerminalPhase } from '../status/pod-status.ts';
import type { MountedVolume } from '../volumes/contract.ts';
import { liveContainers, type ObservedPod, podIpsOf } from './observed-pod.ts';
import { type ContainerToKill, type PodActions, podActions } from './pod-actions.ts';
import type { PodServices } from './pod-services.ts';
import { type PodState, reportStatus } from './pod-state.ts';
import { applyResize } from './resize.ts';
import { runSandbox, sandboxConfig } from './sandbox.ts';

/** Something outside of the agent does not let the pod go on yet; it was told in an event and is tried again. */
export class PodNotReadyError extends Error {
  override readonly name = 'PodNotReadyError';
}

/** What a turn came to. `again`: something was done, look at once what comes next. `ended`: the pod has run its course. */
export type SyncOutcome = 'settled' | 'again' | 'ended';

/** One turn: brings what runs closer to what the pod asks for, and reports it (facts: pod start order). */
export async function syncPod(state: PodState, services: PodServices, signal: AbortSignal): Promise<SyncOutcome> {
  const { pod } = state;
  const uid = podUid(pod);
  state.retryAtMs = undefined;
  let observed = services.observations.get(uid);
  services.probes.update(pod, observed);
  const status = reportStatus(state, observed, services, { isInterim: observed.sandboxes.length === 0 });
  if (isTerminalPhase(status.phase) || isOverDeadline(state, services)) return 'ended';
  const problem = services.networkProblem();
  if (problem && !pod.spec.hostNetwork && observed.sandboxes[0]?.state !== 'ready') {
    services.events.record(pod, 'Warning', 'NetworkNotReady', `network is not ready: ${problem}`);
    throw new PodNotReadyError(problem);
  }
  const volumes = await prepare(state, observed, services);
  signal.throwIfAborted();
  const considered = (observed = services.observations.get(uid));
  const actions = podActions(pod, observed, services.probes);
  if (actions.isFinished) return 'ended';
  const kills = [...actions.kill, ...(await applyResize(state, observed, services))];
  await killAll(state, observed, kills, services);
  const sandbox = await ensureSandbox(state, observed, { actions, signal }, services);
  signal.throwIfAborted();
  const didStart = await startAll(state, { actions, sandbox, volumes, signal }, services);
  observed = services.observations.get(uid);
  services.probes.update(pod, observed);
  reportStatus(state, observed, services);
  return didStart || kills.length > 0 || hasMoved(considered, observed) ? 'again' : 'settled';
}

/** Whether something that was there when the turn began is in another state now. What the turn itself made is reported already. */
function hasMoved(before: ObservedPod, after: ObservedPod): boolean {
  const states = new Map([...after.sandboxes, ...after.containers].map(({ id, state }) => [id, state]));
  return [...before.sandboxes, ...before.containers].some(({ id, state }) => states.get(id) !== state);
}

function isOverDeadline(state: PodState, { clock, events }: PodServices): boolean {
  const { activeDeadlineSeconds } = state.pod.spec;
  if (activeDeadlineSeconds === undefined) return false;
  const startedMs = Date.parse(state.pod.status?.startTime ?? state.startTime);
  if (clock.now() - startedMs < activeDeadlineSeconds * 1000) return false;
  state.verdict = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
  events.record(state.pod, 'Normal', 'DeadlineExceeded', 'Pod was active on the node longer than the specified deadline');
  return true;
}

/** Folders, cgroup, volumes: what a pod needs before anything of it may run. */
async function prepare({ pod }: PodState, observed: ObservedPod, services: PodServices): Promise<ReadonlyMap<string, MountedVolume>> {
  await services.ensureMirror(pod);
  if (!services.isSimulated) {
    if (observed.sandboxes.length === 0) mkdirSync(services.directories.pod(podUid(pod)), { recursive: true, mode: 0o750 });
    services.cgroups.ensure(pod);
  }
  if ((pod.spec.volumes?.length ?? 0) === 0) return new Map();
  const podIps = pod.spec.hostNetwork ? services.hostIps : podIpsOf(observed);
  return services.volumes.setUp(pod, { hostIps: services.hostIps, podIps });
}

async function killAll({ pod, startFailures }: PodState, observed: ObservedPod, kills: readonly ContainerToKill[], services: PodServices): Promise<void> {
  if (kills.length === 0) return;
  const podIp = (pod.spec.hostNetwork ? services.hostIps[0] : podIpsOf(observed)[0]) ?? '';
  await Promise.all(
    kills.map(({ container, spec, message, reason }) =>
      stopContainer({ pod, container, spec, podIp, message, graceSeconds: graceSecondsOf(pod, container, spec, reason) }, services),
    ),
  );
  for (const { spec } of kills) startFailures.delete(spec.name);
  await services.observations.refresh(podUid(pod));
}

interface SandboxContext {
  readonly actions: PodActions;
  readonly signal: AbortSignal;
}

async function ensureSandbox(state: PodState, observed: ObservedPod, { actions, signal }: SandboxContext, services: PodServices): Promise<PodSandboxStatus> {
  const { pod } = state;
  const uid = podUid(pod);
  const current = observed.sandboxes[0];
  if (!actions.createSandbox && current) {
    if (services.dynamicResources?.lacksClaims(pod)) await prepareClaims(pod, services, signal);
    state.sandboxConfig ??= sandboxConfig(pod, current.metadata.attempt, services);
    return current;
  }
  if (current) await discardSandboxes(state, observed, services);
  await prepareClaims(pod, services, signal);
  try {
    const config = sandboxConfig(pod, actions.createSandbox?.attempt ?? 0, services);
    const id = await runSandbox(pod, config, services);
    const sandbox = await services.observations.readSandbox(uid, id);
    state.sandboxConfig = config;
    return sandbox;
  } catch (error) {
    const message = `Failed to create pod sandbox: ${(error as Error).message}`;
    services.events.record(pod, 'Warning', 'FailedCreatePodSandBox', message);
    throw new PodNotReadyError(message, { cause: error });
  }
}

/** Has the devices of the pod's claims made ready. */
async function prepareClaims(pod: Pod, services: PodServices, signal: AbortSignal): Promise<void> {
  try {
    await services.dynamicResources?.prepare(pod, signal);
  } catch (error) {
    signal.throwIfAborted();
    const message = `Failed to prepare dynamic resources: ${(error as Error).message}`;
    services.events.record(pod, 'Warning', 'FailedPrepareDynamicResources', message);
    throw new PodNotReadyError(message, { cause: error });
  }
}

/** The sandbox is broken: everything in it goes, and a new one is made. */
async function discardSandboxes({ pod }: PodState, observed: ObservedPod, services: PodServices): Promise<void> {
  services.events.record(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
  const specs = new Map([...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => [container.name, container]));
  await Promise.all(
    liveContainers(observed).map((container) => {
      const spec = specs.get(container.metadata.name);
      return stopContainer(
        {
          pod,
          container,
          spec,
          podIp: podIpsOf(observed)[0] ?? '',
          message: `Stopping container ${container.metadata.name}`,
          graceSeconds: graceSecondsOf(pod, container, spec),
        },
        services,
      );
    }),
  );
  for (const { id } of observed.sandboxes) await services.runtime.stopPodSandbox(id);
  await services.observations.refresh(podUid(pod));
}

interface StartContext {
  readonly actions: PodActions;
  readonly sandbox: PodSandboxStatus;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  readonly signal: AbortSignal;
}

/** Answers whether any container was started. Init containers go one after another; the others do not wait for each other's success. */
async function startAll(state: PodState, context: StartContext, services: PodServices): Promise<boolean> {
  const { actions } = context;
  let didStart = false;
  for (const container of actions.startEphemeral) didStart = (await startOne(state, container, context, services)) || didStart;
  for (const container of actions.startInit) {
    if (!(await startOne(state, container, context, services))) return didStart;
    didStart = true;
  }
  for (const container of actions.start) didStart = (await startOne(state, container, context, services)) || didStart;
  return didStart;
}

async function startOne(state: PodState, container: Container | EphemeralContainer, context: StartContext, services: PodServices): Promise<boolean> {
  const { pod } = state;
  const uid = podUid(pod);
  const observed = services.observations.get(uid);
  if (isWaiting(state, container, services) || mustWait(state, container, observed, services)) return false;
  const request = {
    pod,
    container,
    observed,
    sandbox: context.sandbox,
    sandboxConfig: state.sandboxConfig as PodSandboxConfig,
    volumes: context.volumes,
    signal: context.signal,
  };
  const outcome = await startContainer(request, services);
  services.observations.expectChange();
  if (outcome.kind === 'started') {
    state.startFailures.delete(container.name);
    await services.observations.readContainer(uid, context.sandbox.id, outcome.id);
    services.probes.update(pod, services.observations.get(uid));
    reportStatus(state, services.observations.get(uid), services, { isInterim: true });
    return true;
  }
  wait(state, container, outcome, services);
  const after = await services.observations.refresh(uid);
  const failed = outcome.id ? after.containers.find(({ id }) => id === outcome.id) : undefined;
  if (failed) await killAll(state, after, [{ container: failed, spec: container, message: 'FailedPostStartHook', reason: 'unknown' }], services);
  reportStatus(state, services.observations.get(uid), services);
  return false;
}

/** A pod that waits is looked at, and said to wait, this often (as upstream's workers come back to it). */
const lookAgainMs = 12_000;

/** Notes why a container does not run, and when it is looked at again. */
function wait(
  state: PodState,
  container: Container,
  { reason, message, retryAfterMs = 5_000 }: StartFailure & { readonly retryAfterMs?: number },
  services: PodServices,
): void {
  const delayMs = Math.min(retryAfterMs, lookAgainMs);
  state.startFailures.set(container.name, { reason, message, untilMs: services.clock.now() + delayMs, hash: containerHash(container) });
  retryIn(state, delayMs, services);
}

/** Whatever else wakes the worker meanwhile, a container that waits is neither tried nor told of again. */
function isWaiting(state: PodState, container: Container, services: PodServices): boolean {
  const waiting = state.startFailures.get(container.name);
  const remainingMs = (waiting?.untilMs ?? 0) - services.clock.now();
  if (!waiting || remainingMs <= 0 || waiting.hash !== containerHash(container)) return false;
  retryIn(state, remainingMs, services);
  return true;
}

/** A container that keeps ending is started again later and later. */
function mustWait(state: PodState, container: Container, observed: ObservedPod, services: PodServices): boolean {
  const { pod } = state;
  const ended = observed.containers.find(({ metadata, state: is }) => metadata.name === container.name && is === 'exited');
  if (!ended) return false;
  const key = `${podUid(pod)}_${container.name}_${containerHash(container)}`;
  const nowMs = services.clock.now();
  const { delayMs, remainingMs } = services.restarts.waiting(key, ended.finishedAtMs, nowMs);
  if (remainingMs === 0) {
    services.restarts.advance(key, ended.finishedAtMs, nowMs);
    return false;
  }
  const message = `back-off ${durationText(delayMs)} restarting failed container=${container.name} pod=${podText(pod)}`;
  wait(state, container, { reason: 'CrashLoopBackOff', message, retryAfterMs: remainingMs }, services);
  services.events.record(
    pod,
    'Warning',
    'BackOff',
    `Back-off restarting failed container ${container.name} in pod ${podText(pod)}`,
    containerFieldPath(pod, container.name),
  );
  return true;
}

function retryIn(state: PodState, delayMs: number, { clock }: Pick<PodServices, 'clock'>): void {
  const atMs = clock.now() + delayMs;
  state.retryAtMs = Math.min(state.retryAtMs ?? Infinity, atMs);
}
