import type { PodSpec, ResourceClaim, ResourceList, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import { dns1123LabelProblems, qualifiedNameProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { eachAt, joined, problemsAt } from './field-checks.ts';
import { amountOf, amountText, compareAmounts, isNegativeAmount, isWholeAmount } from './resource-amounts.ts';

const standardForContainers = new Set(['cpu', 'memory', 'ephemeral-storage']);
const objectCounts = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const standard = new Set([
  ...standardForContainers,
  ...objectCounts,
  'storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);

const hugePagesPrefix = 'hugepages-';
export const isHugePages = (name: string): boolean => name.startsWith(hugePagesPrefix);
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
/** A resource that devices offer: whole numbers, never shared out twice. */
export const isExtendedResource = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedNameProblems(`requests.${name}`).length === 0;
const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);
const isStandard = (name: string): boolean => standard.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');

/** The amount itself: not negative, and whole where the resource is counted. */
export function validateAmount(name: string, amount: string | number, path: string): FieldError[] {
  const errors = isNegativeAmount(amount) ? [fieldError.invalid(path, amountText(amount), 'must be greater than or equal to 0')] : [];
  const isCounted = objectCounts.has(name) || isExtendedResource(name);
  if (isCounted && !isWholeAmount(amount)) errors.push(fieldError.invalid(path, amountText(amount), 'must be an integer'));
  return errors;
}

/** Upstream's `ValidateResourceName`: any name a quota, limit range or container may use. */
export function validateResourceName(name: string, path: string): FieldError[] {
  const problems = problemsAt(qualifiedNameProblems, name, path);
  if (problems.length > 0) return problems;
  return name.includes('/') || isStandard(name) ? [] : [fieldError.invalid(path, name, 'must be a standard resource type or fully qualified')];
}

/** The names that containers may request and limit. */
export function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    return standardForContainers.has(name) || isHugePages(name)
      ? errors
      : [...errors, fieldError.invalid(path, name, 'must be a standard resource for containers')];
  }
  if (!isNative(name) && !isExtendedResource(name)) errors.push(fieldError.invalid(path, name, "doesn't follow extended resource name standard"));
  return errors;
}

const unit = 1_000_000_000n;

export interface RequirementRules {
  readonly validateName?: (name: string, path: string) => FieldError[];
  /** Names in the pod's `spec.resourceClaims`. */
  readonly claimNames: readonly string[];
  /** Skips the page size rule: the stored object breaks it already. */
  readonly allowIndivisibleHugePages?: boolean;
}

/** `resources` of a container or a pod. Each name has its errors in upstream's order: the name, the amount, against the limit, the page size. */
export function validateResourceRequirements(resources: Loose<ResourceRequirements> | undefined, path: string, rules: RequirementRules): FieldError[] {
  if (!resources) return [];
  const limits = resources.limits ?? {};
  const requests = resources.requests ?? {};
  return joined(
    validateLimits(limits, `${path}.limits`, rules),
    validateRequests(requests, limits, path, rules),
    validateCompany([...Object.keys(limits), ...Object.keys(requests)], path),
    validateClaims(resources.claims, `${path}.claims`, rules.claimNames),
  );
}

function validateLimits(limits: ResourceList, path: string, rules: RequirementRules): FieldError[] {
  return Object.entries(limits).flatMap(([name, amount]) => {
    const at = `${path}[${name}]`;
    return joined(validateNameAndAmount(name, amount, at, rules), validatePages(name, amount, at, rules));
  });
}

function validateRequests(requests: ResourceList, limits: ResourceList, path: string, rules: RequirementRules): FieldError[] {
  return Object.entries(requests).flatMap(([name, amount]) => {
    const at = `${path}.requests[${name}]`;
    return joined(
      validateNameAndAmount(name, amount, at, rules),
      validateAgainstLimit(name, amount, limits[name], path),
      validatePages(name, amount, at, rules),
    );
  });
}

function validateNameAndAmount(
  name: string,
  amount: string | number,
  path: string,
  { validateName = validateContainerResourceName }: RequirementRules,
): FieldError[] {
  return joined(validateName(name, path), validateAmount(name, amount, path));
}

function validateAgainstLimit(name: string, amount: string | number, limit: string | number | undefined, path: string): FieldError[] {
  const isExact = !mayOvercommit(name);
  if (limit === undefined) return isExact ? [fieldError.required(`${path}.limits`, 'Limit must be set for non overcommitable resources')] : [];
  const order = compareAmounts(amount, limit);
  if (isExact ? order === 0 : order <= 0) return [];
  const relation = isExact ? 'equal to' : 'less than or equal to';
  return [fieldError.invalid(`${path}.requests`, amountText(amount), `must be ${relation} ${name} limit of ${amountText(limit)}`)];
}

function validatePages(name: string, amount: string | number, path: string, { allowIndivisibleHugePages = false }: RequirementRules): FieldError[] {
  if (!isHugePages(name) || allowIndivisibleHugePages || isDivisibleIntoPages(name, amount)) return [];
  return [fieldError.invalid(path, amountText(amount), `${amountText(amount)} is not positive integer multiple of ${name}`)];
}

/** Whether an amount of `hugepages-<size>` is a whole number of such pages; never for a size that is no whole, positive number of bytes. */
export function isDivisibleIntoPages(name: string, amount: string | number): boolean {
  const size = amountOf(name.slice(hugePagesPrefix.length)).nano;
  if (size <= 0n || size % unit !== 0n) return false;
  const { nano } = amountOf(amount);
  // Upstream counts whole bytes, rounded away from zero.
  const bytes = nano / unit + (nano % unit > 0n ? 1n : nano % unit < 0n ? -1n : 0n);
  return bytes % (size / unit) === 0n;
}

/** Whether a stored pod breaks the page size rule already: then its amounts stay good (upstream's ratchet). Pod-level resources do not count. */
export function hasIndivisibleHugePages(spec: Loose<PodSpec> | undefined): boolean {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  return [spec?.overhead, ...containers.flatMap(({ resources }) => [resources?.limits, resources?.requests])].some((list) =>
    Object.entries(list ?? {}).some(([name, amount]) => isHugePages(name) && !isDivisibleIntoPages(name, amount)),
  );
}

/** Pages alone would leave the scheduler and the kernel without a notion of how large the rest of the program is. */
const validateCompany = (names: readonly string[], path: string): FieldError[] =>
  names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory') ? [fieldError.forbidden(path, 'HugePages require cpu or memory')] : [];

function validateClaims(claims: readonly Loose<ResourceClaim>[] | undefined, path: string, known: readonly string[]): FieldError[] {
  const seen = new Set<string>();
  return eachAt(claims, path, ({ name = '', request = '' }, at) => {
    if (name === '') return [fieldError.required(at)];
    return joined(validateClaimUse(name, request, seen, at), validateClaimName(name, known, at));
  });
}

/** A claim is used once as a whole, or once by each of its requests. */
function validateClaimUse(name: string, request: string, seen: Set<string>, path: string): FieldError[] {
  if (seen.has(name)) return [fieldError.duplicate(path, name)];
  const key = request === '' ? name : `${name}/${request}`;
  const errors = request === '' ? [] : problemsAt(dns1123LabelProblems, request, `${path}.request`);
  if (seen.has(key)) errors.push(fieldError.duplicate(path, key));
  else if (request === '') for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(fieldError.duplicate(path, name));
  seen.add(key);
  return errors;
}

function validateClaimName(name: string, known: readonly string[], path: string): FieldError[] {
  if (known.includes(name)) return [];
  const detail = `must be one of the names in pod.spec.resourceClaims${known.length === 0 ? ' which is empty' : `: ${[...new Set(known)].sort().join(', ')}`}`;
  return [{ ...fieldError.notFound(path, name), detail }];
}
