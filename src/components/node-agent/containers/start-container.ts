import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, EphemeralContainer, Pod } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';
import type { ContainerConfig, Image, PodSandboxConfig, PodSandboxStatus } from '../../../extension-points/runtime/contract.ts';
import { noDevices } from '../devices/contract.ts';
import { podKeyText } from '../directories.ts';
import { mergedDevices } from '../dynamic-resources/merged-devices.ts';
import { expandReferences } from '../expansion.ts';
import { containerFieldPath } from '../field-paths.ts';
import { containerAnnotations, containerNameLabel, podLabels } from '../labels.ts';
import { latestContainer, type ObservedPod } from '../pod/observed-pod.ts';
import type { PodServices } from '../pod/pod-services.ts';
import type { MountedVolume } from '../volumes/contract.ts';
import { containerResources } from './container-resources.ts';
import { makeEnvironment } from './environment.ts';
import { HookError, runHook } from './lifecycle-hooks.ts';
import { containerMounts } from './mounts.ts';
import { containerSecurity, verifyNonRoot } from './security-context.ts';

export interface StartRequest {
  readonly pod: Pod;
  readonly container: Container | EphemeralContainer;
  readonly observed: ObservedPod;
  readonly sandbox: PodSandboxStatus;
  readonly sandboxConfig: PodSandboxConfig;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  readonly signal: AbortSignal;
}

/** `reason` and `message` become the container's waiting state. */
export type StartOutcome =
  | { readonly kind: 'started'; readonly id: string }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly message: string;
      readonly retryAfterMs?: number /** Started, but its postStart hook failed. */;
      readonly id?: string;
    };

/** Failures whose event names the reason; their message was told in an event of its own. */
const imageReasons = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError']);

/** Pulls the image, creates and starts the container, runs its postStart hook (upstream's order, events and reasons). */
export async function startContainer(request: StartRequest, services: PodServices): Promise<StartOutcome> {
  const { pod, container } = request;
  const fieldPath = containerFieldPath(pod, container.name);
  const fail = (reason: string, message: string, retryAfterMs?: number): StartOutcome => {
    services.events.record(pod, 'Warning', 'Failed', `Error: ${imageReasons.has(reason) ? reason : message}`, fieldPath);
    return { kind: 'failed', reason, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  };
  const image = await services.images.ensure(pod, container, request.sandboxConfig, fieldPath);
  request.signal.throwIfAborted();
  if (image.kind === 'failed') return fail(image.reason, image.message, image.retryAfterMs);

  let config: ContainerConfig;
  try {
    config = await containerConfig(request, image.image, services);
  } catch (error) {
    request.signal.throwIfAborted(); // the pod or the agent is being stopped: nothing is wrong
    return fail('CreateContainerConfigError', (error as Error).message);
  }
  let id: string;
  try {
    id = await services.runtime.createContainer(request.sandbox.id, config, request.sandboxConfig);
  } catch (error) {
    return fail('CreateContainerError', (error as Error).message);
  }
  services.events.record(pod, 'Normal', 'Created', 'Container created', fieldPath);
  try {
    await services.runtime.startContainer(id);
  } catch (error) {
    return fail('RunContainerError', (error as Error).message);
  }
  services.events.record(pod, 'Normal', 'Started', 'Container started', fieldPath);
  if (!services.isSimulated) linkLog(request, config, id, services);
  return postStart(request, id, services);
}

async function containerConfig(request: StartRequest, image: Image, services: PodServices): Promise<ContainerConfig> {
  const { pod, container, observed, sandbox } = request;
  verifyNonRoot(pod, container, image);
  const claimed = (await services.dynamicResources?.forContainer(pod, container)) ?? noDevices;
  const devices = mergedDevices(claimed, (await services.devices?.forContainer(pod, container, request.signal)) ?? noDevices);
  const serviceVariables = services.serviceVariables(pod);
  const own = await makeEnvironment({
    pod,
    container,
    objects: services.objects,
    allocatable: services.allocatable(),
    serviceVariables,
    addresses: { hostIps: services.hostIps, podIps: pod.spec.hostNetwork ? services.hostIps : sandbox.ips },
    onInvalidNames: (names, source) =>
      services.events.record(
        pod,
        'Warning',
        'InvalidEnvironmentVariableNames',
        `Keys [${names.join(', ')}] from the EnvFrom ${source} were skipped since they are considered invalid environment variable names.`,
      ),
  });
  const ownNames = new Set(own.map(({ name }) => name));
  // What the pod says itself wins over its devices.
  const environment = [...devices.environment.filter(({ name }) => !ownNames.has(name)), ...own];
  const valueOf = (name: string): string | undefined => environment.find((variable) => variable.name === name)?.value;
  const restartCount = nextRestartCount(pod, container, observed);
  const mounts = await containerMounts({
    pod,
    container,
    volumes: request.volumes,
    environment,
    podIps: sandbox.ips,
    directories: services.directories,
    clusterDomain: services.dns.clusterDomain,
    isSimulated: services.isSimulated,
    log: services.log,
  });
  if (!services.isSimulated) mkdirSync(join(request.sandboxConfig.logDirectory, container.name), { recursive: true, mode: 0o755 });
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: image.id,
    userSpecifiedImage: container.image ?? '',
    command: (container.command ?? []).map((text) => expandReferences(text, valueOf)),
    args: (container.args ?? []).map((text) => expandReferences(text, valueOf)),
    workingDirectory: container.workingDir ?? '',
    environment,
    mounts: [...devices.mounts, ...mounts],
    devices: devices.devices,
    cdiDevices: devices.cdiDevices,
    labels: { ...podLabels(pod, services.agentMark), [containerNameLabel]: container.name },
    annotations: { ...devices.annotations, ...containerAnnotations(pod, container, restartCount) },
    logPath: `${container.name}/${restartCount}.log`,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    ...(container.lifecycle?.stopSignal ? { stopSignal: container.lifecycle.stopSignal } : {}),
    linux: {
      resources: { ...containerResources(pod, container, services.facts()), ...services.pinning?.forStart(pod, container) },
      security: withGroups(containerSecurity(pod, container, image, targetId(container, observed)), devices.additionalGroups ?? []),
    },
  };
}

const withGroups = (security: ContainerConfig['linux']['security'], groups: readonly number[]): ContainerConfig['linux']['security'] => ({
  ...security,
  supplementalGroups: [...new Set([...security.supplementalGroups, ...groups])],
});

/** The container whose processes an ephemeral container wants to see. Throws where there is none yet: without it, it would not see what it is for. */
function targetId(container: Container | EphemeralContainer, observed: ObservedPod): string | undefined {
  const name = 'targetContainerName' in container ? container.targetContainerName : undefined;
  if (!name) return undefined;
  const target = latestContainer(observed, name);
  if (!target) throw new Error(`unable to find target container ${name}`);
  return target.id;
}

/** One more than the last known start; also when the container itself was cleaned up since. */
function nextRestartCount(pod: Pod, { name }: Container, observed: ObservedPod): number {
  const latest = latestContainer(observed, name);
  if (latest) return latest.restartCount + 1;
  const reported = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((status) => status.name === name);
  const hasRun = reported?.containerID !== undefined || reported?.lastState?.terminated !== undefined;
  return hasRun ? reported!.restartCount + 1 : 0;
}

function linkLog({ pod, container, sandboxConfig }: StartRequest, config: ContainerConfig, id: string, services: PodServices): void {
  const link = services.directories.containerLogLink({ namespace: pod.metadata.namespace ?? '', name: nameOf(pod) }, container.name, id);
  try {
    mkdirSync(services.directories.containerLogLinks, { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(join(sandboxConfig.logDirectory, config.logPath), link);
  } catch (error) {
    services.log.warn('log link not made', { link, error });
  }
}

async function postStart(request: StartRequest, id: string, services: PodServices): Promise<StartOutcome> {
  const { pod, container, sandbox } = request;
  const handler = container.lifecycle?.postStart;
  if (!handler) return { kind: 'started', id };
  const podIp = (pod.spec.hostNetwork ? services.hostIps[0] : sandbox.ips[0]) ?? '';
  try {
    await runHook(services, { pod, container, containerId: id, podIp }, handler, { timeoutSeconds: 0, signal: request.signal });
    return { kind: 'started', id };
  } catch (error) {
    if (!(error instanceof HookError)) throw error;
    request.signal.throwIfAborted(); // the pod is to be stopped: its hook did not fail
    // What a hook said may be secret: it is for the node's log, not for everyone who reads events.
    services.log.warn('postStart hook failed', { pod: podKeyText(pod), container: container.name, error });
    services.events.record(pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', containerFieldPath(pod, container.name));
    return { kind: 'failed', reason: 'PostStartHookError', message: 'PostStartHook failed', id };
  }
}
