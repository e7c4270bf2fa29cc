import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '../../../kernel/clock.ts';
import { podNamed, startTestServer } from '../test-server.fixture.ts';
import { WriteTurns } from './write-turns.ts';

/** A clock whose delays end by hand. */
function heldClock(): Clock & { end(): void } {
  const callbacks = new Set<() => void>();
  return {
    now: () => 0,
    sleep: () => Promise.resolve(),
    after: (_, callback) => (callbacks.add(callback), { [Symbol.dispose]: () => void callbacks.delete(callback) }),
    end: () => callbacks.forEach((callback) => (callbacks.delete(callback), callback())),
  };
}

describe('turns of writers', () => {
  it('go in order, per object', async () => {
    const turns = new WriteTurns(heldClock());
    const order: string[] = [];
    const first = await turns.take('a');
    const others = ['second', 'third'].map(async (name) => {
      using _turn = await turns.take('a');
      order.push(name);
    });
    (await turns.take('b'))[Symbol.dispose]();
    order.push('first');
    first[Symbol.dispose]();
    await Promise.all(others);
    assert.deepEqual([order, turns.size], [['first', 'second', 'third'], 0]);
  });

  it('pass on when the holder itself waits for a later writer', async () => {
    const clock = heldClock();
    const turns = new WriteTurns(clock);
    const outer = await turns.take('a');
    const inner = turns.take('a');
    clock.end();
    (await inner)[Symbol.dispose]();
    outer[Symbol.dispose]();
    assert.equal(turns.size, 0);
  });
});

describe('writers that name no resourceVersion', () => {
  const pods = '/api/v1/namespaces/default/pods';
  const many = Array.from({ length: 40 }, (_, index) => index);

  it('never meet a conflict, and each takes one commit', async () => {
    await using test = await startTestServer();
    await test.call('POST', pods, { body: podNamed('shared') });
    const before = test.store.revision;
    const answers = await Promise.all(
      many.map((index) =>
        test.call('PATCH', `${pods}/shared`, {
          headers: { 'content-type': ['application/merge-patch+json', 'application/strategic-merge-patch+json'][index % 2]! },
          body: { metadata: { labels: { [`l${index}`]: 'x' } } },
        }),
      ),
    );
    assert.deepEqual(
      answers.filter(({ status }) => status !== 200),
      [],
    );
    const { json } = await test.call('GET', `${pods}/shared`);
    assert.deepEqual([Object.keys(json['metadata'].labels).length, test.store.revision - before], [40, 40]);
  });

  it('replace, apply and delete without one either', async () => {
    await using test = await startTestServer();
    await test.call('POST', pods, { body: podNamed('shared') });
    const statuses = await Promise.all(
      many.map(async (index) => {
        const body = podNamed('shared', { metadata: { labels: { turn: `t${index}` } } });
        const answer =
          index % 2 === 0
            ? await test.call('PUT', `${pods}/shared`, { body })
            : await test.call('PATCH', `${pods}/shared?fieldManager=m&force=true`, {
                headers: { 'content-type': 'application/apply-patch+yaml' },
                body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'shared', annotations: { turn: `t${index}` } } },
              });
        return answer.status;
      }),
    );
    assert.deepEqual(new Set(statuses), new Set([200]));
    const [removal, ...patches] = await Promise.all([
      test.call('DELETE', `${pods}/shared?gracePeriodSeconds=0`),
      ...many.map((index) =>
        test.call('PATCH', `${pods}/shared`, {
          headers: { 'content-type': 'application/merge-patch+json' },
          body: { metadata: { labels: { after: `t${index}` } } },
        }),
      ),
    ]);
    assert.equal(removal.status, 200);
    assert.ok(patches.every(({ status }) => status === 200 || status === 404));
  });
});
