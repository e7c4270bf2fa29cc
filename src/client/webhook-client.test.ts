import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { testCertificate } from './testing/test-certificate.ts';
import { WebhookClient, WebhookError } from './webhook-client.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function serve(handler: Handler): Promise<{ port: number; connections: () => number } & AsyncDisposable> {
  let connections = 0;
  const server = createServer({ key: testCertificate.key, cert: testCertificate.certificate }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => handler(request, response, body));
  });
  server.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const call = { body: Buffer.from('{"a":1}'), timeoutMs: 5_000 };
const ca = testCertificate.certificate;
const failure = async (answer: Promise<unknown>): Promise<string> => {
  try {
    await answer;
  } catch (error) {
    assert.ok(error instanceof WebhookError, String(error));
    return error.message;
  }
  throw new Error('it did not fail');
};

describe('webhook client', () => {
  it('posts JSON and keeps its connection', async () => {
    await using server = await serve((request, response, body) =>
      response.end(JSON.stringify([request.method, request.url, request.headers['content-type'], body])),
    );
    using client = new WebhookClient({ url: `https://127.0.0.1:${server.port}/convert?timeout=30s`, ca, headers: { authorization: 'Bearer x' } });
    for (let index = 0; index < 3; index++) {
      assert.deepEqual(JSON.parse((await client.post(call)).toString()), ['POST', '/convert?timeout=30s', 'application/json', '{"a":1}']);
    }
    assert.equal(server.connections(), 1);
  });

  it('calls again when the server has closed the kept connection', async () => {
    const seen = new WeakSet<object>();
    await using server = await serve((request, response) => {
      if (seen.has(request.socket)) return void request.socket.destroy();
      seen.add(request.socket);
      response.end('fine');
    });
    using client = new WebhookClient({ url: `https://127.0.0.1:${server.port}/`, ca });
    for (let index = 0; index < 3; index++) assert.equal((await client.post(call)).toString(), 'fine');
    assert.equal(server.connections(), 3);
  });

  it('reaches a service by an endpoint, and wants a certificate for the name all the same', async () => {
    await using server = await serve((request, response) => response.end(request.headers.host));
    using named = new WebhookClient({ url: 'https://hook.default.svc:443/', ca });
    const endpoint = { host: '127.0.0.1', port: server.port };
    assert.match(await failure(named.post(call, endpoint)), /^Post "https:\/\/hook\.default\.svc:443\/": tls: failed to verify certificate: x509: /);
    using unverified = new WebhookClient({ url: 'https://hook.default.svc:443/', ca, isUnverified: true });
    assert.equal((await unverified.post(call, endpoint)).toString(), 'hook.default.svc');
  });

  it('tells who it does not trust', async () => {
    await using server = await serve((_, response) => response.end());
    using client = new WebhookClient({ url: `https://127.0.0.1:${server.port}/` });
    assert.match(await failure(client.post(call)), /: tls: failed to verify certificate: x509: certificate signed by unknown authority$/);
  });

  it('gives up in time', async () => {
    await using server = await serve(() => {});
    using client = new WebhookClient({ url: `https://127.0.0.1:${server.port}/`, ca });
    assert.match(await failure(client.post({ ...call, timeoutMs: 50 })), /: context deadline exceeded$/);
    const abort = new AbortController();
    const answer = client.post({ ...call, signal: abort.signal });
    abort.abort(new Error('the client has gone'));
    await assert.rejects(answer, /the client has gone/);
  });

  it('refuses answers without end', async () => {
    await using server = await serve((_, response) => response.end('x'.repeat(2_000)));
    using client = new WebhookClient({ url: `https://127.0.0.1:${server.port}/`, ca });
    assert.match(await failure(client.post({ ...call, maximumAnswerBytes: 1_000 })), /longer than 1000 bytes/);
  });

  const statuses: [status: number, body: string, want: string][] = [
    [404, 'nothing', 'the server could not find the requested resource'],
    [500, 'broken', 'an error on the server ("broken") has prevented the request from succeeding'],
    [503, '', 'the server is currently unable to handle the request'],
    [400, '{"kind":"Status","message":"no"}', 'no'],
    [418, '', 'the server responded with the status code 418 but did not return more information'],
  ];
  for (const [status, body, want] of statuses) {
    it(`words a ${status} as client-go does: ${want}`, async () => {
      await using server = await serve((_, response) => response.writeHead(status).end(body));
      using client = new WebhookClient({ url: `https://127.0.0.1:${server.port}/`, ca });
      assert.equal(await failure(client.post(call)), want);
    });
  }
});
