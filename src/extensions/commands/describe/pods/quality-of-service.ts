import type { Pod } from '../../../../api/generated/core-v1.ts';
import { compareQuantities } from '../../../../api/quantity.ts';
import { type Amounts, addAmounts, amountsOf, type ResourceList } from '../page/quantities.ts';

/** The class that the server tells; else the one that follows from requests and limits. */
export function qualityOfService({ spec, status }: Pod): string {
  if (status?.qosClass) return status.qosClass;
  const holders = spec?.resources ? [spec.resources] : [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ resources }) => resources ?? {});
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  for (const holder of holders) {
    addAmounts(requests, counted(holder.requests));
    addAmounts(limits, counted(holder.limits));
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const isLimited = holders.every((holder) => counted(holder.limits).size === 2);
  const isEqual = [...requests].every(([name, amount]) => limits.has(name) && compareQuantities(limits.get(name)!, amount) === 0);
  return isLimited && isEqual && requests.size === limits.size ? 'Guaranteed' : 'Burstable';
}

/** CPU and memory above nothing. */
const counted = (list: ResourceList | undefined): Amounts =>
  new Map([...amountsOf(list)].filter(([name, { nano }]) => (name === 'cpu' || name === 'memory') && nano > 0n));
