import type { Lease } from '../../../api/generated/coordination-v1.ts';
import type { Node } from '../../../api/generated/core-v1.ts';
import { leases } from '../../../api/generated/resource-types.ts';
import { isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { type Clock, microTimeText } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';

export interface FleetLeasesDeps {
  readonly nodeNames: readonly string[];
  readonly clientOf: (nodeName: string) => Client;
  readonly clock: Clock;
  readonly log: Log;
  /** The Node as last seen. */
  readonly node: (nodeName: string) => Node | undefined;
  readonly isSilent: (nodeName: string) => boolean;
}

const namespace = 'kube-node-lease';
const durationSeconds = 40;
/** Half of the grace that the node life cycle gives: one renewal may fail. A real kubelet's every 10 s would double what an idle fleet costs. */
const renewEveryMs = 20_000;
/** So many share one commit of the store, and the nodes between two ticks are few enough to keep the loop free. */
const tickMs = 500;
/** After a time in which nothing ran, what is overdue is made up for this much faster, and still not all at once. */
const mostTicksTogether = 10;

/** Says for every node of a fleet that it is alive: one timer, and each tick renews the next few leases together. */
export class FleetLeases implements Disposable {
  readonly #deps: FleetLeasesDeps;
  /** Whose last renewal did not succeed; tried again with the next tick. */
  readonly #failed = new Set<string>();
  #next = 0;
  /** How many renewals are due, with the fraction of one that was not yet. */
  #due = 0;
  #tickedMs: number;
  #timer: Disposable | undefined;
  #isStopped = false;

  constructor(deps: FleetLeasesDeps) {
    this.#deps = deps;
    this.#tickedMs = deps.clock.now();
  }

  /** Begins to renew; the leases of nodes are made by `renew` when they register. */
  start(): void {
    this.#tickedMs = this.#deps.clock.now();
    this.#timer = this.#deps.clock.after(tickMs, () => void this.#tick());
  }

  /** Renews, or makes, the lease of one node. Never rejects: a failure is tried again. */
  async renew(nodeName: string): Promise<void> {
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime: microTimeText(this.#deps.clock.now()) };
    const client = this.#deps.clientOf(nodeName);
    try {
      await client.patch(leases, { namespace, name: nodeName }, { type: 'merge', body: { spec } }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
        return client.create(leases, this.#leaseOf(nodeName, spec));
      });
      this.#failed.delete(nodeName);
    } catch (error) {
      if (this.#failed.size === 0 && !this.#isStopped) this.#deps.log.warn('node leases not renewed; trying again', { node: nodeName, error });
      this.#failed.add(nodeName);
    }
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#timer?.[Symbol.dispose]();
  }

  async #tick(): Promise<void> {
    const { nodeNames, isSilent, clock } = this.#deps;
    const startedMs = clock.now();
    const due = new Set(this.#failed);
    for (let count = this.#takeDue(startedMs); count > 0; count--) due.add(nodeNames[this.#next++ % nodeNames.length]!);
    await Promise.all([...due].filter((name) => !isSilent(name)).map((name) => this.renew(name)));
    if (!this.#isStopped) this.#timer = clock.after(Math.max(0, tickMs - (clock.now() - startedMs)), () => void this.#tick());
  }

  /** How many leases to renew now: as many as the time since the last tick asks for. */
  #takeDue(nowMs: number): number {
    const all = this.#deps.nodeNames.length;
    const perMs = all / renewEveryMs;
    this.#due = Math.min(all, this.#due + Math.max(0, nowMs - this.#tickedMs) * perMs);
    this.#tickedMs = nowMs;
    const taken = Math.min(Math.ceil(this.#due), Math.ceil(tickMs * mostTicksTogether * perMs));
    this.#due -= taken;
    return taken;
  }

  #leaseOf(nodeName: string, spec: NonNullable<Lease['spec']>): Lease {
    const uid = this.#deps.node(nodeName)?.metadata.uid;
    const owner = uid ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }] } : {};
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: nodeName, namespace, ...owner }, spec };
  }
}
