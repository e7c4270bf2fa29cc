import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigMap } from '../api/generated/core-v1.ts';
import { configmaps } from '../api/generated/resource-types.ts';
import { keyOf, keyText } from '../api/object.ts';
import { ApiError } from '../api/status.ts';
import { silentLog } from '../kernel/log.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import type { Informer } from './informer.ts';
import { createInformers } from './shared-informers.ts';
import { type FakeCall, FakeClient } from './testing/fake-client.ts';
import { settle } from './testing/settle.ts';

function createWorld(intercept: (call: FakeCall) => void = () => undefined, streamsLists = false) {
  const clock = new ManualClock();
  const client = new FakeClient({ clock, intercept, streamsLists });
  const informers = createInformers({ client, clock, log: silentLog });
  return { clock, client, informers, [Symbol.asyncDispose]: () => informers[Symbol.asyncDispose]() };
}

const create = (client: FakeClient, name: string, data: Record<string, string> = {}, namespace = 'a') =>
  client.create(configmaps, { metadata: { name, namespace }, data });

/** A view kept only from what handlers were told; fails when they are told nonsense. */
function mirror(informer: Informer<ConfigMap>): { view: Map<string, string>; log: string[] } {
  const view = new Map<string, string>();
  const log: string[] = [];
  const version = (object: ConfigMap): string => `${object.metadata.uid}@${object.metadata.resourceVersion}`;
  informer.onChange({
    added(object) {
      const key = keyText(keyOf(object));
      assert.equal(view.has(key), false, `${key} was added twice`);
      view.set(key, version(object));
      log.push(`+${key}`);
    },
    updated(object, old) {
      const key = keyText(keyOf(object));
      assert.equal(view.get(key), version(old), `${key} was updated from a state that was never told`);
      assert.notEqual(version(object), version(old), `${key} was told twice`);
      assert.equal(object.metadata.uid, old.metadata.uid);
      view.set(key, version(object));
      log.push(`~${key}`);
    },
    deleted(object) {
      const key = keyText(keyOf(object));
      assert.equal(view.delete(key), true, `${key} was deleted twice`);
      log.push(`-${key}`);
    },
  });
  return { view, log };
}

describe('createInformers', () => {
  it('lists, then follows changes', async () => {
    await using world = createWorld();
    await create(world.client, 'one');
    const informer = world.informers.informer(configmaps);
    const { log } = mirror(informer);
    await informer.synced();
    assert.equal(informer.hasSynced, true);
    await create(world.client, 'two');
    await world.client.patch(configmaps, { namespace: 'a', name: 'one' }, { type: 'merge', body: { data: { x: '1' } } });
    await world.client.delete(configmaps, { namespace: 'a', name: 'two' });
    await settle();
    assert.deepEqual(log, ['+a/one', '+a/two', '~a/one', '-a/two']);
    assert.deepEqual(informer.get({ namespace: 'a', name: 'one' })?.data, { x: '1' });
  });

  it('hands out the objects of the API itself, not copies', async () => {
    await using world = createWorld();
    await create(world.client, 'one');
    const informer = world.informers.informer(configmaps);
    await informer.synced();
    assert.equal(informer.get({ namespace: 'a', name: 'one' }), world.client.store.get(configmaps, { namespace: 'a', name: 'one' }));
  });

  it('gives one informer to all who ask for the same', async () => {
    await using world = createWorld();
    assert.equal(world.informers.informer(configmaps), world.informers.informer(configmaps, {}));
    assert.notEqual(world.informers.informer(configmaps), world.informers.informer(configmaps, { namespace: 'a' }));
  });

  it('keeps indexes, also ones added later', async () => {
    await using world = createWorld();
    const informer = world.informers.informer(configmaps);
    const byColor = ({ data }: ConfigMap): string[] => (data?.['color'] ? [data['color']] : []);
    await create(world.client, 'one', { color: 'red' });
    await informer.synced();
    informer.addIndex('color', byColor);
    informer.addIndex('color', byColor);
    await create(world.client, 'two', { color: 'red' }, 'b');
    await world.client.patch(configmaps, { namespace: 'a', name: 'one' }, { type: 'merge', body: { data: { color: 'blue' } } });
    await settle();
    const names = (value: string): (string | undefined)[] => informer.byIndex('color', value).map(({ metadata }) => metadata.name);
    assert.deepEqual([names('red'), names('blue'), names('green')], [['two'], ['one'], []]);
    assert.deepEqual(
      informer.list('b').map(({ metadata }) => metadata.name),
      ['two'],
    );
    assert.throws(() => informer.byIndex('size', 'x'), /no index/);
    assert.throws(() => informer.addIndex('color', () => []), /another index/);
  });

  it('resumes where it was when the connection breaks, without telling anything twice', async () => {
    let lists = 0;
    await using world = createWorld((call) => void (call.verb === 'list' && lists++));
    const informer = world.informers.informer(configmaps);
    const { log } = mirror(informer);
    await informer.synced();
    await create(world.client, 'one');
    await settle();
    world.client.disconnect();
    await create(world.client, 'two');
    await settle();
    await world.clock.advance(60_000);
    await settle();
    assert.deepEqual([log, lists], [['+a/one', '+a/two'], 1]);
  });

  it('lists anew when its revision is gone, and tells what it missed', async () => {
    let isOffline = false;
    await using world = createWorld((call) => {
      if (isOffline && call.verb === 'watch') throw new ApiError(503, 'ServiceUnavailable', 'offline');
    });
    const informer = world.informers.informer(configmaps);
    const { log } = mirror(informer);
    await create(world.client, 'deleted');
    await create(world.client, 'replaced');
    await create(world.client, 'untouched');
    await informer.synced();
    await settle();
    log.length = 0;
    isOffline = true;
    world.client.disconnect();
    await settle();
    await world.client.delete(configmaps, { namespace: 'a', name: 'deleted' });
    await world.client.delete(configmaps, { namespace: 'a', name: 'replaced' });
    await create(world.client, 'replaced');
    world.client.store.compact();
    isOffline = false;
    await settle();
    await world.clock.advance(120_000);
    await settle();
    assert.deepEqual(log, ['-a/replaced', '+a/replaced', '-a/deleted']);
  });

  it('keeps trying when the API refuses', async () => {
    let failures = 5;
    await using world = createWorld((call) => {
      if (call.verb === 'list' && failures-- > 0) throw new ApiError(500, 'InternalError', 'refused by the test');
    });
    await create(world.client, 'one');
    const informer = world.informers.informer(configmaps);
    await settle();
    assert.equal(informer.hasSynced, false);
    for (let minute = 0; minute < 5; minute++) await world.clock.advance(60_000);
    await informer.synced();
  });

  it('goes on when a handler throws', async () => {
    await using world = createWorld();
    const informer = world.informers.informer(configmaps);
    informer.onChange({
      added() {
        throw new Error('a bug in a handler');
      },
    });
    const { log } = mirror(informer);
    await create(world.client, 'one');
    await informer.synced();
    await settle();
    assert.deepEqual(log, ['+a/one']);
  });

  it('rejects who waits for the first list when it is stopped', async () => {
    const world = createWorld((call) => {
      if (call.verb === 'list') throw new ApiError(500, 'InternalError', 'refused by the test');
    });
    const waiting = assert.rejects(world.informers.informer(configmaps).synced(), /stopped before it had synced/);
    await settle();
    await world[Symbol.asyncDispose]();
    await waiting;
  });

  it('reads a list as the beginning of a watch where the client prefers that', async () => {
    const calls: string[] = [];
    await using world = createWorld(({ verb }) => void calls.push(verb), true);
    await create(world.client, 'one');
    const informer = world.informers.informer(configmaps);
    const { log } = mirror(informer);
    await informer.synced();
    await create(world.client, 'two');
    await settle();
    world.client.disconnect();
    await create(world.client, 'three');
    await settle();
    await world.clock.advance(60_000);
    await settle();
    assert.deepEqual(
      [log, calls.filter((verb) => verb !== 'create')],
      [
        ['+a/one', '+a/two', '+a/three'],
        ['watch', 'watch'],
      ],
    );
  });

  for (const code of [400, 403, 422])
    it(`falls back to a list when that is refused with ${code}`, async () => {
      const calls: string[] = [];
      await using world = createWorld(({ verb }) => {
        calls.push(verb);
        if (verb === 'watch' && !calls.includes('list')) throw new ApiError(code, 'Invalid', 'sendInitialEvents is forbidden for watch');
      }, true);
      const informer = world.informers.informer(configmaps);
      await informer.synced();
      await settle();
      assert.deepEqual(calls, ['watch', 'list', 'watch']);
    });

  it('lists at once what fell apart in pages', async () => {
    let pages = 0;
    await using world = createWorld((call) => {
      if (call.verb === 'list' && ++pages === 2) throw new ApiError(410, 'Expired', 'The provided continue parameter is too old');
    });
    for (let index = 0; index < 600; index++) await create(world.client, `m${index}`);
    const informer = world.informers.informer(configmaps);
    await informer.synced();
    assert.deepEqual([informer.list().length, pages], [600, 3]);
  });

  for (let seed = 1; seed <= 40; seed++) {
    const streamsLists = seed > 20;
    it(`shows what the server has after any history (seed ${seed}${streamsLists ? ', lists as watches' : ''})`, async () => {
      const random = randomFrom(seed);
      let isCalm = false;
      await using world = createWorld((call) => {
        if (!isCalm && (call.verb === 'list' || call.verb === 'watch') && random() < 0.2)
          throw new ApiError(random() < 0.5 ? 500 : 503, 'InternalError', 'refused by the test');
      }, streamsLists);
      const selection = random() < 0.3 ? { namespace: 'a' } : random() < 0.3 ? { labelSelector: 'color=red' } : {};
      const informer = world.informers.informer(configmaps, selection);
      const { view } = mirror(informer);
      for (let step = 0; step < 120; step++) await randomStep(world, random);
      isCalm = true;
      for (let round = 0; round < 5; round++) {
        await world.clock.advance(60_000);
        await settle(5);
      }
      const expected = (await world.client.list(configmaps, selection)).items;
      const text = (list: readonly ConfigMap[]): string[] =>
        list.map((object) => `${keyText(keyOf(object))} ${object.metadata.uid}@${object.metadata.resourceVersion}`).sort();
      assert.deepEqual(text(informer.list()), text(expected));
      assert.deepEqual([...view].map(([key, version]) => `${key} ${version}`).sort(), text(expected));
    });
  }
});

async function randomStep({ client, clock }: { client: FakeClient; clock: ManualClock }, random: () => number): Promise<void> {
  const key = { namespace: random() < 0.5 ? 'a' : 'b', name: `n${Math.floor(random() * 4)}` };
  const labels = { color: random() < 0.5 ? 'red' : 'blue' };
  const action = random();
  if (action < 0.3) await client.create(configmaps, { metadata: { ...key, labels } }).catch(() => undefined);
  else if (action < 0.55)
    await client.patch(configmaps, key, { type: 'merge', body: { metadata: { labels }, data: { x: String(random()) } } }).catch(() => undefined);
  else if (action < 0.7) await client.delete(configmaps, key).catch(() => undefined);
  else if (action < 0.78) client.disconnect();
  else if (action < 0.86) client.store.compact(random() < 0.5 ? client.store.revision : Math.floor(client.store.revision * random()));
  else if (action < 0.93) await clock.advance(Math.floor(random() * 5_000));
  else await settle(3);
}

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

describe('an informer of a kind that may be missing', () => {
  for (const [name, refuse] of [
    ['nobody serves', () => new ApiError(404, 'NotFound', 'the server could not find the requested resource')],
    ['it may not read', () => new ApiError(403, 'Forbidden', 'configmaps is forbidden')],
  ] as const)
    for (const streamsLists of [false, true])
      it(`counts as synced and empty while ${name} it, and fills when that changes${streamsLists ? ', over streams' : ''}`, async () => {
        let isMissing = true;
        await using world = createWorld(({ verb }) => {
          if (isMissing && (verb === 'list' || verb === 'watch')) throw refuse();
        }, streamsLists);
        const informer = world.informers.informer(configmaps, { mayBeMissing: true });
        const { view } = mirror(informer);
        await world.informers.synced();
        assert.deepEqual([informer.hasSynced, informer.list().length], [true, 0]);
        await create(world.client, 'one');
        isMissing = false;
        await world.clock.advance(1_000);
        await settle();
        assert.deepEqual([...view.keys()], ['a/one']);
      });

  it('keeps what it knows when the kind is refused later', async () => {
    let isMissing = false;
    await using world = createWorld(({ verb }) => {
      if (isMissing && (verb === 'list' || verb === 'watch')) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
    });
    await create(world.client, 'one');
    const informer = world.informers.informer(configmaps, { mayBeMissing: true });
    await informer.synced();
    isMissing = true;
    world.client.disconnect();
    for (let second = 0; second < 5; second++) await world.clock.advance(2_000);
    assert.equal(informer.list().length, 1);
  });
});
