import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clusterrolebindings, clusterroles, rolebindings, roles } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import type { ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { createRbacEscalationCheck } from './escalation-check.ts';
import { createRbacAuthorizer } from './rbac.ts';

const signal = new AbortController().signal;
const pods = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const secrets = { verbs: ['get', 'list'], apiGroups: [''], resources: ['secrets'] };
const roleRef = (name: string, kind = 'ClusterRole') => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });

const lookup = new MemoryLookup()
  .put(clusterroles, { metadata: { name: 'pods' }, rules: [pods] })
  .put(clusterroles, { metadata: { name: 'secrets' }, rules: [secrets] })
  .put(clusterroles, {
    metadata: { name: 'lender' },
    rules: [{ verbs: ['bind', 'escalate'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], resourceNames: ['secrets'] }],
  })
  .put(clusterrolebindings, { metadata: { name: 'ann' }, roleRef: roleRef('pods'), subjects: [{ kind: 'User', name: 'ann' }] })
  .put(clusterrolebindings, { metadata: { name: 'ben' }, roleRef: roleRef('lender'), subjects: [{ kind: 'User', name: 'ben' }] });
const rbac = createRbacAuthorizer({ lookup });
const check = createRbacEscalationCheck({ lookup, rbac, authorize: async (attributes) => rbac.authorize(attributes, signal) });

async function judge(
  type: ResourceType,
  object: object,
  { user = 'ann', groups = ['staff'], oldObject }: { user?: string; groups?: string[]; oldObject?: object } = {},
): Promise<ValidationOutcome> {
  const request = admissionRequest(type, { object: object as KubernetesObject, ...(oldObject ? { oldObject } : {}), user: { name: user, groups } });
  return check.handles!(request) ? await check.validate!(request, signal) : { kind: 'allow' };
}
const messageOf = (outcome: ValidationOutcome): string => (outcome.kind === 'deny' ? outcome.error.message : outcome.kind);
const secretsRefused =
  '(groups=["staff"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}';

describe('who writes a role', () => {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] };
  const sumRefused = 'clusterroles.rbac.authorization.k8s.io "sum" is forbidden: must have cluster-admin privileges to use the aggregationRule';
  const cases: { name: string; object: object; options?: Parameters<typeof judge>[2]; want: string }[] = [
    { name: 'may grant what they hold', object: { metadata: { name: 'mine' }, rules: [pods] }, want: 'allow' },
    {
      name: 'may not grant more',
      object: { metadata: { name: 'more' }, rules: [pods, secrets] },
      want: `clusterroles.rbac.authorization.k8s.io "more" is forbidden: user "ann" ${secretsRefused}`,
    },
    {
      name: 'may grant anything with escalate on the role',
      object: { metadata: { name: 'secrets' }, rules: [secrets] },
      options: { user: 'ben' },
      want: 'allow',
    },
    {
      name: 'may do anything as a member of system:masters',
      object: { metadata: { name: 'more' }, rules: [secrets] },
      options: { groups: ['system:masters'] },
      want: 'allow',
    },
    {
      name: 'must hold everything to aggregate',
      object: { metadata: { name: 'sum' }, aggregationRule, rules: [] },
      want: sumRefused,
    },
    {
      name: 'must hold everything to stop aggregating',
      object: { metadata: { name: 'sum' }, rules: [] },
      options: { oldObject: { metadata: { name: 'sum' }, aggregationRule, rules: [] } },
      want: sumRefused,
    },
    { name: 'may write an aggregation of nothing', object: { metadata: { name: 'sum' }, aggregationRule: {}, rules: [] }, want: 'allow' },
    {
      name: 'may change owners and finalizers of any role',
      object: { metadata: { name: 'more', finalizers: [], resourceVersion: '2' }, rules: [secrets] },
      options: { oldObject: { metadata: { name: 'more', finalizers: ['x'], resourceVersion: '1' }, rules: [secrets] } },
      want: 'allow',
    },
  ];
  for (const { name, object, options, want } of cases) it(name, async () => assert.equal(messageOf(await judge(clusterroles, object, options)), want));

  it('in a namespace is judged there', async () => {
    const message = messageOf(await judge(roles, { metadata: { name: 'r', namespace: 'default' }, rules: [secrets] }));
    assert.equal(message, `roles.rbac.authorization.k8s.io "r" is forbidden: user "ann" ${secretsRefused}`);
  });
});

describe('who writes a binding', () => {
  const cases = [
    { name: 'may hand out what they hold', role: 'pods', user: 'ann', want: 'allow' },
    {
      name: 'may not hand out more',
      role: 'secrets',
      user: 'ann',
      want: `rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "ann" ${secretsRefused}`,
    },
    { name: 'may hand out anything with bind on the role', role: 'secrets', user: 'ben', want: 'allow' },
    { name: 'needs a role that exists', role: 'gone', user: 'ann', want: 'clusterroles.rbac.authorization.k8s.io "gone" not found' },
  ];
  for (const { name, role, user, want } of cases) {
    it(name, async () =>
      assert.equal(messageOf(await judge(rolebindings, { metadata: { name: 'b', namespace: 'default' }, roleRef: roleRef(role) }, { user })), want),
    );
  }
});
