import type { Pod } from '../../api/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { Informers } from '../../client/informer.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { NodeInfo, SchedulingHandle, WaitingPod } from './contract.ts';

/** What a scheduler shows its plugins of itself. */
export interface SchedulingHost {
  snapshot(): readonly NodeInfo[];
  nodeInfo(name: string): NodeInfo | undefined;
  waitingPods(): Iterable<WaitingPod>;
  activate(pods: readonly Pod[]): void;
}

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

  waitingPods(): Iterable<WaitingPod> {
    return this.#host?.waitingPods() ?? [];
  }

  activate(pods: readonly Pod[]): void {
    this.#host?.activate(pods);
  }
}
