import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { FairQueues, maximumWaitMs, type QueueSettings } from './fair-queues.ts';
import type { Seat } from './seat.ts';
import { dealHand, hashOfFlow } from './shuffle-sharding.ts';

const signal = (): AbortSignal => new AbortController().signal;
const queued: QueueSettings = { queues: 8, handSize: 2, queueLengthLimit: 3 };

function world(limit: number, settings: QueueSettings = queued) {
  const clock = new ManualClock();
  const demands: number[] = [];
  const queues = new FairQueues({ settings, limit, clock, onDemand: (seats) => demands.push(seats) });
  const enter = (flow: string, width = 1, gone: () => AbortSignal = signal) => queues.enter({ width, hash: () => hashOfFlow('f', flow), signal: gone });
  return { clock, queues, demands, enter };
}
const seat = (entered: Seat | undefined | Promise<Seat | undefined>): Seat => {
  assert.ok(entered && !(entered instanceof Promise), 'there is a seat at once');
  return entered;
};

describe('the seats of a priority level', () => {
  it('are given at once while there are some, and given back once', () => {
    const { queues, enter } = world(2);
    const first = seat(enter('a'));
    seat(enter('a'));
    first.release();
    first.release();
    assert.equal(queues.seatsInUse, 1);
    seat(enter('b'));
  });

  it('are waited for in the order of arrival within one flow', async () => {
    const { enter } = world(1);
    const order: string[] = [];
    const first = seat(enter('a'));
    const waits = ['second', 'third'].map(async (name) => {
      const taken = await enter('a');
      order.push(name);
      taken!.release();
    });
    first.release();
    await Promise.all(waits);
    assert.deepEqual(order, ['second', 'third']);
  });

  it('go to whoever had least service, not to whoever asks most', async () => {
    const { clock, enter } = world(1, { queues: 64, handSize: 4, queueLengthLimit: 100 });
    const order: string[] = [];
    let running = seat(enter('flood'));
    const wait = (flow: string): void => void Promise.resolve(enter(flow)).then((taken) => (order.push(flow), (running = taken!)));
    for (let index = 0; index < 20; index++) wait('flood');
    wait('quiet');
    for (let step = 0; step < 6; step++) {
      clock.advance(10);
      running.release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(order.includes('quiet'), order.join());
  });

  it('are refused when the queues of a flow are full, while other flows still wait', () => {
    const { enter } = world(1, { queues: 2, handSize: 1, queueLengthLimit: 1 });
    const flows = [...'abcdefgh'];
    const queueOf = (flow: string): number => dealHand(hashOfFlow('f', flow), 2, 1)[0]!;
    const other = flows.find((flow) => queueOf(flow) !== queueOf('a'))!;
    seat(enter('a'));
    assert.ok(enter('a') instanceof Promise);
    assert.equal(enter('a'), undefined);
    assert.ok(enter(other) instanceof Promise);
  });

  it('are refused at once by a level without queues', () => {
    const { enter } = world(1, { queues: 0, handSize: 0, queueLengthLimit: 0 });
    seat(enter('a'));
    assert.equal(enter('a'), undefined);
  });

  it('are not waited for longer than a quarter of a minute', async () => {
    const { clock, queues, enter } = world(1);
    seat(enter('a'));
    const wait = enter('a');
    clock.advance(maximumWaitMs);
    assert.equal(await wait, undefined);
    assert.equal(queues.waiting, 0);
  });

  it('are not kept for a client that has gone', async () => {
    const { queues, enter } = world(1);
    const first = seat(enter('a'));
    const client = new AbortController();
    const wait = enter('a', 1, () => client.signal);
    client.abort(new Error('gone'));
    await assert.rejects(Promise.resolve(wait), /gone/);
    first.release();
    assert.deepEqual([queues.waiting, queues.seatsInUse], [0, 0]);
  });

  it('are saved up for a wide request whose turn it is', async () => {
    const { enter } = world(3);
    const held = [seat(enter('a')), seat(enter('a')), seat(enter('a'))];
    const wide = enter('wide', 3);
    const narrow = enter('narrow');
    held[0]!.release();
    held[1]!.release();
    held[2]!.release();
    const taken = await wide;
    assert.ok(taken);
    taken.release();
    assert.ok(await narrow);
  });

  it('let a request that is wider than all of them run alone', () => {
    const { enter } = world(2);
    seat(enter('a', 10)).release();
  });

  it('tell the demand, of those who wait too', () => {
    const { demands, enter } = world(1);
    seat(enter('a', 2));
    void enter('b', 3);
    assert.deepEqual(demands, [2, 5]);
  });

  it('never lose or invent a seat, whatever happens', async () => {
    let state = 7;
    const random = (bound: number): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % bound;
    const { clock, queues, enter } = world(5, { queues: 4, handSize: 2, queueLengthLimit: 20 });
    const held: Seat[] = [];
    const clients: AbortController[] = [];
    for (let step = 0; step < 2_000; step++) {
      const what = random(10);
      if (what < 5) {
        const client = new AbortController();
        clients.push(client);
        void Promise.resolve(enter(`flow-${random(6)}`, 1 + random(3), () => client.signal)).then(
          (taken) => taken && held.push(taken),
          () => {},
        );
      } else if (what < 8) held.splice(random(held.length || 1), 1)[0]?.release();
      else if (what < 9) clients.splice(random(clients.length || 1), 1)[0]?.abort(new Error('gone'));
      else clock.advance(random(3_000));
      if (random(50) === 0) queues.limit = 3 + random(5);
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    }
    clock.advance(maximumWaitMs);
    for (let rounds = 0; held.length > 0 && rounds < 1_000; rounds++) {
      held.pop()!.release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual([queues.seatsInUse, queues.waiting], [0, 0]);
    assert.ok(seat(enter('after', queues.limit)));
  });
});

describe('a hand of queues', () => {
  it('holds different ones of the deck, the same for the same flow', () => {
    for (let index = 0; index < 200; index++) {
      const hash = hashOfFlow('schema', `user-${index}`);
      const hand = dealHand(hash, 16, 6);
      assert.equal(new Set(hand).size, 6);
      assert.ok(hand.every((card) => card >= 0 && card < 16));
      assert.deepEqual(dealHand(hash, 16, 6), hand);
    }
  });

  it('takes all of the deck when it must', () => assert.deepEqual(dealHand(12_345n, 4, 4).sort(), [0, 1, 2, 3]));
});
