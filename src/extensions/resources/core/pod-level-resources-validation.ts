import type { PodSpec } from '../../../api/generated/core-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { eachAt, joined } from './field-checks.ts';
import { aggregateContainerLimits, aggregateContainerRequests, isPodLevelResource } from './pod-resources.ts';
import { amountText, compareAmounts } from './resource-amounts.ts';
import { isHugePages, type RequirementRules, validateResourceName, validateResourceRequirements } from './resource-requirements-validation.ts';

/** `spec.resources`: what a pod may use as a whole, against its own rules and against what its containers ask for (upstream's `validatePodResources`). */
export function validatePodLevelResources(spec: Loose<PodSpec>, rules: Omit<RequirementRules, 'validateName'>, path: string): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  if (spec.os?.name === 'windows') return [fieldError.forbidden(path, 'may not be set for a windows pod')];
  return joined(
    resources.claims === undefined ? [] : [fieldError.forbidden(`${path}.claims`, 'claims may not be set for Resources at pod-level')],
    validateResourceRequirements(resources, path, { ...rules, validateName: validatePodLevelName }),
    validateAggregateRequests(spec, `${path}.requests`),
    validateAggregatePages(spec, `${path}.limits`),
    validateContainerLimits(spec, path),
  );
}

function validatePodLevelName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return [fieldError.notSupported(path, name, ['cpu', 'hugepages-', 'memory'])];
}

function validateAggregateRequests(spec: Loose<PodSpec>, path: string): FieldError[] {
  return Object.entries(aggregateContainerRequests(spec)).flatMap(([name, amount]) => {
    const request = spec.resources?.requests?.[name];
    if (request === undefined || compareAmounts(amount, request) <= 0) return [];
    return [
      fieldError.invalid(`${path}[${name}]`, amountText(request), `must be greater than or equal to aggregate container requests of ${amountText(amount)}`),
    ];
  });
}

/** Pages are never overcommitted: what the containers may use together must fit, not only what they ask for. */
function validateAggregatePages(spec: Loose<PodSpec>, path: string): FieldError[] {
  return Object.entries(aggregateContainerLimits(spec)).flatMap(([name, amount]) => {
    const limit = spec.resources?.limits?.[name];
    if (!isHugePages(name) || limit === undefined || compareAmounts(amount, limit) <= 0) return [];
    return [fieldError.invalid(`${path}[${name}]`, amountText(limit), `must be greater than or equal to aggregate container limits of ${amountText(amount)}`)];
  });
}

/** Upstream reports them at this path, which is none of the object's. */
function validateContainerLimits(spec: Loose<PodSpec>, path: string): FieldError[] {
  return eachAt(spec.containers, `${path}.containers`, (container, at) =>
    Object.entries(container.resources?.limits ?? {}).flatMap(([name, amount]) => {
      const limit = spec.resources?.limits?.[name];
      if (limit === undefined || compareAmounts(amount, limit) <= 0) return [];
      return [fieldError.invalid(`${at}[${name}].limits`, amountText(amount), `must be less than or equal to pod limits of ${amountText(limit)}`)];
    }),
  );
}
