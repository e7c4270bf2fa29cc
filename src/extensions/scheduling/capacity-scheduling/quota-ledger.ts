import type { Pod } from '../../../api/generated/core-v1.ts';
import type { SchedulingHandle } from '../../../extension-points/scheduling/contract.ts';
import { podRequests } from '../../../extension-points/scheduling/pod-requests.ts';
import type { Amounts, Bounds } from './amounts.ts';
import { boundsOf, nothing, sum } from './amounts.ts';
import { elasticquotas, quotaThatHolds } from './elastic-quota-type.ts';

export interface Quota {
  readonly min: Bounds;
  readonly max: Bounds;
}

/** What one namespace's pods on nodes ask for together, whether it has a quota or not: it may get one later. */
interface Account {
  used: Amounts;
  readonly pods: Set<string>;
}

/**
 * The quotas, and what is used of them: kept in step as pods take and leave nodes, in the scheduler's own view. A pod counts from the moment its node was chosen until
 * that is undone or it is gone, which is what reserving is about. Nothing is summed up or copied when a pod is tried. Disposing ends it.
 */
export class QuotaLedger implements Disposable {
  readonly #quotas = new Map<string, Quota>();
  readonly #accounts = new Map<string, Account>();
  readonly #subscriptions: readonly Disposable[];
  #totalUsed: Amounts = nothing;
  #totalMin: Bounds = boundsOf({}, 0);

  constructor({ informers, observe }: Pick<SchedulingHandle, 'informers' | 'observe'>) {
    const quotas = informers.informer(elasticquotas, { mayBeMissing: true });
    const reread = (namespace = ''): void => {
      const quota = quotaThatHolds(quotas.list(namespace));
      if (quota) this.#quotas.set(namespace, { min: boundsOf(quota.spec?.min, 0), max: boundsOf(quota.spec?.max, Infinity) });
      else this.#quotas.delete(namespace);
      this.#sumUp();
    };
    this.#subscriptions = [
      quotas.onChange({
        added: ({ metadata }) => reread(metadata.namespace),
        updated: ({ metadata }) => reread(metadata.namespace),
        deleted: ({ metadata }) => reread(metadata.namespace),
      }),
      observe({ podAdded: (pod) => this.#change(pod, 1), podRemoved: (pod) => this.#change(pod, -1) }),
    ];
  }

  quotaOf(namespace: string): Quota | undefined {
    return this.#quotas.get(namespace);
  }

  usedBy(namespace: string): Amounts {
    return this.#accounts.get(namespace)?.used ?? nothing;
  }

  has(pod: Pod): boolean {
    return this.#accounts.get(namespaceOf(pod))?.pods.has(uidOf(pod)) ?? false;
  }

  /** Of all namespaces with a quota. */
  get totalUsed(): Amounts {
    return this.#totalUsed;
  }

  get totalMin(): Bounds {
    return this.#totalMin;
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #change(pod: Pod, sign: 1 | -1): void {
    const namespace = namespaceOf(pod);
    const account = this.#accounts.get(namespace) ?? { used: nothing, pods: new Set() };
    if (account.pods.has(uidOf(pod)) === (sign === 1)) return;
    if (sign === 1) account.pods.add(uidOf(pod));
    else account.pods.delete(uidOf(pod));
    account.used = sum(account.used, podRequests(pod), sign);
    if (account.pods.size > 0) this.#accounts.set(namespace, account);
    else this.#accounts.delete(namespace);
    if (this.#quotas.has(namespace)) this.#totalUsed = sum(this.#totalUsed, podRequests(pod), sign);
  }

  #sumUp(): void {
    this.#totalUsed = [...this.#quotas.keys()].reduce((total, namespace) => sum(total, this.usedBy(namespace)), nothing);
    this.#totalMin = { ...[...this.#quotas.values()].reduce<Amounts>((total, { min }) => sum(total, min), nothing), ofOthers: 0 };
  }
}

export const namespaceOf = ({ metadata: { namespace = '' } }: Pod): string => namespace;
export const uidOf = ({ metadata: { uid, namespace, name } }: Pod): string => uid ?? `${namespace}/${name}`;
