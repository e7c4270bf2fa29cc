import type { MatchCondition, MatchResources, RuleWithOperations } from '../../../api/generated/admissionregistration-v1.ts';
import { qualifiedNameProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { duplicates, eachAt, optionalOneOfAt, problemsAt, requiredAt } from '../core/field-checks.ts';
import { validateLabelSelector } from '../core/pod-scheduling-validation.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const matchConditionLimit = 64;

/** Which requests a webhook or policy looks at. */
export function validateRule(rule: Loose<RuleWithOperations>, path: string): FieldError[] {
  const errors = requiredAt(rule.operations ?? [], `${path}.operations`);
  errors.push(...loneStar(rule.operations, `${path}.operations`, "if '*' is present, must not specify other operations"));
  errors.push(...eachAt(rule.operations, `${path}.operations`, (operation, at) => optionalOneOfAt(operation, operations, at)));
  for (const field of ['apiGroups', 'apiVersions'] as const) {
    const noun = field === 'apiGroups' ? 'groups' : 'versions';
    errors.push(
      ...requiredAt(rule[field] ?? [], `${path}.${field}`),
      ...loneStar(rule[field], `${path}.${field}`, `if '*' is present, must not specify other API ${noun}`),
    );
  }
  errors.push(...eachAt(rule.apiVersions, `${path}.apiVersions`, (version, at) => (version === '' ? [fieldError.required(at)] : [])));
  return [
    ...errors,
    ...validateResources(rule.resources, `${path}.resources`),
    ...optionalOneOfAt(rule.scope, ['*', 'Cluster', 'Namespaced'], `${path}.scope`),
  ];
}

const loneStar = (list: readonly string[] | undefined, path: string, detail: string): FieldError[] =>
  list?.includes('*') && list.length > 1 ? [fieldError.invalid(path, list, detail)] : [];

/** `pods`, `pods/log`, `pods/*`, `*\/scale`, `*`, `*\/*`; none may say what another says already. */
function validateResources(resources: readonly string[] | undefined, path: string): FieldError[] {
  if (!resources || resources.length === 0) return [fieldError.required(path)];
  const errors: FieldError[] = [];
  if (resources.includes('*/*') && resources.length > 1)
    errors.push(fieldError.invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  if (resources.includes('*') && resources.some((resource) => !resource.includes('/') && resource !== '*'))
    errors.push(fieldError.invalid(path, resources, "if '*' is present, must not specify other resources without subresources"));
  return [
    ...errors,
    ...eachAt(resources, path, (resource, at) => {
      if (resource === '') return [fieldError.required(at)];
      const [main, sub] = resource.split('/', 2);
      if (sub === undefined) return [];
      if (sub !== '*' && resources.includes(`${main}/*`)) return [fieldError.invalid(at, resource, `if '${main}/*' is present, must not specify ${resource}`)];
      return main !== '*' && resources.includes(`*/${sub}`) ? [fieldError.invalid(at, resource, `if '*/${sub}' is present, must not specify ${resource}`)] : [];
    }),
  ];
}

/** CEL conditions by their shape; whether they compile is checked where CEL is. */
export function validateMatchConditions(conditions: readonly Loose<MatchCondition>[] | undefined, path: string): FieldError[] {
  if ((conditions?.length ?? 0) > matchConditionLimit)
    return [{ path, type: 'FieldValueTooMany', value: conditions?.length, detail: `must have at most ${matchConditionLimit} items` }];
  const duplicate = duplicates();
  return eachAt(conditions, path, ({ name = '', expression = '' }, at) => [
    ...(expression.trim() === '' ? [fieldError.required(`${at}.expression`)] : []),
    ...(name === '' ? [fieldError.required(`${at}.name`)] : [...problemsAt(qualifiedNameProblems, name, `${at}.name`), ...duplicate(name, `${at}.name`)]),
  ]);
}

/** `matchConstraints` and `matchResources` of admission policies. */
export function validateMatchResources(match: Loose<MatchResources> | undefined, path: string, requiresRules: boolean): FieldError[] {
  if (!match) return requiresRules ? [fieldError.required(path)] : [];
  return [
    ...optionalOneOfAt(match.matchPolicy, ['Equivalent', 'Exact'], `${path}.matchPolicy`),
    ...validateLabelSelector(match.namespaceSelector, `${path}.namespaceSelector`),
    ...validateLabelSelector(match.objectSelector, `${path}.objectSelector`),
    ...(requiresRules && (match.resourceRules?.length ?? 0) === 0 ? [fieldError.required(`${path}.resourceRules`)] : []),
    ...eachAt(match.resourceRules, `${path}.resourceRules`, validateRule),
    ...eachAt(match.excludeResourceRules, `${path}.excludeResourceRules`, validateRule),
  ];
}

/** Fills what every match leaves out. */
export function applyMatchDefaults(match: Loose<MatchResources> | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}
