import type { FlowSchema, PolicyRulesWithSubjects } from '../../../api/generated/flowcontrol-v1.ts';
import { flowschemas } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { dnsSubdomainAt, eachAt, oneOfAt, requiredAt } from '../core/field-checks.ts';

/** flowcontrol.apiserver.k8s.io/v1 `flowschemas`. */
export function flowSchemaDefinition(): ResourceDefinition {
  return defineBuiltIn(flowschemas, {
    columns: [
      nameColumn,
      { name: 'PriorityLevel', description: 'The level its requests get.', cell: ({ spec }) => spec?.priorityLevelConfiguration?.name ?? '' },
      {
        name: 'MatchingPrecedence',
        type: 'integer',
        description: 'Its place in the order; low comes first.',
        cell: ({ spec }) => spec?.matchingPrecedence ?? 0,
      },
      { name: 'DistinguisherMethod', description: 'How requests are told apart.', cell: ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>' },
      ageColumn,
      {
        name: 'MissingPL',
        description: 'Whether its priority level is missing.',
        cell: ({ status }) => status?.conditions?.find((condition) => condition.type === 'Dangling')?.status ?? '?',
      },
    ],
    applyDefaults(draft) {
      (draft.spec ??= {}).matchingPrecedence ||= 1000;
    },
    prepareForCreate(draft) {
      draft.status = {};
    },
    validate,
  });
}

function validate({ metadata, spec = {} }: Draft<FlowSchema>): FieldError[] {
  const precedence = spec.matchingPrecedence ?? 0;
  const level = spec.priorityLevelConfiguration?.name;
  const errors: FieldError[] = [];
  if (precedence <= 0) errors.push(fieldError.invalid('spec.matchingPrecedence', precedence, 'must be a positive value'));
  if (precedence > 10_000) errors.push(fieldError.invalid('spec.matchingPrecedence', precedence, 'must not be greater than 10000'));
  if (precedence === 1 && metadata.name !== 'exempt')
    errors.push(fieldError.invalid('spec.matchingPrecedence', precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  if (spec.distinguisherMethod) errors.push(...oneOfAt(spec.distinguisherMethod.type, ['ByNamespace', 'ByUser'], 'spec.distinguisherMethod.type'));
  errors.push(
    ...(level
      ? dnsSubdomainAt(level, 'spec.priorityLevelConfiguration.name')
      : [fieldError.required('spec.priorityLevelConfiguration.name', 'must reference a priority level')]),
  );
  return [...errors, ...eachAt(spec.rules, 'spec.rules', validateRules)];
}

function validateRules(rule: Loose<PolicyRulesWithSubjects>, path: string): FieldError[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  const errors = requiredAt(subjects, `${path}.subjects`, 'subjects must contain at least one value');
  errors.push(
    ...eachAt(subjects, `${path}.subjects`, (subject, at) => {
      const fields: Readonly<Record<string, 'user' | 'group' | 'serviceAccount'>> = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' };
      const field = fields[subject.kind ?? ''];
      if (!field) return [fieldError.notSupported(`${at}.kind`, subject.kind ?? '', ['Group', 'ServiceAccount', 'User'])];
      if (!subject[field]) return [fieldError.required(`${at}.${field}`, `${field} is required when subject kind is '${subject.kind ?? ''}'`)];
      return requiredAt(subject[field].name, `${at}.${field}.name`);
    }),
  );
  if (resourceRules.length === 0 && nonResourceRules.length === 0)
    errors.push(fieldError.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  errors.push(
    ...eachAt(resourceRules, `${path}.resourceRules`, (resource, at) => [
      ...requiredAt(resource.verbs ?? [], `${at}.verbs`, 'resource rules must supply at least one verb'),
      ...requiredAt(resource.apiGroups ?? [], `${at}.apiGroups`, 'resource rules must supply at least one api group'),
      ...requiredAt(resource.resources ?? [], `${at}.resources`, 'resource rules must supply at least one resource'),
      ...((resource.namespaces?.length ?? 0) === 0 && !resource.clusterScope
        ? [fieldError.required(`${at}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace')]
        : []),
    ]),
  );
  return [
    ...errors,
    ...eachAt(nonResourceRules, `${path}.nonResourceRules`, (other, at) => [
      ...requiredAt(other.verbs ?? [], `${at}.verbs`, 'verbs must contain at least one value'),
      ...requiredAt(other.nonResourceURLs ?? [], `${at}.nonResourceURLs`, 'nonResourceURLs must contain at least one value'),
    ]),
  ];
}
