import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Found, Outcome, ResourceInfo, WorkOrder } from './contract.ts';
import { workOnAll } from './work-together.ts';

const info = (type: string, name: string): ResourceInfo => {
  const [resource = '', ...group] = type.split('.');
  const served = { group: group.join('.'), version: 'v1', resource, kind: resource, namespaced: true };
  return { resource: served, name, namespace: 'default', source: '', object: undefined } as unknown as ResourceInfo;
};

/** Works with answers that are given one by one, and keeps account of what is under way. */
function start(found: readonly (ResourceInfo | Error)[], { order = 'creation', signal }: { order?: WorkOrder; signal?: AbortSignal } = {}) {
  const answers = new Map<ResourceInfo, (error?: Error) => void>();
  const told: string[] = [];
  const read: unknown[] = [];
  async function* steps(): AsyncIterable<Found> {
    for (const each of found) {
      read.push(each);
      yield each instanceof Error ? { error: each } : { info: each };
    }
  }
  const work = (each: ResourceInfo): Promise<string> =>
    new Promise((resolve, reject) => answers.set(each, (error) => (error ? reject(error) : resolve(each.name))));
  const tell = (outcomes: readonly Outcome<string>[]): void =>
    void told.push(...outcomes.map((outcome) => ('error' in outcome ? String(outcome.error) : outcome.result)));
  const end = workOnAll(steps(), { work, tell, order, signalOf: () => signal });
  end.catch(() => undefined);
  const underWay = (): string[] => [...answers.keys()].map(({ name }) => name);
  const answer = async (name: string, error?: Error): Promise<void> => {
    const [each, done] = [...answers].find(([{ name: other }]) => other === name)!;
    answers.delete(each);
    done(error);
    await turns();
  };
  return { underWay, answer, told, read, end };
}
const turns = async (): Promise<void> => {
  for (let count = 0; count < 10; count++) await turn();
};

describe('work on many objects', () => {
  it('has objects of one type under way together, and tells of them in their order', async () => {
    const { underWay, answer, told, end } = start(['a', 'b', 'c'].map((name) => info('configmaps', name)));
    await turns();
    assert.deepEqual(underWay(), ['a', 'b', 'c']);
    await answer('c');
    assert.deepEqual(told, []);
    await answer('a');
    assert.deepEqual(told, ['a']);
    await answer('b');
    await end;
    assert.deepEqual(told, ['a', 'b', 'c']);
  });

  const orders: { rule: string; first: string; second: string; order?: WorkOrder; together: boolean }[] = [
    { rule: 'a namespace is there before what may be in it', first: 'namespaces', second: 'configmaps', together: false },
    { rule: 'what pods read is there before the pods', first: 'secrets', second: 'deployments.apps', together: false },
    { rule: 'what pods read may follow pods at once', first: 'deployments.apps', second: 'services', together: true },
    { rule: 'an unknown type is done before what stands behind it', first: 'things.example.com', second: 'configmaps', together: false },
    { rule: 'accounts are there before what uses them', first: 'serviceaccounts', second: 'pods', together: false },
    { rule: 'what pods read goes together with the pods', first: 'secrets', second: 'pods', order: 'deletion', together: true },
    { rule: 'a namespace goes before what stands behind it', first: 'namespaces', second: 'pods', order: 'deletion', together: false },
    { rule: 'nothing waits where no order is wanted', first: 'namespaces', second: 'pods', order: 'any', together: true },
  ];
  for (const { rule, first, second, order = 'creation', together } of orders)
    it(`in ${order}: ${rule}`, async () => {
      const { underWay, answer, told, end } = start([info(first, 'a'), info(second, 'b')], { order });
      await turns();
      assert.deepEqual(underWay(), together ? ['a', 'b'] : ['a']);
      await answer('a');
      await answer('b');
      await end;
      assert.deepEqual(told, ['a', 'b']);
    });

  it('does not keep others back that stand behind one that has to wait', async () => {
    const { underWay, answer, end } = start([info('secrets', 'a'), info('pods', 'b'), info('secrets', 'c')]);
    await turns();
    assert.deepEqual(underWay(), ['a', 'c']);
    await answer('a');
    assert.deepEqual(underWay(), ['c', 'b']);
    await answer('b');
    await answer('c');
    await end;
  });

  it('does not read on behind a definition before that is done', async () => {
    const { underWay, read, answer, end } = start([info('customresourcedefinitions.apiextensions.k8s.io', 'a'), info('things.example.com', 'b')]);
    await turns();
    assert.equal(read.length, 1);
    await answer('a');
    assert.deepEqual(underWay(), ['b']);
    await answer('b');
    await end;
  });

  it('works on one object twice one after the other, goes on after errors, and throws them all in their order', async () => {
    const { underWay, answer, told, end } = start([info('configmaps', 'a'), new Error('unreadable'), info('configmaps', 'a')]);
    await turns();
    assert.deepEqual(underWay(), ['a']);
    await answer('a', new Error('no'));
    await answer('a');
    await assert.rejects(end, /no.*unreadable/);
    assert.deepEqual(told, ['Error: no', 'Error: unreadable', 'a']);
  });

  it('begins nothing more when it is stopped, and tells what was begun', async () => {
    const controller = new AbortController();
    const { underWay, answer, told, end } = start([info('secrets', 'a'), info('pods', 'b')], { signal: controller.signal });
    await turns();
    controller.abort(new Error('stopped'));
    await answer('a');
    await assert.rejects(end, /^Error: stopped$/);
    assert.deepEqual(underWay(), []);
    assert.deepEqual(told, ['a']);
  });
});
