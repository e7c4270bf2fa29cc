import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../../client/testing/settle.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import type { Labels } from './contract.ts';
import { poll } from './poll.ts';

const node = { name: 'node-1', isSimulated: false };

describe('a source that looks again and again', () => {
  it('says what it sees at first, and what is new of it', async () => {
    const clock = new ManualClock();
    const stopping = new AbortController();
    const world: Record<string, string> = { a: '1' };
    let looks = 0;
    const said: Labels[] = [];
    const following = (async () => {
      const source = poll(() => (looks++, world), { clock, everyMs: 10 });
      for await (const { labels } of source.labels(node, stopping.signal)) said.push({ ...labels });
    })();
    for (const value of ['1', '2', '2']) {
      world['a'] = value;
      await settle();
      await clock.advance(10);
    }
    await settle();
    assert.deepEqual([said, looks], [[{ a: '1' }, { a: '2' }], 4]);
    stopping.abort(new Error('enough'));
    await following;
  });

  it('is told which node it is about', async () => {
    for await (const { labels } of poll(async ({ name, isSimulated }) => ({ name, simulated: String(isSimulated) })).labels(
      node,
      new AbortController().signal,
    )) {
      assert.deepEqual(labels, { name: 'node-1', simulated: 'false' });
      break;
    }
  });

  it('fails when its look does', async () => {
    const source = poll(() => assert.fail('no'));
    await assert.rejects(source.labels(node, new AbortController().signal)[Symbol.asyncIterator]().next(), /no/);
  });
});
