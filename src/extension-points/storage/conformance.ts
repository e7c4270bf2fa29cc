import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Storage, StorageSnapshot, StorageWrite, StoredChange } from './contract.ts';

/** One empty store of the implementation under test. */
export interface StorageFixture {
  readonly storage: Storage;
  /** Closes the store and opens it again. Absent for storages that live in memory only. */
  reopen?(): Promise<Storage>;
  /**
   * Starts a process that opens the same, closed store and runs `writeUntilKilled`, its standard output being a pipe.
   * Absent when commits need not survive a killed process.
   */
  spawnWriter?(): ChildProcess;
  /** Removes whatever the fixture made. */
  dispose(): Promise<void>;
}

/** The rules every storage keeps. Registers its tests with `node:test` under the given name. */
export function storageConformance(name: string, createFixture: () => Promise<StorageFixture>): void {
  describe(`${name} keeps the storage contract`, () => {
    let fixture: StorageFixture;
    let storage: Storage;
    beforeEach(async () => {
      fixture = await createFixture();
      storage = fixture.storage;
    });
    afterEach(() => fixture.dispose());

    it('starts empty at revision 0', async () => {
      assert.deepEqual(textOf(await storage.load()), { revision: 0, records: [], changes: [] });
    });

    it('raises the revision with every commit and shares it among the writes of one', async () => {
      await storage.load();
      assert.deepEqual(await storage.commit([put('/a', '1')]), { kind: 'committed', revision: 1 });
      assert.deepEqual(await storage.commit([put('/b', '2'), put('/c', '3')]), { kind: 'committed', revision: 2 });
      assert.deepEqual(textOf(await storage.load()).records, ['/a@1=1', '/b@2=2', '/c@2=3']);
    });

    it('answers a conflict with the key and the revision found', async () => {
      await storage.load();
      await storage.commit([put('/a', '1')]);
      assert.deepEqual(await storage.commit([put('/a', '2', 0)]), { kind: 'conflict', key: '/a', revision: 1 });
      assert.deepEqual(await storage.commit([put('/b', '2', 7)]), { kind: 'conflict', key: '/b', revision: 0 });
      assert.deepEqual(await storage.commit([put('/a', '2', 1)]), { kind: 'committed', revision: 2 });
    });

    it('commits nothing of a commit that has one conflict', async () => {
      await storage.load();
      await storage.commit([put('/a', '1')]);
      assert.equal((await storage.commit([put('/b', '1'), put('/a', '2', 0)])).kind, 'conflict');
      assert.deepEqual(textOf(await storage.load()).records, ['/a@1=1']);
    });

    it('lets exactly one of several simultaneous writers win', async () => {
      await storage.load();
      const results = await Promise.all(['x', 'y', 'z'].map((value) => storage.commit([put('/a', value, 0)])));
      assert.deepEqual(
        results.map(({ kind }) => kind),
        ['committed', 'conflict', 'conflict'],
      );
      assert.deepEqual(results[2], { kind: 'conflict', key: '/a', revision: 1 });
    });

    it('removes keys, and lets them be made again', async () => {
      await storage.load();
      await storage.commit([put('/a', '1')]);
      await storage.commit([{ key: '/a', expectedRevision: 1 }]);
      assert.deepEqual(await storage.commit([put('/a', '2', 0)]), { kind: 'committed', revision: 3 });
      assert.deepEqual(textOf(await storage.load()).records, ['/a@3=2']);
    });

    it('changes nothing when what is removed is not there', async () => {
      await storage.load();
      const seen: string[] = [];
      storage.onChanges((changes) => seen.push(...changes.map(({ key }) => key)));
      assert.deepEqual(await storage.commit([{ key: '/a' }]), { kind: 'committed', revision: 0 });
      assert.deepEqual(seen, []);
    });

    it('keeps empty and binary values apart from removals', async () => {
      await storage.load();
      const binary = new Uint8Array([0, 255, 10, 0]);
      await storage.commit([
        { key: '/binary', value: binary },
        { key: '/empty', value: new Uint8Array() },
      ]);
      const records = [...(await storage.load()).records];
      assert.deepEqual(
        records.map(({ value }) => [...value]),
        [[...binary], []],
      );
    });

    it('reports every commit in order, before it is acknowledged', async () => {
      await storage.load();
      const log: string[] = [];
      storage.onChanges((changes) => log.push(`told ${changes.map(changeText).join(' ')}`));
      await Promise.all([
        storage.commit([put('/a', '1')]).then(() => log.push('done 1')),
        storage.commit([put('/b', '2'), { key: '/a' }]).then(() => log.push('done 2')),
      ]);
      assert.deepEqual(
        log.filter((line) => line.startsWith('told')),
        ['told /a@1=1', 'told /b@2=2 /a@2'],
      );
      assert.ok(log.indexOf('told /a@1=1') < log.indexOf('done 1') && log.indexOf('told /b@2=2 /a@2') < log.indexOf('done 2'), log.join('\n'));
    });

    it('remembers changes with what was there before', async () => {
      await storage.load();
      await storage.commit([put('/a', '1')]);
      await storage.commit([put('/a', '2')]);
      await storage.commit([{ key: '/a' }]);
      const { changes } = await storage.load();
      assert.deepEqual(changes.map(changeText), ['/a@1=1', '/a@2=2', '/a@3']);
      assert.deepEqual(
        changes.map(({ previous }) => previous && `${previous.revision}=${Buffer.from(previous.value)}`),
        [undefined, '1=1', '2=2'],
      );
    });

    it('forgets compacted changes and keeps what lives', async () => {
      await storage.load();
      await storage.commit([put('/a', '1'), put('/gone', '1')]);
      await storage.commit([{ key: '/gone' }, put('/b', '2')]);
      await storage.commit([put('/b', '3')]);
      await storage.compact(2);
      const snapshot = await storage.load();
      assert.equal(snapshot.compactedRevision, 2);
      assert.deepEqual(textOf(snapshot), { revision: 3, records: ['/a@1=1', '/b@3=3'], changes: ['/b@3=3'] });
      assert.equal(Buffer.from(snapshot.changes[0]!.previous!.value).toString(), '2');
    });

    it('never compacts the future', async () => {
      await storage.load();
      await storage.commit([put('/a', '1')]);
      await storage.compact(100);
      assert.equal((await storage.load()).compactedRevision, 1);
      assert.deepEqual(await storage.commit([put('/a', '2')]), { kind: 'committed', revision: 2 });
    });

    it('agrees with a plain map under random commits and compactions', async () => {
      await againstModel(storage, randomNumbers(20_260_101), 60);
    });

    it('has the same state after it was opened again', async (test) => {
      if (!fixture.reopen) return test.skip('lives in memory only');
      await storage.load();
      const model = await againstModel(storage, randomNumbers(7), 40);
      const reopened = await fixture.reopen();
      assert.deepEqual(textOf(await reopened.load()), model);
      const next = model.revision + 1;
      assert.deepEqual(await reopened.commit([put('/after', 'x', 0)]), { kind: 'committed', revision: next });
    });

    it('does not give out a revision twice when everything was removed and compacted', async (test) => {
      if (!fixture.reopen) return test.skip('lives in memory only');
      await storage.load();
      await storage.commit([put('/a', '1')]);
      await storage.commit([{ key: '/a' }]);
      await storage.compact(2);
      const reopened = await fixture.reopen();
      assert.deepEqual(textOf(await reopened.load()), { revision: 2, records: [], changes: [] });
    });

    it('has everything that was acknowledged after its process was killed', async (test) => {
      if (!fixture.spawnWriter || !fixture.reopen) return test.skip('lives in memory only');
      await storage.load();
      await storage[Symbol.asyncDispose]();
      const acknowledged = new Map<string, string>();
      for (const linesBeforeKill of [1, 40, 150]) await killAfter(fixture.spawnWriter(), linesBeforeKill, acknowledged);
      const reopened = await fixture.reopen();
      const found = new Map(
        textOf(await reopened.load())
          .records.map((text) => text.split('=', 2) as [string, string])
          .map(([key, value]) => [key.split('@')[0]!, value]),
      );
      for (const [key, value] of acknowledged) assert.ok(Number(found.get(key)) >= Number(value), `${key}: acknowledged ${value}, found ${found.get(key)}`);
    });
  });
}

/**
 * The program of `spawnWriter`: commits rising numbers to a few keys, several commits at a time, until it is killed, and prints `<key> <number>` as each is
 * acknowledged.
 */
export async function writeUntilKilled(storage: Storage, print: (line: string) => void): Promise<never> {
  const start = (await storage.load()).revision;
  const lane = async (key: string): Promise<never> => {
    for (let number = start + 1; ; number++) {
      await storage.commit([put(key, String(number))]);
      print(`${key} ${number}`);
    }
  };
  return Promise.race(['/lane/a', '/lane/b', '/lane/c'].map(lane));
}

async function killAfter(child: ChildProcess, lineCount: number, acknowledged: Map<string, string>): Promise<void> {
  const exited = once(child, 'exit');
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    const [key, number] = line.split(' ');
    acknowledged.set(key!, number!);
    if (++seen === lineCount) child.kill('SIGKILL');
  }
  await exited;
  assert.ok(seen >= lineCount, `the writer ended by itself after ${seen} lines`);
}

interface SnapshotText {
  readonly revision: number;
  readonly records: readonly string[];
  readonly changes: readonly string[];
}

/** Runs random commits on the storage and on a map, comparing as it goes; answers what the storage should now hold. */
async function againstModel(storage: Storage, random: () => number, steps: number): Promise<SnapshotText> {
  await storage.load();
  const model = new Map<string, { revision: number; value: string }>();
  let changes: { revision: number; text: string }[] = [];
  let revision = 0;
  const told: string[] = [];
  const allTold: string[] = [];
  storage.onChanges((batch) => told.push(...batch.map(changeText)));
  for (let step = 0; step < steps; step++) {
    const writes = randomWrites(random, model);
    const failed = writes.find(({ key, expectedRevision }) => expectedRevision !== undefined && expectedRevision !== (model.get(key)?.revision ?? 0));
    const result = await storage.commit(writes);
    if (failed) {
      assert.deepEqual(result, { kind: 'conflict', key: failed.key, revision: model.get(failed.key)?.revision ?? 0 });
    } else {
      const effective = writes.filter(({ key, value }) => value || model.has(key));
      if (effective.length > 0) revision++;
      assert.deepEqual(result, { kind: 'committed', revision });
      for (const { key, value } of effective) {
        if (value) model.set(key, { revision, value: Buffer.from(value).toString() });
        else model.delete(key);
        changes.push({ revision, text: changeText({ key, revision, ...(value ? { value } : {}) }) });
        allTold.push(changes.at(-1)!.text);
      }
    }
    if (random() < 0.1) {
      const compacted = Math.floor(random() * (revision + 1));
      await storage.compact(compacted);
      changes = changes.filter((change) => change.revision > compacted);
    }
  }
  assert.deepEqual(told, allTold);
  const records = [...model].sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, record]) => `${key}@${record.revision}=${record.value}`);
  const want = { revision, records, changes: changes.map(({ text }) => text) };
  assert.deepEqual(textOf(await storage.load()), want);
  return want;
}

function randomWrites(random: () => number, model: ReadonlyMap<string, { revision: number }>): StorageWrite[] {
  const keys = new Set(Array.from({ length: 1 + Math.floor(random() * 3) }, () => `/k/${Math.floor(random() * 8)}`));
  return [...keys].map((key) => {
    const current = model.get(key)?.revision ?? 0;
    const dice = random();
    const expectation = dice < 0.4 ? {} : { expectedRevision: dice < 0.9 ? current : current + 1 };
    return { key, ...expectation, ...(random() < 0.7 ? { value: Buffer.from(String(Math.floor(random() * 1e6))) } : {}) };
  });
}

const put = (key: string, text: string, expectedRevision?: number): StorageWrite => ({
  key,
  value: Buffer.from(text),
  ...(expectedRevision === undefined ? {} : { expectedRevision }),
});

const changeText = ({ key, revision, value }: StoredChange): string => `${key}@${revision}${value ? `=${Buffer.from(value)}` : ''}`;

const textOf = ({ revision, records, changes }: StorageSnapshot): SnapshotText => ({
  revision,
  records: [...records].map(changeText),
  changes: changes.map(changeText),
});

/** The same numbers in 0..1 for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
