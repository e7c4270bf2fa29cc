import type { Pod } from '../../api/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { Informers } from '../../client/informer.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { CycleState, NodeInfo, PlacementObserver, SchedulingHandle, Status, WaitingPod } from './contract.ts';
import type { SchedulingExtender } from './extender.ts';

/** What a scheduler shows its plugins of itself. */
export type SchedulingHost = Omit<SchedulingHandle, 'client' | 'informers' | 'events' | 'clock' | 'extenders'>;

export type HandleParts = Pick<SchedulingHandle, 'client' | 'informers' | 'events' | 'clock'> & Partial<Pick<SchedulingHandle, 'extenders'>>;

/** The handle that plugin factories are given. Plugins are made before their scheduler; until that attaches itself the cluster looks empty. */
export class AttachableHandle implements SchedulingHandle {
  readonly client: Client;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly extenders: readonly SchedulingExtender[];
  #host: SchedulingHost | undefined;
  /** Those that asked before there was a scheduler, with what ends it. */
  readonly #observers = new Map<PlacementObserver, Disposable | undefined>();

  constructor({ client, informers, events, clock, extenders = [] }: HandleParts) {
    this.client = client;
    this.informers = informers;
    this.events = events;
    this.clock = clock;
    this.extenders = extenders;
  }

  attach(host: SchedulingHost): Disposable {
    this.#host = host;
    for (const observer of this.#observers.keys()) this.#observers.set(observer, host.observe(observer));
    return {
      [Symbol.dispose]: () => {
        if (this.#host !== host) return;
        this.#host = undefined;
        for (const [observer, observing] of this.#observers) {
          observing?.[Symbol.dispose]();
          this.#observers.set(observer, undefined);
        }
      },
    };
  }

  snapshot(): readonly NodeInfo[] {
    return this.#host?.snapshot() ?? [];
  }

  nodeInfo(name: string): NodeInfo | undefined {
    return this.#host?.nodeInfo(name);
  }

  observe(observer: PlacementObserver): Disposable {
    this.#observers.set(observer, this.#host?.observe(observer));
    return {
      [Symbol.dispose]: () => {
        this.#observers.get(observer)?.[Symbol.dispose]();
        this.#observers.delete(observer);
      },
    };
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

  nominatedPods(nodeName?: string): Iterable<Pod> {
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
