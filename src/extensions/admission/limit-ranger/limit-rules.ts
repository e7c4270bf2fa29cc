import { formatQuantity, type Quantity, roundUpQuantity } from '../../../api/quantity.ts';
import { type Amounts, zero } from '../../../extension-points/admission/quota/amounts.ts';

/** One amount of a limit range. `type` is that of its item. */
export interface Bound {
  readonly type: string;
  readonly resource: string;
  readonly enforced: Quantity;
}

export function belowMinimum({ type, resource, enforced }: Bound, requests: Amounts, limits: Amounts): string | undefined {
  const [request, limit] = [requests.get(resource), limits.get(resource)];
  const minimum = `minimum ${resource} usage per ${type} is ${formatQuantity(enforced)}`;
  const [asked, allowed, least] = comparable(request, limit, enforced);
  if (!request) return `${minimum}.  No request is specified`;
  if (asked < least) return `${minimum}, but request is ${formatQuantity(request)}`;
  return limit && allowed < least ? `${minimum}, but limit is ${formatQuantity(limit)}` : undefined;
}

export function beyondMaximum({ type, resource, enforced }: Bound, requests: Amounts, limits: Amounts): string | undefined {
  const [request, limit] = [requests.get(resource), limits.get(resource)];
  const maximum = `maximum ${resource} usage per ${type} is ${formatQuantity(enforced)}`;
  const [asked, allowed, most] = comparable(request, limit, enforced);
  if (!limit) return `${maximum}.  No limit is specified`;
  if (allowed > most) return `${maximum}, but limit is ${formatQuantity(limit)}`;
  return request && asked > most ? `${maximum}, but request is ${formatQuantity(request)}` : undefined;
}

/** For what has requests only. */
export function beyondMaximumRequest({ type, resource, enforced }: Bound, requests: Amounts): string | undefined {
  const request = requests.get(resource);
  const maximum = `maximum ${resource} usage per ${type} is ${formatQuantity(enforced)}`;
  if (!request) return `${maximum}.  No request is specified`;
  const [asked, , most] = comparable(request, undefined, enforced);
  return asked > most ? `${maximum}, but request is ${formatQuantity(request)}` : undefined;
}

export function beyondRatio({ type, resource, enforced }: Bound, requests: Amounts, limits: Amounts): string | undefined {
  const most = `${resource} max limit to request ratio per ${type} is ${formatQuantity(enforced)}`;
  const [asked, allowed] = comparable(requests.get(resource), limits.get(resource), enforced);
  if (asked === 0n) return `${most}, but no request is specified or request is 0`;
  if (allowed === 0n) return `${most}, but no limit is specified or limit is 0`;
  const ratio = Number(allowed) / Number(asked);
  return ratio * 1000 > Number(milli(enforced)) ? `${most}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

/** Amounts are compared in thousandths where upstream's 64 bits hold all of them, else in whole units; both are rounded up. */
function comparable(
  request: Quantity | undefined,
  limit: Quantity | undefined,
  enforced: Quantity,
): readonly [request: bigint, limit: bigint, enforced: bigint] {
  const amounts = [request ?? zero, limit ?? zero, enforced] as const;
  const measure = amounts.every((amount) => units(amount) <= largestInMilli) ? milli : units;
  return [measure(amounts[0]), measure(amounts[1]), measure(amounts[2])];
}

const largestInMilli = (2n ** 63n - 1n) / 1000n;
const units = (amount: Quantity): bigint => roundUpQuantity(amount, 0).nano / 1_000_000_000n;
const milli = (amount: Quantity): bigint => roundUpQuantity(amount, -3).nano / 1_000_000n;
