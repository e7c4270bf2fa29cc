import type { RoleBinding, Subject } from '../../../api/generated/rbac-v1.ts';
import { clusterrolebindings, rolebindings } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { pathSegmentName } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, type Column, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { dnsSubdomainAt, eachAt, requiredAt } from '../core/field-checks.ts';

const rbacGroup = 'rbac.authorization.k8s.io';
type Binding = Draft<RoleBinding>;

const columns: readonly Column<RoleBinding>[] = [
  nameColumn,
  { name: 'Role', description: 'What is granted.', cell: ({ roleRef }) => `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}` },
  ageColumn,
  { name: 'Users', priority: 1, description: 'Users it is granted to.', cell: (binding) => subjectNames(binding, 'User') },
  { name: 'Groups', priority: 1, description: 'Groups it is granted to.', cell: (binding) => subjectNames(binding, 'Group') },
  { name: 'ServiceAccounts', priority: 1, description: 'Service accounts it is granted to.', cell: (binding) => subjectNames(binding, 'ServiceAccount') },
];

/** rbac.authorization.k8s.io/v1 `rolebindings`. */
export const roleBindingDefinition = (): ResourceDefinition =>
  defineBuiltIn(rolebindings, {
    createsOnUpdate: true,
    columns,
    validateName: pathSegmentName,
    applyDefaults,
    validate: (binding) => validate(binding, ['Role', 'ClusterRole']),
    validateUpdate,
  });

/** rbac.authorization.k8s.io/v1 `clusterrolebindings`. */
export const clusterRoleBindingDefinition = (): ResourceDefinition =>
  defineBuiltIn(clusterrolebindings, {
    createsOnUpdate: true,
    columns,
    validateName: pathSegmentName,
    applyDefaults,
    validate: (binding) => validate(binding, ['ClusterRole']),
    validateUpdate,
  });

function subjectNames({ subjects = [] }: Binding, kind: string): string {
  const named = subjects.filter((subject) => subject.kind === kind);
  return named.map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name ?? ''}` : (subject.name ?? ''))).join(', ');
}

function applyDefaults(draft: Binding): void {
  if (draft.roleRef) draft.roleRef.apiGroup ||= rbacGroup;
  for (const subject of draft.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
  }
}

function validate({ roleRef, subjects }: Binding, kinds: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  if (roleRef?.apiGroup !== rbacGroup) errors.push(fieldError.notSupported('roleRef.apiGroup', roleRef?.apiGroup ?? '', [rbacGroup]));
  if (!kinds.includes(roleRef?.kind ?? '')) errors.push(fieldError.notSupported('roleRef.kind', roleRef?.kind ?? '', kinds));
  if (!roleRef?.name) errors.push(fieldError.required('roleRef.name'));
  else errors.push(...pathSegmentName(roleRef.name, false).map((detail) => fieldError.invalid('roleRef.name', roleRef.name, detail)));
  const isNamespaced = kinds.includes('Role');
  return [...errors, ...eachAt(subjects, 'subjects', (subject, path) => validateSubject(subject, path, isNamespaced))];
}

function validateSubject({ kind = '', name = '', namespace = '', apiGroup = '' }: Loose<Subject>, path: string, isNamespaced: boolean): FieldError[] {
  const errors = requiredAt(name, `${path}.name`);
  if (kind === 'ServiceAccount') {
    if (name) errors.push(...dnsSubdomainAt(name, `${path}.name`));
    if (apiGroup) errors.push(fieldError.notSupported(`${path}.apiGroup`, apiGroup, ['']));
    // Within a namespace upstream lets it be left out.
    return isNamespaced ? errors : [...errors, ...requiredAt(namespace, `${path}.namespace`)];
  }
  if (kind !== 'User' && kind !== 'Group') return [...errors, fieldError.notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
  return apiGroup === rbacGroup ? errors : [...errors, fieldError.notSupported(`${path}.apiGroup`, apiGroup, [rbacGroup])];
}

const validateUpdate = (binding: Binding, old: Binding): FieldError[] =>
  sameValue(binding.roleRef, old.roleRef) ? [] : [fieldError.invalid('roleRef', binding.roleRef, 'cannot change roleRef')];
