import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { downloadArchive } from './download.ts';

describe('a download', () => {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'download-'));
  const server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/plain' }).end();
    else if (request.url === '/plain') response.end('archive');
    else if (request.url === '/secret' && request.headers.authorization === `Basic ${btoa('ann:secret')}`) response.end('archive');
    else response.writeHead(request.url === '/secret' ? 401 : 404).end();
  });
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    folder.remove();
  });
  const to = join(folder.path, 'to');
  const sha256 = createHash('sha256').update('archive').digest('hex');
  const url = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

  it('follows redirects and checks the sum', async () => {
    await downloadArchive(url('/moved'), { to, sha256 }, {});
    assert.equal(readFileSync(to, 'utf8'), 'archive');
    await assert.rejects(downloadArchive(url('/plain'), { to, sha256: '0'.repeat(64) }, {}), {
      message: `checksum does not match, want: ${'0'.repeat(64)}, got ${sha256}`,
    });
  });

  it('sends credentials only when it is told to', async () => {
    const netrcFile = join(folder.path, 'netrc');
    writeFileSync(netrcFile, 'machine 127.0.0.1 login ann password secret');
    await downloadArchive(url('/secret'), { to, sha256 }, { netrcFile });
    await assert.rejects(downloadArchive(url('/secret'), { to, sha256 }, {}), { message: `failed to download "${url('/secret')}", status code 401` });
  });

  it('reads files of this machine', async () => {
    const path = join(folder.path, 'a file');
    writeFileSync(path, 'archive');
    await downloadArchive(pathToFileURL(path).href, { to, sha256 }, {});
  });

  it('says what is wrong with what it cannot fetch', async () => {
    await assert.rejects(downloadArchive(url('/nothing'), { to, sha256 }, {}), { message: `failed to download "${url('/nothing')}", status code 404` });
    await assert.rejects(downloadArchive('nonsense', { to, sha256 }, {}), /failed to create request for "nonsense"/);
    await assert.rejects(downloadArchive('ftp://example.com/x', { to, sha256 }, {}), /failed to download "ftp:\/\/example\.com\/x"/);
    await assert.rejects(downloadArchive(url('/plain'), { to, sha256 }, { signal: AbortSignal.abort() }), /abort/);
  });
});
