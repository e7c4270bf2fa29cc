import { randomBytes } from 'node:crypto';
import {
  type ContainerConfig,
  type ContainerEvent,
  type ContainerStatus,
  type PodSandbox,
  type PodSandboxConfig,
  RuntimeError,
} from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { AddressPool } from './address-pool.ts';
import type { Behaviour, Script } from './behaviour.ts';
import { EventHub } from './event-hub.ts';
import type { SimulatedLog } from './simulated-log.ts';

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  /** Says how containers behave, before their annotations do. */
  readonly script?: Script;
  /** Says it where annotations do not. */
  readonly rules?: Script;
  /** Range of pod addresses until the agent names the node's own. Default 10.244.0.0/16. */
  readonly podCidr?: string;
  /** What the node claims to hold; more sandboxes are refused with RESOURCE_EXHAUSTED. Default 10,000 sandboxes. */
  readonly capacity?: { readonly sandboxes?: number };
  /** Whether containers write log files into their pod's log directory, for `kubectl logs`. Default true. */
  readonly writesLogs?: boolean;
}

export interface Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly createdAtMs: number;
  /** Where its address came from. */
  readonly addresses: AddressPool;
  readonly containers: Set<SimulatedContainer>;
  state: PodSandbox['state'];
  ip: string | undefined;
}

export interface SimulatedContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly behaviour: Behaviour;
  readonly log: SimulatedLog;
  readonly createdAtMs: number;
  state: ContainerStatus['state'];
  startedAtMs: number;
  finishedAtMs: number;
  exitCode: number;
  reason: string;
  exitTimer?: Disposable;
  /** Called once it has exited. */
  readonly waiting: (() => void)[];
}

/** What kubelets label sandboxes and containers with; those who look for one pod among thousands select by it. */
const podUidLabel = 'io.kubernetes.pod.uid';

/** What a simulated machine holds, and how its containers move from state to state. */
export class SimulatedMachine {
  readonly sandboxes = new Map<string, Sandbox>();
  readonly containers = new Map<string, SimulatedContainer>();
  readonly events = new EventHub();
  readonly options: SimulatedRuntimeOptions;
  readonly #sandboxesOfPods = new Map<string, Set<Sandbox>>();
  readonly #pools = new Map<string, AddressPool>();
  readonly #idPrefix = randomBytes(24).toString('hex');
  #ids = 0;

  constructor(options: SimulatedRuntimeOptions) {
    this.options = options;
  }

  /** The addresses of a range. Throws INVALID_ARGUMENT for what is no range. */
  pool(cidr: string): AddressPool {
    const known = this.#pools.get(cidr) ?? new AddressPool(cidr);
    this.#pools.set(cidr, known);
    return known;
  }

  /** 64 hexadecimal digits, as containerd's; the counter comes first so that short forms differ. */
  newId(): string {
    this.#ids++;
    return `${this.#ids.toString(16).padStart(8, '0')}${this.#idPrefix}00000000`;
  }

  sandbox(id: string): Sandbox {
    const found = this.sandboxes.get(id);
    if (!found) throw new RuntimeError('NOT_FOUND', `an error occurred when try to find sandbox: sandbox "${id}" not found`);
    return found;
  }

  container(id: string): SimulatedContainer {
    const found = this.containers.get(id);
    if (!found) throw new RuntimeError('NOT_FOUND', `an error occurred when try to find container "${id}": not found`);
    return found;
  }

  addSandbox(sandbox: Sandbox): void {
    const { uid } = sandbox.config.metadata;
    this.sandboxes.set(sandbox.id, sandbox);
    const known = this.#sandboxesOfPods.get(uid);
    if (known) known.add(sandbox);
    else this.#sandboxesOfPods.set(uid, new Set([sandbox]));
  }

  removeSandbox(sandbox: Sandbox): void {
    const { uid } = sandbox.config.metadata;
    this.sandboxes.delete(sandbox.id);
    const known = this.#sandboxesOfPods.get(uid);
    if (known?.delete(sandbox) && known.size === 0) this.#sandboxesOfPods.delete(uid);
  }

  sandboxesOfPod(uid: string): Iterable<Sandbox> {
    return this.#sandboxesOfPods.get(uid) ?? [];
  }

  /** Those that can have the labels: of one pod when they name it. */
  sandboxesWith(labels: Readonly<Record<string, string>>): Iterable<Sandbox> {
    const uid = labels[podUidLabel];
    return uid === undefined ? this.sandboxes.values() : this.sandboxesOfPod(uid);
  }

  *containersWith(labels: Readonly<Record<string, string>>): Iterable<SimulatedContainer> {
    for (const { containers } of this.sandboxesWith(labels)) yield* containers;
  }

  addContainer(container: SimulatedContainer): void {
    this.containers.set(container.id, container);
    this.sandbox(container.sandboxId).containers.add(container);
    this.tell('created', container);
  }

  exit(container: SimulatedContainer, exitCode: number, reason?: string): void {
    if (container.state !== 'running') return;
    container.exitTimer?.[Symbol.dispose]();
    container.state = 'exited';
    container.finishedAtMs = this.options.clock.now();
    container.exitCode = exitCode;
    container.reason = reason ?? (exitCode === 0 ? 'Completed' : 'Error');
    this.tell('stopped', container);
    for (const wake of container.waiting.splice(0)) wake();
  }

  remove(container: SimulatedContainer): void {
    this.exit(container, 137);
    this.containers.delete(container.id);
    this.sandboxes.get(container.sandboxId)?.containers.delete(container);
    this.tell('deleted', container);
  }

  tell(type: ContainerEvent['type'], container: SimulatedContainer): void {
    const podUid = this.sandboxes.get(container.sandboxId)?.config.metadata.uid ?? '';
    this.events.emit({ type, containerId: container.id, createdAtMs: this.options.clock.now(), podUid });
  }
}
