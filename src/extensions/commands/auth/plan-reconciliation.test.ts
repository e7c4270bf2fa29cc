import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PlanOptions, planCreation, planUpdate, type RoleObject } from './plan-reconciliation.ts';
import { breakDown, compact, uncovered } from './policy-rules.ts';

const keep: PlanOptions = { removesExtraPermissions: false, removesExtraSubjects: false };
const remove: PlanOptions = { removesExtraPermissions: true, removesExtraSubjects: true };
const rule = (resources: string[], verbs: string[]) => ({ apiGroups: [''], resources, verbs });
const role = (...rules: ReturnType<typeof rule>[]): RoleObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'r' },
  rules,
});
const binding = (names: string[], target = 'r'): RoleObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'b' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: target },
  subjects: names.map((name) => ({ kind: 'User', name })),
});

describe('a role', () => {
  it('is created when it is not there', () => assert.equal(planCreation(role()).operation, 'create'));
  it('stays when its rules cover what is expected', () =>
    assert.equal(planUpdate(role(rule(['*'], ['get', 'list'])), role(rule(['pods'], ['get'])), keep).operation, 'none'));
  it('gets what it lacks', () => {
    const plan = planUpdate(role(rule(['pods'], ['get'])), role(rule(['pods'], ['get', 'list'])), keep);
    assert.equal(plan.operation, 'update');
    assert.deepEqual(plan.object.rules, [rule(['pods'], ['get']), rule(['pods'], ['list'])]);
  });
  it('loses what is too much only when that is asked for', () => {
    const existing = role(rule(['pods'], ['get', 'delete']));
    const expected = role(rule(['pods'], ['get']));
    assert.equal(planUpdate(existing, expected, keep).operation, 'none');
    const plan = planUpdate(existing, expected, remove);
    assert.deepEqual({ operation: plan.operation, rules: plan.object.rules }, { operation: 'update', rules: expected.rules });
  });
  it('may opt out', () => {
    const existing = { ...role(), metadata: { name: 'r', annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } } };
    assert.equal(planUpdate(existing, role(rule(['pods'], ['get'])), keep).isProtected, true);
  });
});

describe('a binding', () => {
  it('gets subjects that it lacks, and keeps its own', () => {
    const plan = planUpdate(binding(['a']), binding(['b']), keep);
    assert.deepEqual(
      plan.object.subjects?.map(({ name }) => name),
      ['a', 'b'],
    );
  });
  it('loses others when that is asked for', () =>
    assert.deepEqual(
      planUpdate(binding(['a']), binding(['b']), remove).object.subjects?.map(({ name }) => name),
      ['b'],
    ));
  it('is made anew for another role', () => assert.equal(planUpdate(binding(['a']), binding(['a'], 'other'), keep).operation, 'recreate'));
});

describe('rules', () => {
  it('of one resource are put together', () =>
    assert.deepEqual(compact(breakDown([rule(['pods'], ['get']), rule(['pods', 'services'], ['list'])])), [
      rule(['pods'], ['get', 'list']),
      rule(['services'], ['list']),
    ]));
  const cases: readonly [string, Parameters<typeof uncovered>, number][] = [
    ['a star covers every resource', [[rule(['*'], ['*'])], [rule(['pods', 'pods/log'], ['get', 'watch'])]], 0],
    ['a star before a sub-resource covers that of each', [[rule(['*/log'], ['get'])], [rule(['pods/log'], ['get'])]], 0],
    ['a star before a sub-resource covers no other', [[rule(['*/log'], ['get'])], [rule(['pods/exec'], ['get'])]], 1],
    ['names cover themselves', [[{ ...rule(['pods'], ['get']), resourceNames: ['a'] }], [rule(['pods'], ['get'])]], 1],
    ['a path with a star covers what begins so', [[{ verbs: ['get'], nonResourceURLs: ['/logs/*'] }], [{ verbs: ['get'], nonResourceURLs: ['/logs/a'] }]], 0],
  ];
  for (const [name, [owned, wanted], missing] of cases) it(name, () => assert.equal(uncovered(owned, wanted).length, missing));
});
