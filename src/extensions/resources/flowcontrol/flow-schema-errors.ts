import type { FlowSchema, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from '../../../api/generated/flowcontrol-v1.ts';
import { dns1123LabelProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { dnsLabelAt, dnsSubdomainAt, duplicates, eachAt, optionalOneOfAt, requiredAt } from '../core/field-checks.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const greatestPrecedence = 10_000;

/** What is wrong with a flow schema, in upstream's words. */
export function flowSchemaErrors({ metadata, spec = {}, status }: Draft<FlowSchema>): FieldError[] {
  const precedence = spec.matchingPrecedence ?? 0;
  const at = 'spec.matchingPrecedence';
  const level = spec.priorityLevelConfiguration?.name;
  const errors: FieldError[] = [];
  if (precedence <= 0) errors.push(fieldError.invalid(at, precedence, 'must be a positive value'));
  if (precedence > greatestPrecedence) errors.push(fieldError.invalid(at, precedence, `must not be greater than ${greatestPrecedence}`));
  if (precedence === 1 && metadata.name !== 'exempt')
    errors.push(fieldError.invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  if (spec.distinguisherMethod)
    errors.push(...optionalOneOfAt(spec.distinguisherMethod.type ?? '', ['ByNamespace', 'ByUser'], 'spec.distinguisherMethod.type'));
  const name = 'spec.priorityLevelConfiguration.name';
  errors.push(...(level ? dnsSubdomainAt(level, name) : [fieldError.required(name, 'must reference a priority level')]));
  const duplicate = duplicates();
  return [
    ...errors,
    ...eachAt(spec.rules, 'spec.rules', ruleErrors),
    ...eachAt(status?.conditions, 'status.conditions', ({ type = '' }, path) => [...duplicate(type, `${path}.type`), ...requiredAt(type, `${path}.type`)]),
  ];
}

function ruleErrors({ subjects = [], resourceRules = [], nonResourceRules = [] }: Loose<PolicyRulesWithSubjects>, path: string): FieldError[] {
  const isEmpty = resourceRules.length === 0 && nonResourceRules.length === 0;
  return [
    ...requiredAt(subjects, `${path}.subjects`, 'subjects must contain at least one value'),
    ...eachAt(subjects, `${path}.subjects`, subjectErrors),
    ...(isEmpty ? [fieldError.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')] : []),
    ...eachAt(resourceRules, `${path}.resourceRules`, resourceRuleErrors),
    ...eachAt(nonResourceRules, `${path}.nonResourceRules`, otherRuleErrors),
  ];
}

const subjectFields: Readonly<Record<string, 'user' | 'group' | 'serviceAccount'>> = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' };

function subjectErrors(subject: Loose<Subject>, path: string): FieldError[] {
  const field = subjectFields[subject.kind ?? ''];
  if (!field) return [fieldError.notSupported(`${path}.kind`, subject.kind ?? '', Object.keys(subjectFields).sort())];
  const others = Object.entries(subjectFields).filter(([, other]) => other !== field && subject[other] !== undefined);
  return [
    ...namedErrors(subject, field, `${path}.${field}`),
    ...others.map(([kind, other]) => fieldError.forbidden(`${path}.${other}`, `${other} is forbidden when subject kind is not '${kind}'`)),
  ];
}

function namedErrors(subject: Loose<Subject>, field: 'user' | 'group' | 'serviceAccount', path: string): FieldError[] {
  const named = subject[field];
  if (!named) return [fieldError.required(path, `${field} is required when subject kind is '${subject.kind ?? ''}'`)];
  const { name = '' } = named;
  if (field !== 'serviceAccount') return requiredAt(name, `${path}.name`);
  const namespace = subject.serviceAccount?.namespace ?? '';
  return [
    ...(name === '' ? [fieldError.required(`${path}.name`)] : name === '*' ? [] : dnsSubdomainAt(name, `${path}.name`)),
    ...(namespace === ''
      ? [fieldError.required(`${path}.namespace`, 'must specify namespace for service account')]
      : dnsLabelAt(namespace, `${path}.namespace`)),
  ];
}

function verbErrors(given: readonly string[], path: string): FieldError[] {
  if (given.length === 0) return [fieldError.required(path, 'verbs must contain at least one value')];
  if (given.includes('*')) return aloneErrors(given, path, 'verbs');
  return given.every((verb) => verbs.includes(verb)) ? [] : [fieldError.notSupported(path, given, verbs)];
}

const aloneErrors = (given: readonly string[], path: string, what: string): FieldError[] =>
  given.includes('*') && given.length > 1 ? [fieldError.invalid(path, given, `if '*' is present, must not specify other ${what}`)] : [];

function resourceRuleErrors(
  { verbs: asked = [], apiGroups = [], resources = [], namespaces = [], clusterScope = false }: Loose<ResourcePolicyRule>,
  path: string,
): FieldError[] {
  return [
    ...verbErrors(asked, `${path}.verbs`),
    ...requiredAt(apiGroups, `${path}.apiGroups`, 'resource rules must supply at least one api group'),
    ...aloneErrors(apiGroups, `${path}.apiGroups`, 'api groups'),
    ...requiredAt(resources, `${path}.resources`, 'resource rules must supply at least one resource'),
    ...aloneErrors(resources, `${path}.resources`, 'resources'),
    ...(namespaces.length === 0 && !clusterScope
      ? [fieldError.required(`${path}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace')]
      : []),
    ...(namespaces.includes('*') ? aloneErrors(namespaces, `${path}.namespaces`, 'namespaces') : eachAt(namespaces, `${path}.namespaces`, namespaceErrors)),
  ];
}

const namespaceErrors = (namespace: string, path: string): FieldError[] =>
  dns1123LabelProblems(namespace).map((problem) => fieldError.invalid(path, namespace, `each member of this list must be '*' or a DNS-1123 label; ${problem}`));

function otherRuleErrors({ verbs: asked = [], nonResourceURLs = [] }: Loose<NonResourcePolicyRule>, path: string): FieldError[] {
  const at = `${path}.nonResourceURLs`;
  return [
    ...verbErrors(asked, `${path}.verbs`),
    ...requiredAt(nonResourceURLs, at, 'nonResourceURLs must contain at least one value'),
    ...(nonResourceURLs.includes('*') ? aloneErrors(nonResourceURLs, at, 'non-resource URLs') : eachAt(nonResourceURLs, at, urlErrors)),
  ];
}

function urlErrors(url: string, path: string): FieldError[] {
  if (url === '/') return [];
  const problem =
    url === ''
      ? 'must not be empty'
      : !url.startsWith('/')
        ? 'must start with slash'
        : url.includes(' ')
          ? 'must not contain white-space'
          : url.includes('//')
            ? 'must not contain double slash'
            : url.includes('*') && (!url.endsWith('/*') || url.indexOf('*') < url.length - 1)
              ? 'wildcard can only do suffix matching'
              : undefined;
  return problem === undefined ? [] : [fieldError.invalid(path, url, problem)];
}
