import type { ClusterRole, PolicyRule, Role, RoleBinding, Subject } from '../../../api/generated/rbac-v1.ts';
import { aggregateClusterRole } from '../../../extension-points/authorization/aggregate-cluster-role.ts';
import { clusterRoleBindingTable, clusterRoleTable, nodeRuleTable } from './cluster-roles.ts';
import { controllerRoleTable } from './controller-roles.ts';
import { publicRoleBindingTable, publicRoleTable, systemRoleBindingTable, systemRoleTable } from './namespace-roles.ts';
import { parseRoles, parseRules, type TabledRole } from './rule-table.ts';

const rbacGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${rbacGroup}/v1`;
export const autoUpdateAnnotation = 'rbac.authorization.kubernetes.io/autoupdate';
const controllerPrefix = 'system:controller:';

/** What every node may do: the rules of the cluster role `system:node`, which the node authorizer falls back to. */
export const nodeRules = (): PolicyRule[] => parseRules(nodeRuleTable);

/** The default cluster roles; aggregated ones already hold what they gather. */
export function clusterRoleObjects(): ClusterRole[] {
  const tabled: TabledRole[] = [
    ...parseRoles(clusterRoleTable),
    { name: 'system:node', rules: nodeRules() },
    ...parseRoles(controllerRoleTable).map((role) => ({ ...role, name: `${controllerPrefix}${role.name}` })),
  ];
  const roles = tabled.map(clusterRole);
  // Innermost first: edit gathers view's rules, admin edit's.
  for (const name of ['view', 'edit', 'admin']) {
    const role = roles.find((candidate) => candidate.metadata.name === name)!;
    role.rules = aggregateClusterRole(role, roles) ?? [];
  }
  return roles;
}

function clusterRole({ name, aggregatedTo, gathers, rules }: TabledRole): ClusterRole {
  const label = (target: string): Record<string, string> => ({ [`${rbacGroup}/aggregate-to-${target}`]: 'true' });
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata: metadata({ name, labels: aggregatedTo ? label(aggregatedTo) : {} }),
    ...(gathers ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: label(gathers) }] } } : {}),
    rules,
  };
}

export function clusterRoleBindingObjects(): RoleBinding[] {
  const controllers = lines(controllerRoleTable)
    .filter((line) => !line.startsWith(' '))
    .map((name) => `${controllerPrefix}${name} ServiceAccount/kube-system/${name}`);
  return [...lines(clusterRoleBindingTable), ...controllers].map((line) => binding(line, 'ClusterRole'));
}

export const roleObjects = (): Role[] => [
  ...parseRoles(systemRoleTable).map((tabled) => role(tabled, 'kube-system')),
  ...parseRoles(publicRoleTable).map((tabled) => role(tabled, 'kube-public')),
];

export const roleBindingObjects = (): RoleBinding[] => [
  ...lines(systemRoleBindingTable).map((line) => binding(line, 'Role', 'kube-system')),
  ...lines(publicRoleBindingTable).map((line) => binding(line, 'Role', 'kube-public')),
];

const role = ({ name, rules }: TabledRole, namespace: string): Role => ({ apiVersion, kind: 'Role', metadata: metadata({ name, namespace }), rules });

function binding(line: string, kind: 'ClusterRole' | 'Role', namespace?: string): RoleBinding {
  const [roleName = '', ...words] = line.split(' ');
  const name = words.find((word) => word.startsWith('as:'))?.slice(3) ?? roleName;
  const subjects = words.filter((word) => !word.startsWith('as:')).map(subject);
  return {
    apiVersion,
    kind: `${kind}Binding`,
    metadata: metadata({ name, ...(namespace ? { namespace } : {}) }),
    roleRef: { apiGroup: rbacGroup, kind, name: roleName },
    ...(subjects.length > 0 ? { subjects } : {}),
  };
}

function subject(word: string): Subject {
  const [kind = '', ...rest] = word.split('/');
  if (kind === 'ServiceAccount') return { kind, namespace: rest[0]!, name: rest[1]! };
  return { apiGroup: rbacGroup, kind, name: rest.join('/') };
}

const lines = (table: string): string[] => table.split('\n').filter((line) => line !== '');

function metadata({ name, namespace, labels = {} }: { name: string; namespace?: string; labels?: Record<string, string> }): Role['metadata'] {
  return {
    name,
    ...(namespace ? { namespace } : {}),
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { [autoUpdateAnnotation]: 'true' },
  };
}
