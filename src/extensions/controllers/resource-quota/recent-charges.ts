import type { ResourceQuota } from '../../../api/generated/core-v1.ts';
import type { Quantity } from '../../../api/quantity.ts';
import { type Amounts, addTo, excessOver, readAmounts, sameAmounts, withoutZeros } from '../../../extension-points/admission/quota/amounts.ts';
import type { Clock } from '../../../kernel/clock.ts';

/**
 * Between being charged and being stored an object can be counted by nobody. That takes milliseconds; after this long it has been stored, and seen here, or never will be.
 */
export const settleMs = 1_000;

interface QuotaCharges {
  /** What was charged before that is not known. */
  readonly sinceMs: number;
  /** The version this controller wrote last: what it raised itself is no charge. */
  ownVersion: string;
  readonly charges: { readonly atMs: number; readonly amounts: Amounts }[];
}

/** What admission has charged to quotas of late. As long as it may be on its way it must not be given back. */
export class RecentCharges {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #byQuota = new Map<string, QuotaCharges>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Takes note of a change of a quota. Answers whether it was a charge: the same limits, and more used. */
  observe(key: string, quota: ResourceQuota, old: ResourceQuota): boolean {
    if (quota.metadata.resourceVersion === this.#byQuota.get(key)?.ownVersion) return false;
    if (!sameAmounts(readAmounts(quota.status?.hard), readAmounts(old.status?.hard))) return false;
    const amounts = withoutZeros(excessOver(readAmounts(quota.status?.used), readAmounts(old.status?.used)));
    if (amounts.size > 0) this.#of(key).charges.push({ atMs: this.#clock.now(), amounts });
    return amounts.size > 0;
  }

  /** The sum of what may be on its way. Of a quota that was not watched for long that may be all it says is used. */
  unsettled(key: string, quota: ResourceQuota): Map<string, Quantity> {
    const { charges, sinceMs } = this.#of(key);
    if (sinceMs + settleMs > this.#clock.now()) return withoutZeros(readAmounts(quota.status?.used));
    const total = new Map<string, Quantity>();
    const settled = charges.findIndex(({ atMs }) => atMs + settleMs > this.#clock.now());
    charges.splice(0, settled < 0 ? charges.length : settled);
    for (const { amounts } of charges) addTo(total, amounts);
    return total;
  }

  wrote(key: string, { metadata }: ResourceQuota): void {
    this.#of(key).ownVersion = metadata.resourceVersion ?? '';
  }

  forget(key: string): void {
    this.#byQuota.delete(key);
  }

  #of(key: string): QuotaCharges {
    let known = this.#byQuota.get(key);
    if (!known) this.#byQuota.set(key, (known = { sinceMs: this.#clock.now(), ownVersion: '', charges: [] }));
    return known;
  }
}
