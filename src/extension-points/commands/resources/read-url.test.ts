import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { readUrl } from './read-url.ts';

describe('readUrl', () => {
  const asked: string[] = [];
  let failures = 0;
  const files = createServer(({ url = '', headers }, response) => {
    asked.push(`${headers.host}${url}`);
    if (failures-- > 0) response.statusCode = 503;
    else if (url !== '/pod.yaml') response.statusCode = 404;
    response.end('kind: Pod\n');
  });
  /** Answers in the place of the server that is named. */
  const proxied: string[] = [];
  const proxy = createServer(({ url = '' }, response) => {
    proxied.push(url);
    response.end('by proxy');
  });
  const port = (server: Server): number => (server.address() as AddressInfo).port;
  const environment = { ...process.env };
  before(() => Promise.all([files, proxy].map((server) => once(server.listen(0, '127.0.0.1'), 'listening'))));
  after(() => {
    process.env = environment;
    for (const server of [files, proxy]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('tries again where a server has a fault, and not where it has no such file', async () => {
    failures = 1;
    const here = `http://127.0.0.1:${port(files)}`;
    assert.equal(await readUrl(`${here}/pod.yaml`), 'kind: Pod\n');
    assert.equal(asked.splice(0).length, 2);
    await assert.rejects(readUrl(`${here}/other`), { message: `unable to read URL "${here}/other", server reported 404 Not Found, status code=404` });
    assert.equal(asked.splice(0).length, 1);
  });

  it('goes by the proxy of the environment, but not to this machine', async () => {
    process.env['HTTP_PROXY'] = `http://127.0.0.1:${port(proxy)}`;
    assert.equal(await readUrl('http://files.example/pod.yaml'), 'by proxy');
    assert.deepEqual(proxied, ['http://files.example/pod.yaml']);
    assert.equal(await readUrl(`http://127.0.0.1:${port(files)}/pod.yaml`), 'kind: Pod\n');
  });
});
