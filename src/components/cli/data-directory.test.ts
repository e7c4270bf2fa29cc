import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isDataDirectory, portToUse, prepareDataDirectory, readRecord, removeDataDirectory, writeRecord } from './data-directory.ts';
import type { Distribution } from './distribution.ts';
import { down } from './down.ts';

const root = mkdtempSync(join(tmpdir(), 'wherry-data-'));
after(() => rmSync(root, { recursive: true }));
let serial = 0;
const fresh = (): string => join(root, String(++serial), 'deep');

describe('a data directory', () => {
  it('is made for its owner only, database included', () => {
    const directory = fresh();
    prepareDataDirectory(directory);
    assert.deepEqual(
      [directory, join(directory, 'store.db')].map((path) => statSync(path).mode & 0o777),
      [0o700, 0o600],
    );
    assert.ok(isDataDirectory(directory));
  });

  it('that others can enter keeps its database to its owner', () => {
    const directory = fresh();
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    writeFileSync(join(directory, 'store.db'), '', { mode: 0o644 });
    prepareDataDirectory(directory);
    assert.equal(statSync(join(directory, 'store.db')).mode & 0o777, 0o600);
  });

  it('that cannot be made is refused', () =>
    assert.throws(
      () => prepareDataDirectory('/proc/nope'),
      /^Error: cannot write to the data directory \/proc\/nope \(\w+\); choose another with --data-dir$/,
    ));

  it('remembers', () => {
    const directory = fresh();
    prepareDataDirectory(directory);
    writeRecord(directory, { kubeconfig: '/somewhere' });
    writeRecord(directory, { port: 1234 });
    assert.deepEqual(readRecord(directory), { kubeconfig: '/somewhere', port: 1234 });
  });

  it("is removed without what is not wherry's", () => {
    const directory = fresh();
    prepareDataDirectory(directory);
    writeFileSync(join(directory, 'precious'), 'keep');
    assert.deepEqual(removeDataDirectory(directory), ['precious']);
    rmSync(join(directory, 'precious'));
    assert.deepEqual(removeDataDirectory(directory), []);
    assert.ok(!existsSync(directory));
  });

  it('takes the port it had before, when any will do and it is free', async () => {
    const directory = fresh();
    prepareDataDirectory(directory);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    writeRecord(directory, { port });
    const taken = await portToUse(directory, '127.0.0.1', 0);
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual([taken, await portToUse(directory, '127.0.0.1', 0), await portToUse(directory, '127.0.0.1', 6443)], [0, port, 6443]);
  });
});

describe('down --purge', () => {
  it('refuses what is no data directory', async () => {
    const directory = fresh();
    mkdirSync(join(directory, 'containerd'), { recursive: true });
    const untouched = { cleanUp: () => assert.fail('cleaned up'), countContainers: () => assert.fail('looked') } as unknown as Distribution;
    await assert.rejects(down(untouched, { dataDir: directory, purge: true }), { message: `${directory} is no data directory of wherry: nothing was removed` });
    assert.ok(existsSync(join(directory, 'containerd')));
  });
});
