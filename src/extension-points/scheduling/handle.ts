import type { Pod } from '../../api/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { Informers } from '../../client/informer.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { CycleState, NodeInfo, SchedulingHandle, Status, WaitingPod } from './contract.ts';

/** What a scheduler shows its plugins of itself. */
export type SchedulingHost = Omit<SchedulingHandle, 'client' | 'informers' | 'events' | 'clock'>;

/** The handle that plugin factories are given. Plugins are made before their scheduler; until that attaches itself the cluster looks empty. */
export class AttachableHandle implements SchedulingHandle {
  readonly client: Client;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly clock: Clock;
  #host: SchedulingHost | undefined;

  constructor({ client, informers, events, clock }: Pick<SchedulingHandle, 'client' | 'informers' | 'events' | 'clock'>) {
    this.client = client;
    this.informers = informers;
    this.events = events;
    this.clock = clock;
  }

  attach(host: SchedulingHost): Disposable {
    this.#host = host;
    return { [Symbol.dispose]: () => void (this.#host = this.#host === host ? undefined : this.#host) };
  }

  snapshot(): readonly NodeInfo[] {
    return this.#host?.snapshot() ?? [];
  }

  nodeInfo(name: string): NodeInfo | undefined {
    return this.#host?.nodeInfo(name);
  }

  filterWithNominatedPods(state: CycleState, pod: Pod, node: NodeInfo): Status {
    return this.#attached.filterWithNominatedPods(state, pod, node);
  }

  addPod(state: CycleState, pod: Pod, podToAdd: Pod, node: NodeInfo): void {
    this.#attached.addPod(state, pod, podToAdd, node);
  }

  removePod(state: CycleState, pod: Pod, podToRemove: Pod, node: NodeInfo): void {
    this.#attached.removePod(state, pod, podToRemove, node);
  }

  nominatedPods(nodeName: string): Iterable<Pod> {
    return this.#host?.nominatedPods(nodeName) ?? [];
  }

  waitingPods(): Iterable<WaitingPod> {
    return this.#host?.waitingPods() ?? [];
  }

  activate(pods: readonly Pod[]): void {
    this.#host?.activate(pods);
  }

  /** Only a scheduling cycle has a state and a node to ask about. */
  get #attached(): SchedulingHost {
    if (!this.#host) throw new Error('no scheduler is attached to the handle');
    return this.#host;
  }
}
