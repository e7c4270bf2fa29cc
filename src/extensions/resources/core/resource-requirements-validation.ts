import type { ResourceClaim, ResourceList, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import { dns1123LabelProblems, qualifiedNameProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { duplicates, eachAt, joined, problemsAt } from './field-checks.ts';
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

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
/** A resource that devices offer: whole numbers, never shared out twice. */
export const isExtendedResource = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedNameProblems(`requests.${name}`).length === 0;
const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);
const isStandard = (name: string): boolean => standard.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');

/** The amount itself: not negative, and whole where the resource is counted. */
export function validateAmount(name: string, amount: string | number, path: string): FieldError[] {
  if (isNegativeAmount(amount)) return [fieldError.invalid(path, amountText(amount), 'must be greater than or equal to 0')];
  const counted = objectCounts.has(name) || isExtendedResource(name);
  return counted && !isWholeAmount(amount) ? [fieldError.invalid(path, amountText(amount), 'must be an integer')] : [];
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

export interface RequirementRules {
  readonly validateName?: (name: string, path: string) => FieldError[];
  /** Names in the pod's `spec.resourceClaims`. */
  readonly claimNames: readonly string[];
  /** Skips the page size rule: the stored object breaks it already. */
  readonly allowIndivisibleHugePages?: boolean;
}

/** `resources` of a container or a pod. */
export function validateResourceRequirements(resources: Loose<ResourceRequirements> | undefined, path: string, rules: RequirementRules): FieldError[] {
  if (!resources) return [];
  const limits = resources.limits ?? {};
  const requests = resources.requests ?? {};
  const errors = joined(
    validateList(limits, `${path}.limits`, rules),
    validateRequests(requests, limits, path, rules),
    validateClaims(resources.claims, `${path}.claims`, rules.claimNames),
  );
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory'))
    errors.push(fieldError.forbidden(path, 'HugePages require cpu or memory'));
  return errors;
}

function validateList(
  list: ResourceList,
  path: string,
  { validateName = validateContainerResourceName, allowIndivisibleHugePages = false }: RequirementRules,
): FieldError[] {
  return Object.entries(list).flatMap(([name, amount]) => {
    const at = `${path}[${name}]`;
    const pages = allowIndivisibleHugePages ? [] : validatePages(name, amount, at);
    return joined(validateName(name, at), validateAmount(name, amount, at), pages);
  });
}

function validatePages(name: string, amount: string | number, path: string): FieldError[] {
  if (!isHugePages(name)) return [];
  const size = amountOf(name.slice('hugepages-'.length)).nano;
  return size > 0n && amountOf(amount).nano % size === 0n
    ? []
    : [fieldError.invalid(path, amountText(amount), `${amountText(amount)} is not positive integer multiple of ${name}`)];
}

function validateRequests(requests: ResourceList, limits: ResourceList, path: string, rules: RequirementRules): FieldError[] {
  const errors = validateList(requests, `${path}.requests`, rules);
  for (const [name, amount] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined) {
      if (!mayOvercommit(name)) errors.push(fieldError.required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    } else if (!mayOvercommit(name) && compareAmounts(amount, limit) !== 0) {
      errors.push(fieldError.invalid(`${path}.requests`, amountText(amount), `must be equal to ${name} limit of ${amountText(limit)}`));
    } else if (mayOvercommit(name) && compareAmounts(amount, limit) > 0) {
      errors.push(fieldError.invalid(`${path}.requests`, amountText(amount), `must be less than or equal to ${name} limit of ${amountText(limit)}`));
    }
  }
  return errors;
}

function validateClaims(claims: readonly Loose<ResourceClaim>[] | undefined, path: string, known: readonly string[]): FieldError[] {
  const duplicate = duplicates();
  return eachAt(claims, path, ({ name = '', request = '' }, at) => {
    if (name === '') return [fieldError.required(at)];
    const key = request === '' ? name : `${name}/${request}`;
    return joined(duplicate(key, at), validateClaim(name, at, known));
  });
}

function validateClaim(name: string, path: string, known: readonly string[]): FieldError[] {
  if (known.includes(name)) return dns1123LabelProblems(name).map((detail) => fieldError.invalid(`${path}.name`, name, detail));
  const detail = `must be one of the names in pod.spec.resourceClaims${known.length === 0 ? ' which is empty' : `: ${known.join(', ')}`}`;
  return [{ ...fieldError.notFound(path, name), detail }];
}
