import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { randomNumbers, storageConformance } from '../../../extension-points/storage/conformance.ts';
import type { Storage } from '../../../extension-points/storage/contract.ts';
import { StorageError } from '../../../extension-points/storage/contract.ts';
import { openSqliteStorage } from './sqlite-storage.ts';

storageConformance('the SQLite storage', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sqlite-storage-'));
  const path = join(folder, 'store.db');
  const opened: Storage[] = [];
  const open = async (): Promise<Storage> => {
    const storage = await openSqliteStorage({ path });
    opened.push(storage);
    return storage;
  };
  return {
    storage: await open(),
    async reopen() {
      await opened.at(-1)![Symbol.asyncDispose]();
      return open();
    },
    spawnWriter: () =>
      spawn(process.execPath, [fileURLToPath(new URL('./writer.fixture.ts', import.meta.url)), path], { stdio: ['ignore', 'pipe', 'inherit'] }),
    async dispose() {
      for (const storage of opened) await storage[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
});

describe('the SQLite file', () => {
  const withFolder = (work: (folder: string) => Promise<void>) => async (): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'sqlite-file-'));
    try {
      await work(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  const refused = (path: string, message: RegExp): Promise<void> =>
    assert.rejects(openSqliteStorage({ path }), (error: Error) => {
      assert.ok(error instanceof StorageError);
      assert.match(error.message, message);
      assert.ok(!error.message.includes('\n'));
      return true;
    });

  it(
    'is refused to a second user, naming the process that has it',
    withFolder(async (folder) => {
      const path = join(folder, 'store.db');
      await using _first = await openSqliteStorage({ path });
      await refused(path, process.platform === 'linux' ? new RegExp(`in use by process ${process.pid}; stop that process`) : /in use by/);
    }),
  );

  const unusable: { name: string; prepare: (folder: string) => Promise<string>; message: RegExp }[] = [
    {
      name: 'whose folder is missing',
      prepare: async (folder) => join(folder, 'none', 'store.db'),
      message: /cannot be opened; check that its directory exists/,
    },
    { name: 'that is a folder', prepare: async (folder) => (await mkdir(join(folder, 'store.db')), join(folder, 'store.db')), message: /cannot be opened/ },
    {
      name: 'that is no database',
      prepare: async (folder) => (await writeFile(join(folder, 'store.db'), 'x'.repeat(5_000)), join(folder, 'store.db')),
      message: /is damaged .*restore it from a backup/,
    },
    { name: 'that is cut short', prepare: cutShort, message: /is damaged/ },
    { name: 'of another program', prepare: foreign, message: /is an SQLite database but not a store/ },
    { name: 'of a newer version', prepare: newer, message: /was written by a newer version/ },
  ];
  for (const { name, prepare, message } of unusable) {
    it(
      `is refused when it is one ${name}`,
      withFolder(async (folder) => refused(await prepare(folder), message)),
    );
  }

  it(
    'refuses what does not fit, keeps what was acknowledged, and recovers',
    withFolder(async (folder) => {
      const path = join(folder, 'store.db');
      {
        await using storage = await openSqliteStorage({ path, maximumSizeBytes: 64 * 4_096 });
        await storage.load();
        await storage.commit([{ key: '/small', value: Buffer.from('1') }]);
        const outcomes = await Promise.allSettled([
          storage.commit([{ key: '/big', value: Buffer.alloc(1 << 20) }]),
          storage.commit([{ key: '/small', expectedRevision: 1, value: Buffer.from('2') }]),
        ]);
        assert.deepEqual(
          outcomes.map(({ status }) => status),
          ['rejected', 'rejected'],
        );
        assert.match(String((outcomes[0] as PromiseRejectedResult).reason), /is full; free space on the disk/);
        assert.deepEqual(await storage.commit([{ key: '/small', expectedRevision: 1, value: Buffer.from('3') }]), { kind: 'committed', revision: 2 });
      }
      await using storage = await openSqliteStorage({ path });
      const records = [...(await storage.load()).records];
      assert.deepEqual(
        records.map(({ key, revision, value }) => [key, revision, Buffer.from(value).toString()]),
        [['/small', 2, '3']],
      );
    }),
  );

  it(
    'has exactly what was acknowledged when any commits fail for want of space',
    withFolder(async (folder) => {
      const path = join(folder, 'store.db');
      const random = randomNumbers(11);
      const acknowledged: { readonly revision: number; readonly key: string; readonly value: string | undefined }[] = [];
      let refused = 0;
      {
        await using storage = await openSqliteStorage({ path, maximumSizeBytes: 96 * 4_096 });
        await storage.load();
        for (let round = 0; round < 60; round++) {
          const commit = async (): Promise<void> => {
            const key = `/k/${Math.floor(random() * 5)}`;
            const dice = random();
            const value = dice < 0.2 ? undefined : String(random()).repeat(dice < 0.35 ? 40_000 : 1);
            try {
              const result = await storage.commit([{ key, ...(value === undefined ? {} : { value: Buffer.from(value) }) }]);
              assert.equal(result.kind, 'committed');
              acknowledged.push({ revision: result.revision, key, value });
            } catch (error) {
              assert.match(String(error), /is full/);
              refused++;
            }
          };
          await Promise.all(Array.from({ length: 1 + Math.floor(random() * 5) }, commit));
          await storage.compact(acknowledged.at(-1)?.revision ?? 0);
        }
      }
      const want = new Map<string, string>();
      for (const { key, value } of acknowledged.toSorted((left, right) => left.revision - right.revision)) {
        if (value === undefined) want.delete(key);
        else want.set(key, value);
      }
      await using storage = await openSqliteStorage({ path });
      const { records, revision } = await storage.load();
      assert.deepEqual(
        [...records].map((record) => [record.key, Buffer.from(record.value).toString()]),
        [...want].sort(([left], [right]) => (left < right ? -1 : 1)),
      );
      assert.equal(revision, Math.max(...acknowledged.map((one) => one.revision)));
      assert.ok(refused > 10, `${refused} refused`);
    }),
  );

  it(
    'acknowledges many commits of one transaction over several turns, in order, whatever is refused meanwhile',
    withFolder(async (folder) => {
      const path = join(folder, 'store.db');
      const told: number[] = [];
      let turns = 0;
      {
        await using storage = await openSqliteStorage({ path, maximumSizeBytes: 96 * 4_096 });
        await storage.load();
        storage.onChanges((changes) => {
          told.push(...changes.map(({ revision }) => revision));
          for (const until = performance.now() + 0.1; performance.now() < until; );
        });
        const counter = setInterval(() => turns++, 0);
        const small = Array.from({ length: 400 }, (_, index) => storage.commit([{ key: `/k/${index}`, value: Buffer.from('1') }]));
        await small[0];
        await assert.rejects(storage.commit([{ key: '/k/0', value: Buffer.alloc(1 << 20) }]), /is full/);
        const next = storage.commit([{ key: '/k/0', expectedRevision: 1, value: Buffer.from('2') }]);
        const results = await Promise.all([...small, next]);
        clearInterval(counter);
        assert.deepEqual(
          results.map((result) => result.kind === 'committed' && result.revision),
          Array.from({ length: 401 }, (_, index) => index + 1),
        );
        assert.deepEqual(
          told,
          Array.from({ length: 401 }, (_, index) => index + 1),
        );
        assert.ok(turns > 2, `${turns} turns`);
      }
      await using storage = await openSqliteStorage({ path });
      assert.equal((await storage.load()).revision, 401);
    }),
  );

  it(
    'answers however many commits of one turn',
    withFolder(async (folder) => {
      await using storage = await openSqliteStorage({ path: join(folder, 'store.db') });
      await storage.load();
      const conflicting = Array.from({ length: 200_000 }, () => storage.commit([{ key: '/k', expectedRevision: 7, value: Buffer.from('1') }]));
      const kinds = new Set((await Promise.all(conflicting)).map(({ kind }) => kind));
      assert.deepEqual([...kinds], ['conflict']);
    }),
  );

  it(
    'compacts in order, however often it is asked at once',
    withFolder(async (folder) => {
      const path = join(folder, 'store.db');
      {
        await using storage = await openSqliteStorage({ path });
        await storage.load();
        for (let round = 0; round < 50; round++)
          await Promise.all(Array.from({ length: 60 }, (_, index) => storage.commit([{ key: `/k/${index}`, value: Buffer.from(String(round)) }])));
        await Promise.all([1_000, 2_000, 3_000].map((revision) => storage.compact(revision)));
      }
      await using storage = await openSqliteStorage({ path });
      const { records, compactedRevision } = await storage.load();
      const values = [...records].map(({ value }) => Buffer.from(value).toString());
      assert.deepEqual([values.length, new Set(values), compactedRevision], [60, new Set(['49']), 3_000]);
    }),
  );

  it(
    'refuses commits before it was loaded and after it was closed',
    withFolder(async (folder) => {
      const storage = await openSqliteStorage({ path: join(folder, 'store.db') });
      await assert.rejects(storage.commit([]), /not loaded yet/);
      await storage.load();
      await storage[Symbol.asyncDispose]();
      await assert.rejects(storage.commit([]), /is closed/);
    }),
  );

  it(
    'is one file once closed',
    withFolder(async (folder) => {
      const path = join(folder, 'store.db');
      {
        await using storage = await openSqliteStorage({ path });
        await storage.load();
        await storage.commit([{ key: '/a', value: Buffer.from('{}') }]);
      }
      const database = new DatabaseSync(path, { readOnly: true });
      assert.deepEqual(
        { ...database.prepare('select revision, key, cast(value as text) as value from changes').get() },
        { revision: 1, key: '/a', value: '{}' },
      );
      database.close();
    }),
  );

  it(
    'shrinks its table as it is compacted',
    withFolder(async (folder) => {
      await using storage = await openSqliteStorage({ path: join(folder, 'store.db') });
      await storage.load();
      for (let round = 0; round < 30; round++)
        await Promise.all(Array.from({ length: 100 }, (_, index) => storage.commit([{ key: `/k/${index}`, value: Buffer.from(String(round)) }])));
      await storage.compact(3_000);
      const snapshot = await storage.load();
      assert.equal(snapshot.changes.length, 0);
      assert.equal([...snapshot.records].length, 100);
    }),
  );
});

async function filled(folder: string): Promise<string> {
  const path = join(folder, 'store.db');
  await using storage = await openSqliteStorage({ path });
  await storage.load();
  await storage.commit([{ key: '/a', value: Buffer.alloc(100_000) }]);
  return path;
}

async function cutShort(folder: string): Promise<string> {
  const path = await filled(folder);
  await truncate(path, 6_000);
  return path;
}

async function foreign(folder: string): Promise<string> {
  const path = join(folder, 'store.db');
  const database = new DatabaseSync(path);
  database.exec('create table accounts (name text)');
  database.close();
  return path;
}

async function newer(folder: string): Promise<string> {
  const path = await filled(folder);
  const database = new DatabaseSync(path);
  database.exec('pragma user_version = 99');
  database.close();
  return path;
}
