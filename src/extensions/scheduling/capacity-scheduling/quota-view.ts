import type { Pod } from '../../../api/generated/core-v1.ts';
import { podRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import type { Amounts } from './amounts.ts';
import { exceeds, nothing, sum } from './amounts.ts';
import type { QuotaLedger } from './quota-ledger.ts';
import { namespaceOf, uidOf } from './quota-ledger.ts';

/** The ledger with some pods imagined there, or gone. Holds only the difference, so that cloning it costs next to nothing. */
export class QuotaView {
  readonly #ledger: QuotaLedger;
  /** By UID, whether the pod is imagined there. */
  readonly #imagined: Map<string, boolean>;
  readonly #differences: Map<string, Amounts>;
  #total: Amounts;

  constructor(ledger: QuotaLedger, from?: QuotaView) {
    this.#ledger = ledger;
    this.#imagined = new Map(from ? from.#imagined : undefined);
    this.#differences = new Map(from ? from.#differences : undefined);
    this.#total = from ? from.#total : nothing;
  }

  clone(): QuotaView {
    return new QuotaView(this.#ledger, this);
  }

  /** A pod that is there already changes nothing; the same for `remove`. */
  add(pod: Pod): void {
    this.#imagine(pod, true);
  }

  remove(pod: Pod): void {
    this.#imagine(pod, false);
  }

  hasQuota(namespace: string): boolean {
    return this.#ledger.quotaOf(namespace) !== undefined;
  }

  /** Whether the namespace would have more than it may have. */
  isOverMax(namespace: string, more: Amounts): boolean {
    const quota = this.#ledger.quotaOf(namespace);
    return quota !== undefined && exceeds(more, this.#usedBy(namespace), quota.max);
  }

  /** Whether the namespace would borrow. */
  isOverMinWith(namespace: string, more: Amounts): boolean {
    const quota = this.#ledger.quotaOf(namespace);
    return quota !== undefined && exceeds(more, this.#usedBy(namespace), quota.min);
  }

  /** Whether the namespace borrows. */
  isOverMin(namespace: string): boolean {
    const quota = this.#ledger.quotaOf(namespace);
    return quota !== undefined && exceeds(this.#usedBy(namespace), nothing, quota.min);
  }

  /** Whether there is no more left to borrow: all together would have more than is guaranteed to all. */
  isTotalOverMin(more: Amounts): boolean {
    return exceeds(sum(sum(this.#ledger.totalUsed, this.#total), more), nothing, this.#ledger.totalMin);
  }

  #usedBy(namespace: string): Amounts {
    const used = this.#ledger.usedBy(namespace);
    const difference = this.#differences.get(namespace);
    return difference ? sum(used, difference) : used;
  }

  #imagine(pod: Pod, isThere: boolean): void {
    const [namespace, uid] = [namespaceOf(pod), uidOf(pod)];
    if (!this.hasQuota(namespace) || (this.#imagined.get(uid) ?? this.#ledger.has(pod)) === isThere) return;
    this.#imagined.set(uid, isThere);
    const sign = isThere ? 1 : -1;
    this.#differences.set(namespace, sum(this.#differences.get(namespace) ?? nothing, podRequests(pod), sign));
    this.#total = sum(this.#total, podRequests(pod), sign);
  }
}
