import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { RuntimeError } from '../../../extension-points/runtime/contract.ts';
import { containerFieldPath } from '../field-paths.ts';
import { gracePeriodAnnotation } from '../labels.ts';
import type { ObservedContainer } from '../pod/observed-pod.ts';
import type { PodServices } from '../pod/pod-services.ts';
import { HookError, runHook } from './lifecycle-hooks.ts';

export type StopServices = Pick<PodServices, 'clock' | 'events' | 'isSimulated' | 'runtime' | 'log' | 'hostIps'>;

export interface StopRequest {
  readonly pod: Pod;
  readonly container: ObservedContainer;
  /** Undefined when the pod's definition is not known any more. */
  readonly spec: Container | undefined;
  readonly podIp: string;
  readonly graceSeconds: number;
  /** For the Killing event. */
  readonly message: string;
}

/** After its preStop hook used the whole grace period, a container still gets this long. */
const minimumGraceSeconds = 2;

/** Runs the preStop hook, then stops the container; both within the grace period. Resolves when it is stopped. */
export async function stopContainer(request: StopRequest, services: StopServices): Promise<void> {
  const { pod, container, spec, graceSeconds, message } = request;
  if (container.state === 'exited') return;
  services.events.record(pod, 'Normal', 'Killing', message, containerFieldPath(pod, container.metadata.name));
  const startedMs = services.clock.now();
  if (spec?.lifecycle?.preStop && graceSeconds > 0 && container.state === 'running') await preStop(request, spec, services);
  const usedSeconds = Math.floor((services.clock.now() - startedMs) / 1000);
  const leftSeconds = usedSeconds === 0 ? graceSeconds : Math.max(graceSeconds - usedSeconds, minimumGraceSeconds);
  try {
    await services.runtime.stopContainer(container.id, leftSeconds);
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'NOT_FOUND')) throw error;
  }
}

async function preStop({ pod, container, podIp, graceSeconds }: StopRequest, spec: Container, services: StopServices): Promise<void> {
  const hook = runHook(services, { pod, container: spec, containerId: container.id, podIp }, spec.lifecycle!.preStop!, { timeoutSeconds: graceSeconds });
  try {
    await Promise.race([
      hook,
      services.clock.sleep(graceSeconds * 1000).then(() => {
        throw new HookError('the grace period is over');
      }),
    ]);
  } catch (error) {
    if (!(error instanceof HookError)) throw error;
    services.log.debug('preStop hook did not succeed', { container: container.id, error });
    services.events.record(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', containerFieldPath(pod, container.metadata.name));
  }
}

/** How long a container may take to stop: the probe that failed may say, else the deletion, else the pod, else what was noted on the container. */
export function graceSecondsOf(
  pod: Pod,
  container: ObservedContainer,
  spec: Container | undefined,
  because?: 'liveness' | 'startup' | 'changed' | 'unknown',
): number {
  const probe = because === 'liveness' ? spec?.livenessProbe : because === 'startup' ? spec?.startupProbe : undefined;
  return (
    pod.metadata.deletionGracePeriodSeconds ??
    probe?.terminationGracePeriodSeconds ??
    pod.spec.terminationGracePeriodSeconds ??
    Number(container.annotations[gracePeriodAnnotation] ?? 30)
  );
}
