import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectKey, UntypedObject } from '../../../api/object.ts';
import { keyText } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { randomNumbers } from '../../../extension-points/storage/conformance.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { ListPage, ObjectStore, ObjectWrite, StoreEvent } from './contract.ts';
import { WriteConflict } from './contract.ts';
import { FakeStorage } from './fake-storage.fixture.ts';
import { openObjectStore } from './object-store.ts';
import { storedJson } from './stored-object.ts';

const open = async (storage = new FakeStorage(), window = {}): Promise<{ store: ObjectStore; storage: FakeStorage; clock: ManualClock }> => {
  const clock = new ManualClock();
  return { store: await openObjectStore({ storage, clock, log: silentLog, window }), storage, clock };
};
const object = (key: ObjectKey, value: string): UntypedObject => ({ kind: 'Thing', apiVersion: 'v1', metadata: { ...key }, value });
const write = (name: string, value: string, expectedRevision?: number): ObjectWrite => {
  const key = { namespace: 'default', name };
  return { prefix: 'things', key, object: object(key, value), ...(expectedRevision === undefined ? {} : { expectedRevision }) };
};
const remove = (name: string): ObjectWrite => ({ prefix: 'things', key: { namespace: 'default', name } });
const namesOf = (page: ListPage): string[] => page.items.map(({ key }) => keyText(key));
const eventText = ({ type, revision, stored, previous }: StoreEvent): string =>
  `${type} ${keyText(stored.key)}@${revision}=${String(stored.object['value'])}/${stored.object.metadata.resourceVersion}${previous ? ` was ${String(previous.object['value'])}@${previous.revision}` : ''}`;

describe('the object store', () => {
  it('answers a write with the object, its revision in place', async () => {
    const { store } = await open();
    const [stored] = await store.commit([write('a', 'x', 0)]);
    assert.equal(stored!.revision, 1);
    assert.equal(stored!.object.metadata.resourceVersion, '1');
    assert.equal(store.collection('things').get({ namespace: 'default', name: 'a' }), stored);
    assert.deepEqual(JSON.parse(stored!.bytes.toString()), stored!.object);
    assert.throws(() => void ((stored!.object.metadata.labels as unknown) = {}), TypeError);
  });

  it('answers a removal with the last state under the revision of the removal', async () => {
    const { store } = await open();
    await store.commit([write('a', 'x')]);
    const [removed] = await store.commit([remove('a')]);
    assert.deepEqual([removed!.revision, removed!.object.metadata.resourceVersion, removed!.object['value']], [2, '2', 'x']);
    assert.equal(store.collection('things').size, 0);
  });

  it('refuses a failed expectation, and the removal of nothing, as a conflict', async () => {
    const { store } = await open();
    await store.commit([write('a', 'x')]);
    await assert.rejects(store.commit([write('b', 'y'), write('a', 'y', 7)]), (error) => error instanceof WriteConflict && error.write.key.name === 'a');
    await assert.rejects(store.commit([remove('nothing')]), WriteConflict);
    assert.equal(store.revision, 1);
  });

  it('removes whatever is there though it changed meanwhile', async () => {
    const { store } = await open();
    await store.commit([write('a', 'x')]);
    const [, [removed]] = await Promise.all([store.commit([write('a', 'newer')]), store.commit([remove('a')])]);
    assert.equal(removed!.object['value'], 'newer');
  });

  it('answers 503 while the storage cannot write, and goes on afterwards', async () => {
    const { store, storage } = await open();
    storage.failure = 'the store is full';
    await assert.rejects(
      store.commit([write('a', 'x')]),
      (error) => error instanceof ApiError && error.code === 503 && /the store is full/.test(error.message),
    );
    storage.failure = undefined;
    await store.commit([write('a', 'x')]);
    assert.equal(store.collection('things').size, 1);
  });

  it('lists by namespace, in pages', async () => {
    const { store } = await open();
    const keys = ['a/z', 'a/b', 'a-b/c', 'b/a', 'a.c/x'].map((text) => text.split('/') as [string, string]);
    await store.commit(keys.map(([namespace, name]) => ({ prefix: 'things', key: { namespace, name }, object: object({ namespace, name }, '') })));
    const things = store.collection('things');
    assert.deepEqual(namesOf(things.list({})), ['a-b/c', 'a.c/x', 'a/b', 'a/z', 'b/a']);
    assert.deepEqual(namesOf(things.list({ namespace: 'a' })), ['a/b', 'a/z']);
    const page = things.list({ limit: 2, after: 'a-b/c' });
    assert.deepEqual([namesOf(page), page.remaining], [['a.c/x', 'a/b'], 2]);
    assert.deepEqual(namesOf(things.list({ namespace: 'a', after: 'a/b', limit: 5 })), ['a/z']);
    assert.deepEqual(namesOf(things.list({ namespace: 'none' })), []);
  });

  it('replays what a watcher missed, then tells of each commit at once', async () => {
    const { store } = await open();
    await store.commit([write('a', '1')]);
    await store.commit([write('a', '2')]);
    const seen: string[] = [];
    using _watch = store.collection('things').watch(1, (events) => seen.push(events.map(eventText).join(', ')));
    assert.deepEqual(seen, ['modified default/a@2=2/2 was 1@1']);
    await store.commit([remove('a'), write('b', '3')]);
    assert.deepEqual(seen.slice(1), ['deleted default/a@3=2/3 was 2@2, added default/b@3=3/3']);
  });

  it('tells nobody who left, nobody twice, and everybody though one fails', async () => {
    const { store } = await open();
    const seen: string[] = [];
    const things = store.collection('things');
    const gone = things.watch(0, () => seen.push('gone'));
    const failing = things.watch(0, () => {
      throw new Error('broken watcher');
    });
    const late: Disposable[] = [];
    const early = things.watch(0, (events) => {
      if (late.length === 0) late.push(things.watch(0, (again) => seen.push(`late ${again.map(({ revision }) => revision)}`)));
      seen.push(`early ${events.map(({ revision }) => revision)}`);
    });
    gone[Symbol.dispose]();
    await store.commit([write('a', '1')]);
    await store.commit([write('a', '2')]);
    for (const watch of [failing, early, ...late]) watch[Symbol.dispose]();
    await store.commit([write('a', '3')]);
    assert.deepEqual(seen, ['late 1', 'early 1', 'early 2', 'late 2']);
  });

  it('takes in what others commit, once', async () => {
    const { store, storage } = await open();
    const seen: string[] = [];
    using _watch = store.collection('things').watch(0, (events) => seen.push(...events.map(eventText)));
    storage.commitAsOther([{ key: '/things/default/a', value: storedJson(object({ namespace: 'default', name: 'a' }, 'foreign')) }]);
    storage.repeat(storage.changes);
    assert.deepEqual(seen, ['added default/a@1=foreign/1']);
    assert.equal(store.revision, 1);
    await assert.rejects(store.commit([write('a', 'mine', 0)]), WriteConflict);
  });

  it('remembers changes over a restart', async () => {
    const { store, storage } = await open();
    await store.commit([write('a', '1')]);
    await store.commit([write('a', '2'), write('b', '2')]);
    await store.commit([remove('a')]);
    const { store: again } = await open(storage);
    const seen: string[] = [];
    using _watch = again.collection('things').watch(1, (events) => seen.push(...events.map(eventText)));
    assert.deepEqual(seen, ['modified default/a@2=2/2 was 1@1', 'added default/b@2=2/2', 'deleted default/a@3=2/3 was 2@2']);
    assert.deepEqual(namesOf(again.collection('things').listAt(1, {})), ['default/a']);
    assert.deepEqual([again.revision, [...again.prefixes()]], [3, ['things']]);
  });

  it('forgets what is older than the window, in the storage too', async () => {
    const { store, storage, clock } = await open(new FakeStorage(), { minimumMs: 300_000 });
    await store.commit([write('a', '1')]);
    await clock.advance(200_000);
    await store.commit([write('a', '2')]);
    store
      .collection('things')
      .watch(1, () => {})
      [Symbol.dispose]();
    await clock.advance(200_000);
    assert.equal(storage.compactedRevision, 1);
    assert.throws(
      () => store.collection('things').watch(0, () => {}),
      (error) => error instanceof ApiError && error.code === 410 && error.message === 'too old resource version: 0 (1)',
    );
    assert.throws(
      () => store.collection('things').listAt(0, {}),
      (error) => error instanceof ApiError && error.reason === 'Expired',
    );
    assert.deepEqual(namesOf(store.collection('things').listAt(1, {})), ['default/a']);
    await store[Symbol.asyncDispose]();
  });

  it('forgets the oldest when there are too many', async () => {
    const { store, storage } = await open(new FakeStorage(), { maximumEvents: 20 });
    for (let index = 0; index < 21; index++) await store.commit([write('a', String(index))]);
    await store[Symbol.asyncDispose]();
    assert.equal(storage.compactedRevision, 3);
    assert.throws(() => store.collection('things').watch(2, () => {}), /too old resource version: 2 \(3\)/);
  });

  it('forgets the oldest when they are too large, in memory and in the storage', async () => {
    const { store, storage } = await open(new FakeStorage(), { maximumBytes: 100_000 });
    for (let index = 0; index < 20; index++) await store.commit([write('a', `${index}`.padEnd(10_000, 'x'))]);
    const { store: reopened } = await open(storage, { maximumBytes: 30_000 });
    await Promise.all([store[Symbol.asyncDispose](), reopened[Symbol.asyncDispose]()]);
    assert.ok(storage.compactedRevision >= 16);
    assert.throws(() => store.collection('things').watch(9, () => {}), /too old resource version: 9/);
    const seen: string[] = [];
    store
      .collection('things')
      .watch(15, (events) => seen.push(...events.map(({ revision }) => String(revision))))
      [Symbol.dispose]();
    assert.deepEqual(seen, ['16', '17', '18', '19', '20']);
  });

  it('shows a moment as it was, page by page, until it is forgotten', async () => {
    const { store } = await open(new FakeStorage(), { maximumEvents: 30 });
    for (const name of ['a', 'b', 'c', 'd']) await store.commit([write(name, 'old')]);
    const things = store.collection('things');
    const pages: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = things.listAt(4, { limit: 1, ...(after ? { after } : {}) });
      pages.push(`${namesOf(page).join()}=${String(page.items[0]!.object['value'])}@${page.revision}+${page.remaining}`);
      after = keyText(page.items[0]!.key);
      await store.commit([write('c', 'new'), remove(['b', 'd', 'a', 'c'][pages.length - 1]!)].slice(0, pages.length === 4 ? 1 : 2));
      if (page.remaining === 0) break;
    }
    assert.deepEqual(pages, ['default/a=old@4+3', 'default/b=old@4+2', 'default/c=old@4+1', 'default/d=old@4+0']);
    for (let index = 0; index < 40; index++) await store.commit([write('z', String(index))]);
    assert.throws(() => things.listAt(4, {}), /too old/);
  });

  it('waits for a revision, and says so when it does not come', async () => {
    const { store, clock } = await open();
    const waiting = store.waitFor(1, 1_000);
    await store.commit([write('a', 'x')]);
    await waiting;
    await store.waitFor(0, 0);
    const late = assert.rejects(
      store.waitFor(9, 3_000),
      (error) => error instanceof ApiError && error.code === 504 && error.message === 'Timeout: Too large resource version: 9, current: 1',
    );
    await clock.advance(3_000);
    await late;
  });

  it('agrees with a plain model under random writes', async () => {
    const random = randomNumbers(99);
    const { store } = await open();
    const states: Map<string, string>[] = [new Map()];
    const replayed = new Map<string, string>();
    const things = store.collection('things');
    using _watch = things.watch(0, (events) => {
      for (const { type, stored } of events) {
        if (type === 'deleted') replayed.delete(keyText(stored.key));
        else replayed.set(keyText(stored.key), `${String(stored.object['value'])}@${stored.revision}`);
      }
    });
    for (let revision = 1; revision <= 150; revision++) {
      const state = new Map(states.at(-1));
      const writes = randomWrites(random, state, revision);
      await store.commit(writes);
      states.push(state);
      assert.deepEqual(replayed, state);
    }
    for (let round = 0; round < 100; round++) {
      const revision = Math.floor(random() * states.length);
      checkList(things.listAt(revision, {}), things.listAt(revision, range(random)), states[revision]!);
      checkWatch(states, revision, (sink) => things.watch(revision, sink));
    }
    checkList(things.list({}), things.list({ limit: 3 }), states.at(-1)!);

    function checkList(all: ListPage, part: ListPage, state: Map<string, string>): void {
      const textOf = (page: ListPage): string[] => page.items.map(({ key, revision, object: { value } }) => `${keyText(key)}=${String(value)}@${revision}`);
      const want = [...state].map(([key, value]) => `${key}=${value}`).sort();
      assert.deepEqual(textOf(all).sort(), want);
      assert.deepEqual(namesOf(all), [...state.keys()].sort());
      const texts = textOf(part);
      const start = textOf(all).indexOf(texts[0] ?? '');
      if (texts.length > 0) assert.deepEqual(texts, textOf(all).slice(start, start + texts.length));
    }
  });
});

function randomWrites(random: () => number, state: Map<string, string>, revision: number): ObjectWrite[] {
  const keys = new Map(
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const key = { namespace: ['a', 'a-b', 'b'][Math.floor(random() * 3)]!, name: `n${Math.floor(random() * 6)}` };
      return [keyText(key), key] as const;
    }),
  );
  return [...keys].map(([text, key]): ObjectWrite => {
    if (state.delete(text) && random() < 0.4) return { prefix: 'things', key };
    state.set(text, `v${revision}@${revision}`);
    return { prefix: 'things', key, object: object(key, `v${revision}`) };
  });
}

const range = (random: () => number): { namespace: string; limit: number; after?: string } => {
  const namespace = ['a', 'a-b', 'b'][Math.floor(random() * 3)]!;
  return { namespace, limit: 1 + Math.floor(random() * 4), ...(random() < 0.5 ? { after: `${namespace}/n2` } : {}) };
};

function checkWatch(states: readonly Map<string, string>[], revision: number, watch: (sink: (events: readonly StoreEvent[]) => void) => Disposable): void {
  const state = new Map(states[revision]);
  watch((events) => {
    for (const { type, stored } of events) {
      if (type === 'deleted') state.delete(keyText(stored.key));
      else state.set(keyText(stored.key), `${String(stored.object['value'])}@${stored.revision}`);
    }
  })[Symbol.dispose]();
  assert.deepEqual(state, states.at(-1));
}
