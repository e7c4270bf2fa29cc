import type { ResourceQuota } from '../../../api/generated/core-v1.ts';
import { compareQuantities, formatQuantity, type Quantity } from '../../../api/quantity.ts';
import { ApiError } from '../../../api/status.ts';
import { type AdmissionRequest, type Allowed, allow, type Denied } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import { type Amounts, addTo, excessOver, only, withoutZeros } from '../../../extension-points/admission/quota/amounts.ts';
import type { QuotaEvaluator } from '../../../extension-points/admission/quota/evaluator.ts';
import { isInScopes, type ScopeRequirement, scopesOf } from '../../../extension-points/admission/quota/quota-scopes.ts';
import { type LimitedResource, limitedNames, limitedScopes, scopesText } from './limited-resources.ts';

/** A quota as it stands while several requests are charged to it. */
export interface OpenQuota {
  readonly quota: ResourceQuota;
  /** What is enforced: the status, not what the spec may have been changed to since. */
  readonly hard: Amounts;
  used: Amounts;
}

export interface Use {
  /** What the quotas that count the request would have used with it. */
  readonly usedAfter: ReadonlyMap<OpenQuota, Amounts>;
}

interface Counting {
  readonly open: OpenQuota;
  readonly names: readonly string[];
}

/** What a request uses of each quota, or that it uses nothing, or why it may not. The checks, their order and texts are upstream's (`resourcequota.CheckRequest`). */
export function useOf(
  request: AdmissionRequest,
  quotas: readonly OpenQuota[],
  { evaluator, limited }: { readonly evaluator: QuotaEvaluator; readonly limited: readonly LimitedResource[] },
): Use | Allowed | Denied {
  const object = request.object!;
  let known: Amounts | undefined;
  const usage = (): Amounts => (known ??= evaluator.usage(object));
  const coveredScopes: ScopeRequirement[] = [];
  const counting: Counting[] = [];
  for (const open of quotas) {
    const scopes = scopesOf(open.quota);
    coveredScopes.push(...scopes.filter((scope) => evaluator.isInScope?.(object, scope)));
    const names = evaluator.matchingNames(open.hard.keys());
    if (names.length === 0 || !isInScopes(evaluator, object, scopes)) continue;
    const name = open.quota.metadata.name ?? '';
    const unspecified = evaluator.unspecified?.(object, names);
    if (unspecified !== undefined) return forbidRequest(request, `failed quota: ${name}: ${unspecified}`);
    if (names.some((resource) => !open.used.has(resource))) return forbidRequest(request, `status unknown for quota: ${name}, resources: ${namesText(names)}`);
    counting.push({ open, names });
  }
  if (counting.length === 0 && limited.length === 0) return allow;
  const negative = [...usage()].filter(([, amount]) => amount.nano < 0n).map(([name]) => name);
  if (negative.length > 0) return forbidRequest(request, `quota usage is negative for resource(s): ${namesText(negative)}`);
  const deltas = deltasOf(request, usage(), { evaluator, counting });
  if (deltas.size === 0) return allow;
  const uncovered = uncoveredBy(request, { evaluator, limited, usage, counting, coveredScopes });
  return uncovered ?? chargedTo(request, deltas);
}

/** What is to be charged to each quota; for a request that none counts, under `undefined`, what it uses. Without zeros. */
function deltasOf(
  request: AdmissionRequest,
  usage: Amounts,
  { evaluator, counting }: { readonly evaluator: QuotaEvaluator; readonly counting: readonly Counting[] },
): Map<OpenQuota | undefined, Map<string, Quantity>> {
  const { operation, oldObject } = request;
  // An object that an update creates is charged in full.
  const old = operation === 'UPDATE' && oldObject?.metadata.resourceVersion ? oldObject : undefined;
  const more = old ? excessOver(usage, evaluator.usage(old)) : usage;
  const deltas = new Map<OpenQuota | undefined, Map<string, Quantity>>();
  const charge = (open: OpenQuota | undefined, amounts: Amounts): void => {
    const delta = withoutZeros(amounts);
    if (delta.size > 0) deltas.set(open, delta);
  };
  if (counting.length === 0) charge(undefined, more);
  // A quota that did not count the object before its scope changed is charged in full.
  for (const { open } of counting) charge(open, old && isInScopes(evaluator, old, scopesOf(open.quota)) ? more : usage);
  return deltas;
}

interface Coverage {
  readonly evaluator: QuotaEvaluator;
  readonly limited: readonly LimitedResource[];
  readonly usage: () => Amounts;
  readonly counting: readonly Counting[];
  readonly coveredScopes: readonly ScopeRequirement[];
}

function uncoveredBy(request: AdmissionRequest, { evaluator, limited, usage, counting, coveredScopes }: Coverage): Denied | undefined {
  if (limited.length === 0) return undefined;
  const covered = new Set(counting.flatMap(({ names }) => names));
  const names = [...limitedNames(usage, evaluator, limited).difference(covered)];
  if (names.length > 0) return forbidRequest(request, `insufficient quota to consume: ${namesText(names)}`);
  const scopes = limitedScopes(request.object!, evaluator, limited).filter((scope) => !coveredScopes.some(({ scopeName }) => scopeName === scope.scopeName));
  // Upstream forgets to make this a 403.
  return scopes.length > 0 ? { kind: 'deny', error: new ApiError(500, '', `insufficient quota to match these scopes: ${scopesText(scopes)}`) } : undefined;
}

function chargedTo(request: AdmissionRequest, deltas: ReadonlyMap<OpenQuota | undefined, Amounts>): Use | Allowed | Denied {
  const usedAfter = new Map<OpenQuota, Amounts>();
  for (const [open, delta] of deltas) {
    if (!open) return allow;
    const requested = only(delta, new Set(open.hard.keys()));
    const used = new Map(open.used);
    addTo(used, requested);
    // What a driver did is counted, not refused.
    const exceeded =
      request.subresource === 'status' ? [] : [...requested.keys()].filter((name) => compareQuantities(used.get(name)!, open.hard.get(name)!) > 0);
    if (exceeded.length > 0) return forbidRequest(request, exceededText(open, requested, new Set(exceeded)));
    usedAfter.set(open, used);
  }
  return { usedAfter };
}

const exceededText = ({ quota, used, hard }: OpenQuota, requested: Amounts, names: ReadonlySet<string>): string =>
  `exceeded quota: ${quota.metadata.name}, requested: ${amountsText(requested, names)}, used: ${amountsText(used, names)}, limited: ${amountsText(hard, names)}`;

const amountsText = (amounts: Amounts, names: ReadonlySet<string>): string =>
  [...names]
    .filter((name) => amounts.has(name))
    .sort()
    .map((name) => `${name}=${formatQuantity(amounts.get(name)!)}`)
    .join(',');

const namesText = (names: readonly string[]): string => [...names].sort().join(',');
