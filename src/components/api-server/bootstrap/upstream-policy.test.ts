import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { PolicyRule, Role, RoleBinding } from '../../../api/generated/rbac-v1.ts';
import { flowSchemaObjects, priorityLevelObjects } from './flow-control-objects.ts';
import { clusterRoleBindingObjects, clusterRoleObjects, roleBindingObjects, roleObjects } from './rbac-objects.ts';

/** Facts of a new Kubernetes 1.36 cluster: rules as `verbs groups:resources=names` or `verbs paths`; bindings as the role, then subjects. */
interface Policy {
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly bindings: Readonly<Record<string, readonly string[]>>;
  /** Labels of the roles that have more than the usual one. */
  readonly aggregated: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
interface FlowControl {
  readonly levels: Readonly<Record<string, unknown>>;
  readonly schemas: Readonly<Record<string, unknown>>;
}
const facts = (file: string): unknown => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
const policy = facts('./upstream-policy.json') as Policy;
const flowControl = facts('./upstream-flow-control.json') as FlowControl;

const keyOf = ({ metadata: { namespace, name } }: Role | RoleBinding): string => `${namespace ? `${namespace}/` : ''}${name}`;
const named = <T extends Role | RoleBinding>(objects: readonly T[]): Map<string, T> => new Map(objects.map((object) => [keyOf(object), object]));
const roles = named([...clusterRoleObjects(), ...roleObjects()]);
const bindings = named([...clusterRoleBindingObjects(), ...roleBindingObjects()]);
/** What kubeadm adds, and wherry has from the start: anyone may read how to join. */
const ownKeys = ['kube-public/kubeadm:bootstrap-signer-clusterinfo'];

function ruleText({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  if (nonResourceURLs) return `${verbs.join(',')} ${nonResourceURLs.join(',')}`;
  const groups = (apiGroups ?? []).map((group) => group || 'core').join(',');
  return `${verbs.join(',')} ${groups}:${(resources ?? []).join(',')}${resourceNames ? `=${resourceNames.join(',')}` : ''}`;
}

describe("upstream's bootstrap policy", () => {
  for (const [key, rules] of Object.entries(policy.roles)) {
    it(`has the role ${key} with upstream's rules`, () => {
      const role = roles.get(key);
      assert.ok(role, key);
      const gathers = ('aggregationRule' in role ? role.aggregationRule : undefined) as { clusterRoleSelectors: { matchLabels: unknown }[] } | undefined;
      const texts = gathers
        ? gathers.clusterRoleSelectors.map(({ matchLabels }) => `gathers ${JSON.stringify(matchLabels)}`)
        : (role.rules ?? []).map(ruleText);
      assert.deepEqual(texts, rules);
      assert.deepEqual(role.metadata.labels, policy.aggregated[key] ?? { 'kubernetes.io/bootstrapping': 'rbac-defaults' });
    });
  }
  for (const [key, words] of Object.entries(policy.bindings)) {
    it(`has the binding ${key} of upstream's role to upstream's subjects`, () => {
      const binding = bindings.get(key);
      assert.ok(binding, key);
      const subjects = (binding.subjects ?? []).map(({ kind, namespace, name }) => [kind, ...(namespace ? [namespace] : []), name].join('/'));
      assert.deepEqual([`${binding.roleRef.kind}/${binding.roleRef.name}`, ...subjects], words);
    });
  }
  it('has no others but what kubeadm adds', () => {
    assert.deepEqual(
      [...roles.keys()].filter((key) => !(key in policy.roles)),
      ownKeys,
    );
    assert.deepEqual(
      [...bindings.keys()].filter((key) => !(key in policy.bindings)),
      ownKeys,
    );
  });
});

describe("upstream's flow control", () => {
  const specs = (objects: readonly { readonly metadata: { readonly name?: string }; readonly spec?: unknown }[]): Record<string, unknown> =>
    Object.fromEntries(objects.map(({ metadata, spec }) => [metadata.name!, spec]));
  it('has the same priority levels', () => assert.deepEqual(specs(priorityLevelObjects()), flowControl.levels));
  it('has the same flow schemas', () => assert.deepEqual(specs(flowSchemaObjects(0)), flowControl.schemas));
});
