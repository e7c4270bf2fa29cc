import type { Node } from '../../../api/generated/core-v1.ts';

// Upstream: one eviction per 10 s and zone; fewer where more than 55 % of a zone is unhealthy; none where all of it is.
const evictEveryMs = 10_000;
const evictEverySlowlyMs = 100_000;
const largeZone = 50;
const unhealthyShare = 0.55;

export type ZoneState = 'normal' | 'partial' | 'full';

export const zoneOf = ({ metadata: { labels = {} } }: Node): string =>
  `${labels['topology.kubernetes.io/region'] ?? ''}:\0:${labels['topology.kubernetes.io/zone'] ?? ''}`;

export const isReady = (node: Node): boolean => node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

/** Decides how fast NoExecute taints may be set, so that a broken network does not have every pod of a zone evicted. */
export class Disruption {
  readonly #states = new Map<string, { state: ZoneState; size: number }>();
  readonly #nextMs = new Map<string, number>();
  /** No zone has a ready node: the fault is more likely here than there, so nothing is evicted. */
  isTotal = false;

  update(nodes: readonly Node[]): void {
    this.#states.clear();
    for (const [zone, members] of Map.groupBy(nodes, zoneOf)) {
      const ready = members.filter(isReady).length;
      const unhealthy = members.length - ready;
      const state: ZoneState = ready === 0 ? 'full' : unhealthy > 2 && unhealthy / members.length >= unhealthyShare ? 'partial' : 'normal';
      this.#states.set(zone, { state, size: members.length });
    }
    this.isTotal = this.#states.size > 0 && [...this.#states.values()].every(({ state }) => state === 'full');
  }

  /** Takes the right to taint one node of a zone. Answers 0, or how long to wait for it. */
  take(zone: string, nowMs: number): number {
    const { state, size } = this.#states.get(zone) ?? { state: 'normal', size: 1 };
    if (state === 'partial' && size <= largeZone) return evictEverySlowlyMs;
    const nextMs = this.#nextMs.get(zone) ?? 0;
    if (nowMs < nextMs) return nextMs - nowMs;
    this.#nextMs.set(zone, nowMs + (state === 'partial' ? evictEverySlowlyMs : evictEveryMs));
    return 0;
  }
}
