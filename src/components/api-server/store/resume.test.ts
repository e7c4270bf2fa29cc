import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyText } from '../../../api/object.ts';
import { isExpired } from '../../../api/status.ts';
import { randomNumbers } from '../../../extension-points/storage/conformance.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { ObjectStore, StoreEvent } from './contract.ts';
import { FakeStorage } from './fake-storage.fixture.ts';
import { openObjectStore } from './object-store.ts';

/** A watcher that keeps a copy of a collection, as an informer does: it resumes where it was, and lists anew when that is forgotten. */
class Mirror {
  readonly state = new Map<string, number>();
  lists = 0;
  resumes = 0;
  #revision: number | undefined;
  #watch: Disposable | undefined;

  follow(store: ObjectStore): void {
    const collection = store.collection('things');
    if (this.#revision !== undefined) {
      try {
        this.#watch = collection.watch(this.#revision, (events) => this.#take(events));
        this.resumes++;
        return;
      } catch (error) {
        assert.ok(isExpired(error), String(error));
      }
    }
    const page = collection.list({});
    this.lists++;
    this.state.clear();
    for (const { key, revision } of page.items) this.state.set(keyText(key), revision);
    this.#revision = page.revision;
    this.#watch = collection.watch(page.revision, (events) => this.#take(events));
  }

  leave(): void {
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
  }

  #take(events: readonly StoreEvent[]): void {
    for (const { type, revision, stored, previous } of events) {
      assert.ok(revision >= this.#revision!, `revision ${revision} after ${this.#revision}`);
      const key = keyText(stored.key);
      // Neither a gap nor a repetition: each event begins where the one before it ended.
      assert.equal(this.state.get(key), previous?.revision, `${type} of ${key} at ${revision}`);
      assert.equal(type === 'added', previous === undefined);
      if (type === 'deleted') this.state.delete(key);
      else this.state.set(key, revision);
      this.#revision = revision;
    }
  }
}

describe('watchers across restarts and compactions', () => {
  for (let seed = 1; seed <= 12; seed++)
    it(`miss nothing and see nothing twice (seed ${seed})`, async () => {
      const random = randomNumbers(seed);
      const storage = new FakeStorage();
      const clock = new ManualClock();
      const open = (): Promise<ObjectStore> => openObjectStore({ storage, clock, log: silentLog, window: { maximumEvents: 40, minimumMs: 10_000 } });
      let store = await open();
      const mirrors = Array.from({ length: 4 }, () => new Mirror());
      mirrors.forEach((mirror) => mirror.follow(store));
      for (let step = 0; step < 300; step++) {
        const key = { namespace: random() < 0.5 ? 'a' : 'b', name: `n${Math.floor(random() * 10)}` };
        const dice = random();
        if (dice < 0.55) await store.commit([{ prefix: 'things', key, object: { apiVersion: 'v1', kind: 'Thing', metadata: key } }]);
        else if (dice < 0.75)
          await store.commit([{ prefix: 'things', key }]).catch(() => undefined); // there was nothing to remove
        else if (dice < 0.8) await store.commit([{ prefix: 'others', key, object: { apiVersion: 'v1', kind: 'Other', metadata: key } }]);
        else if (dice < 0.86) await clock.advance(random() * 8_000);
        else if (dice < 0.92) mirrors[Math.floor(random() * 4)]!.leave();
        else if (dice < 0.96) {
          const mirror = mirrors[Math.floor(random() * 4)]!;
          mirror.leave();
          mirror.follow(store);
        } else {
          mirrors.forEach((mirror) => mirror.leave());
          await store[Symbol.asyncDispose]();
          store = await open();
          mirrors.filter(() => random() < 0.7).forEach((mirror) => mirror.follow(store));
        }
      }
      for (const mirror of mirrors) {
        mirror.leave();
        mirror.follow(store);
        const want = store
          .collection('things')
          .list({})
          .items.map((stored) => [keyText(stored.key), stored.revision] as const);
        assert.deepEqual([...mirror.state].sort(), want.toSorted());
      }
      assert.ok(
        mirrors.some(({ resumes }) => resumes > 0),
        'nobody ever resumed',
      );
      await store[Symbol.asyncDispose]();
    });
});
