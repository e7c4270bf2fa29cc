import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { flowschemas, prioritylevelconfigurations } from '../../../api/generated/resource-types.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { flowSchemaObjects, priorityLevelObjects } from '../bootstrap/flow-control-objects.ts';
import { requestInfo } from '../request-info.ts';
import { type Admitted, Fairness } from './fairness.ts';
import { Overloaded } from './overloaded.ts';
import { divideSeats } from './seat-shares.ts';

const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups: [...groups, 'system:authenticated'] });
const withUid = <T extends { metadata: { name?: string } }>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, uid: `uid-${object.metadata.name}` },
});

const disposables: Disposable[] = [];
afterEach(() => disposables.splice(0).forEach((disposable) => disposable[Symbol.dispose]()));

function world({ seats = 600, isBare = false }: { seats?: number; isBare?: boolean } = {}) {
  const lookup = new MemoryLookup();
  if (!isBare) {
    lookup.put(prioritylevelconfigurations, ...priorityLevelObjects().map(withUid));
    lookup.put(flowschemas, ...flowSchemaObjects(0).map(withUid));
  }
  const fairness = new Fairness({ lookup, seats, clock: new ManualClock() });
  disposables.push(fairness);
  const enter = (who: UserInfo, method: string, path: string, objects = 0) =>
    fairness.enter({ user: who, info: requestInfo(method, path, new URLSearchParams()), path }, { objects, signal: () => new AbortController().signal });
  const schemaOf = (who: UserInfo, method: string, path: string): string => (enter(who, method, path) as Admitted).classification.flowSchemaUid;
  return { lookup, fairness, enter, schemaOf };
}

describe('a request belongs to the flow schema', () => {
  const pods = '/api/v1/namespaces/default/pods';
  const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';
  const cases: [string, UserInfo, string, string, string][] = [
    ['of administrators', user('admin', 'system:masters'), 'GET', pods, 'exempt'],
    ['of probes', user('system:anonymous'), 'GET', '/livez', 'probes'],
    ['of probes below a path', user('system:anonymous'), 'GET', '/readyz/etcd', 'probes'],
    ['of leader election', user('system:kube-scheduler'), 'PUT', lease, 'system-leader-election'],
    ['of the scheduler', user('system:kube-scheduler'), 'GET', pods, 'kube-scheduler'],
    ['of nodes about themselves', user('system:node:a', 'system:nodes'), 'PUT', '/api/v1/nodes/a/status', 'system-node-high'],
    ['of nodes', user('system:node:a', 'system:nodes'), 'GET', pods, 'system-nodes'],
    [
      'of system service accounts',
      user('system:serviceaccount:kube-system:job-controller', 'system:serviceaccounts'),
      'GET',
      pods,
      'kube-system-service-accounts',
    ],
    ['of service accounts', user('system:serviceaccount:default:web', 'system:serviceaccounts'), 'GET', pods, 'service-accounts'],
    ['of everybody else', user('ann'), 'GET', pods, 'global-default'],
    ['of everybody else for paths', user('ann'), 'GET', '/version', 'global-default'],
  ];
  for (const [name, who, method, path, want] of cases) it(name, () => assert.equal(world().schemaOf(who, method, path), `uid-${want}`));

  it('catch-all when nothing else is there', () => {
    const { enter, lookup } = world({ isBare: true });
    lookup.put(
      flowschemas,
      withUid({ metadata: { name: 'catch-all' }, spec: { priorityLevelConfiguration: { name: 'catch-all' }, matchingPrecedence: 10_000 } }),
    );
    const nobody: UserInfo = { name: 'x', groups: [] };
    assert.equal((enter(nobody, 'GET', pods) as Admitted).classification.flowSchemaUid, 'uid-catch-all');
  });
});

describe('priority and fairness', () => {
  it('lets others in while one user floods, and the flood waits', () => {
    const { enter } = world({ seats: 40 });
    const flood = Array.from({ length: 200 }, () => enter(user('eve'), 'GET', '/api/v1/pods'));
    assert.ok(flood.some((entered) => entered instanceof Promise));
    for (const who of [user('admin', 'system:masters'), user('system:node:a', 'system:nodes'), user('system:kube-scheduler')])
      assert.ok(!(enter(who, 'GET', '/api/v1/pods') instanceof Promise), who.name);
    for (const entered of flood) if (entered instanceof Promise) entered.catch(() => {});
  });

  it('follows changes of the objects at once', () => {
    const { lookup, enter, schemaOf } = world();
    const special = {
      metadata: { name: 'special' },
      spec: {
        matchingPrecedence: 50,
        priorityLevelConfiguration: { name: 'nothing' },
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'ann' } }],
            resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
          },
        ],
      },
    };
    lookup.put(flowschemas, withUid(special));
    assert.equal(schemaOf(user('ann'), 'GET', '/api/v1/pods'), 'uid-global-default', 'a schema whose level is missing takes nothing');
    const level = { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 0, limitResponse: { type: 'Reject' } } } };
    lookup.put(prioritylevelconfigurations, withUid({ metadata: { name: 'nothing' }, ...level }));
    assert.throws(
      () => enter(user('ann'), 'GET', '/api/v1/pods'),
      (error) =>
        error instanceof Overloaded && error.classification?.flowSchemaUid === 'uid-special' && error.message === 'Too many requests, please try again later.',
    );
    lookup.remove(flowschemas, { name: 'special' });
    assert.equal(schemaOf(user('ann'), 'GET', '/api/v1/pods'), 'uid-global-default');
  });

  it('keeps the two mandatory levels when their objects are gone', () => {
    const { lookup, enter } = world();
    for (const { metadata } of priorityLevelObjects()) lookup.remove(prioritylevelconfigurations, { name: metadata.name ?? '' });
    for (const { metadata } of flowSchemaObjects(0)) lookup.remove(flowschemas, { name: metadata.name ?? '' });
    assert.ok(enter(user('ann'), 'GET', '/api/v1/pods'));
    assert.ok(enter(user('admin', 'system:masters'), 'GET', '/api/v1/pods'));
  });

  it('gives long lists more seats, up to a bound', () => {
    const { fairness, enter } = world();
    enter(user('ann'), 'GET', '/api/v1/pods', 350);
    enter(user('ann'), 'GET', '/api/v1/pods', 1_000_000);
    const level = [...fairness.levels()].find(({ name }) => name === 'global-default')!;
    assert.equal(level.seatsInUse, 4 + 8);
  });

  it('moves seats to where they are needed', () => {
    const { fairness, enter } = world({ seats: 100 });
    const limit = (): number => [...fairness.levels()].find(({ name }) => name === 'global-default')!.limit;
    const before = limit();
    for (let index = 0; index < 60; index++) void Promise.resolve(enter(user(`user-${index}`), 'GET', '/api/v1/pods')).catch(() => {});
    fairness.adjust();
    fairness.adjust();
    assert.ok(limit() > before, `${limit()} is more than ${before}`);
  });
});

describe('dividing seats', () => {
  const claim = (lower: number, upper: number, target: number) => ({ lower, upper, target });
  const cases: [string, number, ReturnType<typeof claim>[], number[]][] = [
    ['is in proportion to targets within their bounds', 30, [claim(0, 100, 10), claim(0, 100, 20)], [10, 20]],
    ['never gives less than the least', 30, [claim(20, 100, 20), claim(0, 100, 40)], [20, 10]],
    ['never gives more than the most', 30, [claim(0, 5, 10), claim(0, 100, 10)], [5, 25]],
    ['gives the least when there is not enough', 10, [claim(8, 100, 8), claim(8, 100, 8)], [8, 8]],
    ['gives the most when there is too much', 100, [claim(0, 10, 5), claim(0, 20, 5)], [10, 20]],
    ['shares what nobody wants', 10, [claim(0, 100, 0), claim(0, 100, 0)], [5, 5]],
    ['has nothing to do without levels', 10, [], []],
  ];
  for (const [name, total, claims, want] of cases)
    it(name, () =>
      assert.deepEqual(
        divideSeats(total, claims).map((share) => Math.round(share * 1e6) / 1e6),
        want,
      ),
    );
});
