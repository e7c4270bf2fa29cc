import type { Container, ContainerStatus, Pod } from '../../../api/generated/core-v1.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { podUid } from '../directories.ts';
import { containerFieldPath } from '../field-paths.ts';
import { isRunning, latestContainer, type ObservedContainer, type ObservedPod, podIpsOf } from '../pod/observed-pod.ts';
import type { ProbeVerdicts } from '../pod/pod-actions.ts';
import { isSidecar } from '../resources.ts';
import type { Checker } from './check.ts';
import type { CheckTarget } from './contract.ts';
import { type ProbeKind, ProbeWorker, type Verdict } from './probe-worker.ts';

export interface PodProbesDeps {
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly check: Checker;
  readonly hostIps: readonly string[];
  readonly onChange: (uid: string) => void;
}

const kinds: readonly ProbeKind[] = ['startup', 'liveness', 'readiness'];
const specOf = (container: Container, kind: ProbeKind): Container['livenessProbe'] =>
  kind === 'startup' ? container.startupProbe : kind === 'liveness' ? container.livenessProbe : container.readinessProbe;

interface Probed {
  readonly uid: string;
  pod: Pod;
  container: Container;
  readonly workers: Map<ProbeKind, ProbeWorker>;
  podIp: string;
}

/** The probes of all containers of an agent. Asked for verdicts by restart decisions and by statuses. */
export class PodProbes implements ProbeVerdicts, Disposable {
  readonly #deps: PodProbesDeps;
  readonly #byContainer = new Map<string, Probed>();
  readonly #byPod = new Map<string, Set<string>>();

  constructor(deps: PodProbesDeps) {
    this.#deps = deps;
  }

  /** Starts probes of containers that run now and ends those of containers that do not. `isEnding`: only readiness goes on. */
  update(pod: Pod, observed: ObservedPod, { isEnding = false }: { isEnding?: boolean } = {}): void {
    const uid = podUid(pod);
    const known = this.#byPod.get(uid);
    const probed = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers].filter((container) =>
      kinds.some((kind) => specOf(container, kind)),
    );
    if (!known && probed.length === 0) return;
    const wanted = new Set<string>();
    for (const container of probed) {
      const current = latestContainer(observed, container.name);
      if (!current || !isRunning(current)) continue;
      wanted.add(current.id);
      this.#ensure(pod, container, current, { podIp: this.#addressOf(pod, observed), isEnding });
    }
    for (const id of known ?? []) if (!wanted.has(id)) this.#end(uid, id);
  }

  remove(uid: string): void {
    for (const id of [...(this.#byPod.get(uid) ?? [])]) this.#end(uid, id);
  }

  failed(containerId: string): 'liveness' | 'startup' | undefined {
    const workers = this.#byContainer.get(containerId)?.workers;
    if (workers?.get('startup')?.verdict === 'failure') return 'startup';
    return workers?.get('liveness')?.verdict === 'failure' ? 'liveness' : undefined;
  }

  hasStarted(container: Container, containerId: string): boolean {
    return !container.startupProbe || this.#byContainer.get(containerId)?.workers.get('startup')?.verdict === 'success';
  }

  isReady(container: Container, containerId: string): boolean {
    return !container.readinessProbe || this.#byContainer.get(containerId)?.workers.get('readiness')?.verdict === 'success';
  }

  [Symbol.dispose](): void {
    for (const uid of [...this.#byPod.keys()]) this.remove(uid);
  }

  #addressOf(pod: Pod, observed: ObservedPod): string {
    return (pod.spec.hostNetwork ? this.#deps.hostIps[0] : podIpsOf(observed)[0]) ?? '';
  }

  #ensure(pod: Pod, container: Container, current: ObservedContainer, { podIp, isEnding }: { podIp: string; isEnding: boolean }): void {
    const existing = this.#byContainer.get(current.id);
    if (existing) Object.assign(existing, { pod, container, podIp });
    else if (!isEnding) this.#start(pod, container, current, podIp);
    if (isEnding) for (const kind of ['startup', 'liveness'] as const) existing?.workers.get(kind)?.[Symbol.dispose]();
  }

  #start(pod: Pod, container: Container, current: ObservedContainer, podIp: string): void {
    const uid = podUid(pod);
    const probed: Probed = { uid, pod, container, podIp, workers: new Map() };
    this.#byContainer.set(current.id, probed);
    const ids = this.#byPod.get(uid) ?? new Set();
    this.#byPod.set(uid, ids.add(current.id));
    const target = (): CheckTarget => ({ pod: probed.pod, container: probed.container, containerId: current.id, podIp: probed.podIp });
    for (const kind of kinds) {
      const spec = specOf(container, kind);
      if (!spec) continue;
      const { clock, events, check } = this.#deps;
      probed.workers.set(
        kind,
        new ProbeWorker(kind, spec, initialVerdict(kind, pod, current), {
          clock,
          events,
          check,
          target,
          startedAtMs: current.startedAtMs,
          fieldPath: containerFieldPath(pod, container.name),
          mayRun: () => kind === 'startup' || this.hasStarted(probed.container, current.id),
          onVerdict: (verdict) => this.#onVerdict(probed, kind, verdict),
        }),
      );
    }
  }

  #onVerdict(probed: Probed, kind: ProbeKind, verdict: Verdict): void {
    // Readiness need not wait for its turn once the container has started.
    if (kind === 'startup' && verdict === 'success') for (const other of ['liveness', 'readiness'] as const) probed.workers.get(other)?.wake();
    this.#deps.onChange(probed.uid);
  }

  #end(uid: string, containerId: string): void {
    for (const worker of this.#byContainer.get(containerId)?.workers.values() ?? []) worker[Symbol.dispose]();
    this.#byContainer.delete(containerId);
    const ids = this.#byPod.get(uid);
    ids?.delete(containerId);
    if (ids?.size === 0) this.#byPod.delete(uid);
  }
}

/** A container that was already reported ready or started (the agent was restarted) stays so until a probe says otherwise. */
function initialVerdict(kind: ProbeKind, pod: Pod, current: ObservedContainer): Verdict {
  if (kind === 'liveness') return 'success';
  const all: readonly ContainerStatus[] = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const reported = all.find(({ containerID }) => containerID?.endsWith(current.id));
  const wasFine = kind === 'startup' ? reported?.started : reported?.ready;
  if (wasFine) return 'success';
  return kind === 'startup' ? 'unknown' : 'failure';
}
