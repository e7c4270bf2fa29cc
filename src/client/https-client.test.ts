import assert from 'node:assert/strict';
import { createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { configmaps, nodes, pods } from '../api/generated/resource-types.ts';
import { ApiError } from '../api/status.ts';
import { createHttpsClient, type HttpsClient } from './https-client.ts';
import { testCertificate as certificate } from './testing/test-certificate.ts';

type Answer = (request: Http2ServerRequest, response: Http2ServerResponse, body: string) => void;

let answer: Answer = () => undefined;
const sockets = new Set<Socket>();

function serve(request: Http2ServerRequest | IncomingMessage, response: Http2ServerResponse | ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request as Http2ServerRequest, response as Http2ServerResponse, Buffer.concat(chunks).toString()));
}

function listen(allowHttp2: boolean): Promise<Server> {
  const options = { key: certificate.key, cert: certificate.certificate };
  const server: Server = allowHttp2 ? createSecureServer(options, serve) : createHttpsServer(options, serve);
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('sessionError', () => undefined);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const json = (response: Http2ServerResponse, code: number, value: unknown): void => {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
};

for (const allowHttp2 of [true, false]) {
  describe(`createHttpsClient over HTTP/${allowHttp2 ? 2 : 1.1}`, () => {
    let server: Server;
    let client: HttpsClient;
    before(async () => {
      server = await listen(allowHttp2);
      const { port } = server.address() as AddressInfo;
      client = createHttpsClient({
        server: `https://127.0.0.1:${port}`,
        certificateAuthority: certificate.certificate,
        token: async () => 'secret\n',
        userAgent: 'tester',
      });
    });
    after(async () => {
      await client[Symbol.asyncDispose]();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });

    const seen: string[] = [];
    const echo: Answer = (request, response, body) => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? '-'} ${body || '-'}`);
      json(
        response,
        200,
        request.method === 'GET' && !request.url.includes('/x')
          ? { metadata: { resourceVersion: '5' }, items: [{ metadata: { name: 'i' } }] }
          : { kind: 'Any', metadata: {} },
      );
    };
    const key = { namespace: 'a b', name: 'x' };
    const cases: { name: string; call: () => Promise<unknown>; want: string }[] = [
      { name: 'get', call: () => client.get(pods, key), want: 'GET /api/v1/namespaces/a%20b/pods/x - -' },
      { name: 'get of a sub-resource', call: () => client.get(nodes, { name: 'x' }, { subresource: 'status' }), want: 'GET /api/v1/nodes/x/status - -' },
      { name: 'list', call: () => client.list(pods, { labelSelector: 'a in (b)', limit: 5 }), want: 'GET /api/v1/pods?labelSelector=a+in+%28b%29&limit=5 - -' },
      {
        name: 'create',
        call: () => client.create(configmaps, { metadata: { name: 'n' } }, { namespace: 'a', dryRun: true }),
        want: 'POST /api/v1/namespaces/a/configmaps?dryRun=All application/json {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n"}}',
      },
      {
        name: 'replace',
        call: () => client.replace(configmaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: key }),
        want: 'PUT /api/v1/namespaces/a%20b/configmaps/x application/json {"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"a b","name":"x"}}',
      },
      {
        name: 'patch',
        call: () => client.patch(pods, key, { type: 'strategic', body: { a: 1 } }, { subresource: 'status', fieldManager: 'me' }),
        want: 'PATCH /api/v1/namespaces/a%20b/pods/x/status?fieldManager=me application/strategic-merge-patch+json {"a":1}',
      },
      {
        name: 'apply',
        call: () => client.apply(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'x' }, spec: {} }, { fieldManager: 'me', force: true }),
        want: 'PATCH /api/v1/nodes/x?fieldManager=me&force=true application/apply-patch+yaml {"apiVersion":"v1","kind":"Node","metadata":{"name":"x"},"spec":{}}',
      },
      {
        name: 'delete',
        call: () => client.delete(pods, key, { gracePeriodSeconds: 0, preconditions: { uid: 'u' } }),
        want: 'DELETE /api/v1/namespaces/a%20b/pods/x application/json {"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"preconditions":{"uid":"u"}}',
      },
      {
        name: 'deleteCollection',
        call: () => client.deleteCollection(pods, { namespace: 'a', fieldSelector: 'x=y' }),
        want: 'DELETE /api/v1/namespaces/a/pods?fieldSelector=x%3Dy application/json {"kind":"DeleteOptions","apiVersion":"v1"}',
      },
      {
        name: 'createSubresource',
        call: () => client.createSubresource(pods, key, 'eviction', { a: 1 }),
        want: 'POST /api/v1/namespaces/a%20b/pods/x/eviction application/json {"a":1}',
      },
    ];
    for (const { name, call, want } of cases) {
      it(`sends ${name}`, async () => {
        answer = echo;
        seen.length = 0;
        await call();
        assert.deepEqual(seen, [want]);
      });
    }

    it('sends credentials and fills in the types of listed items', async () => {
      answer = (request, response, body) => {
        assert.deepEqual([request.headers['authorization'], request.headers['user-agent']], ['Bearer secret', 'tester']);
        echo(request, response, body);
      };
      assert.deepEqual(
        (await client.list(pods)).items.map(({ apiVersion, kind }) => [apiVersion, kind]),
        [['v1', 'Pod']],
      );
    });

    it('throws what the server refuses with, and words what something else answered', async () => {
      answer = (_, response) => json(response, 409, { kind: 'Status', code: 409, reason: 'Conflict', message: 'no', details: { name: 'x' } });
      await assert.rejects(
        client.get(pods, key),
        (error) => error instanceof ApiError && error.code === 409 && error.reason === 'Conflict' && error.message === 'no' && error.details?.name === 'x',
      );
      answer = (_, response) => (response.writeHead(404), void response.end('<html>'));
      await assert.rejects(
        client.get(pods, key),
        (error) =>
          error instanceof ApiError && error.reason === 'NotFound' && /^the server could not find the requested resource \(get pods /.test(error.message),
      );
    });

    it('sends again what the server asks to send later', async () => {
      let asked = 0;
      answer = (request, response, body) => {
        if (++asked > 2) return echo(request, response, body);
        response.writeHead(429, { 'retry-after': '0' });
        response.end();
      };
      await client.get(pods, key);
      assert.equal(asked, 3);
    });

    it('follows redirects of the server, as long as they lead somewhere', async () => {
      answer = (request, response, body) => {
        if (request.url?.endsWith('?there')) return echo(request, response, body);
        response.writeHead(302, { location: `${request.url}?there` }).end();
      };
      assert.equal((await client.raw({ method: 'GET', path: '/x' })).status, 200);
      answer = (request, response) => void response.writeHead(302, { location: request.url }).end();
      await assert.rejects(client.get(pods, key), /stopped after 10 redirects/);
      await assert.rejects(client.delete(pods, key), /responded with the status code 302/);
    });

    it('watches line by line, however the bytes arrive, and throws the error event', async () => {
      const line = (type: string, name: string): string => `${JSON.stringify({ type, object: { metadata: { name } } })}\n`;
      answer = (request, response) => {
        assert.match(request.url, /\/configmaps\?watch=true&resourceVersion=7&allowWatchBookmarks=true$/);
        response.writeHead(200);
        const text =
          line('ADDED', 'ä') +
          line('MODIFIED', 'b') +
          `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'old' } })}\n`;
        for (const byte of Buffer.from(text)) response.write(Buffer.from([byte]));
        response.end();
      };
      const names: (string | undefined)[] = [];
      await assert.rejects(
        async () => {
          for await (const event of client.watch(configmaps, { resourceVersion: '7', allowWatchBookmarks: true, signal: new AbortController().signal }))
            names.push(event.object.metadata.name);
        },
        (error) => error instanceof ApiError && error.code === 410,
      );
      assert.deepEqual(names, ['ä', 'b']);
    });

    it('ends a watch when its signal aborts', async () => {
      answer = (_, response) => {
        response.writeHead(200);
        response.write(`${JSON.stringify({ type: 'ADDED', object: { metadata: {} } })}\n`);
      };
      const abort = new AbortController();
      let events = 0;
      for await (const _ of client.watch(configmaps, { signal: abort.signal })) {
        events++;
        abort.abort();
      }
      assert.equal(events, 1);
    });

    it('does not let a watch that nobody reads hold up requests', async () => {
      const big = `${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'x'.repeat(100_000) } } })}\n`;
      answer = (request, response, body) => {
        if (!request.url.includes('watch')) return echo(request, response, body);
        response.writeHead(200);
        for (let time = 0; time < 50; time++) response.write(big);
      };
      const abort = new AbortController();
      const watch = client.watch(configmaps, { signal: abort.signal })[Symbol.asyncIterator]();
      await watch.next();
      await client.get(pods, key);
      abort.abort();
      await watch.next();
    });

    it('connects again after the connection was lost', async () => {
      answer = echo;
      await client.get(pods, key);
      for (const socket of [...sockets]) socket.destroy();
      await new Promise((resolve) => setImmediate(resolve));
      await client.get(pods, key);
    });

    if (allowHttp2) {
      it('uses one connection for everything', async () => {
        answer = echo;
        await Promise.all(Array.from({ length: 50 }, () => client.get(pods, key)));
        assert.equal(sockets.size, 1);
      });
    }
  });
}

describe('createHttpsClient', () => {
  it('says 503 when nobody answers, with the reason', async () => {
    const server = createHttp1Server();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await using client = createHttpsClient({ server: `https://127.0.0.1:${port}`, userAgent: 'tester' });
    await assert.rejects(client.get(nodes, { name: 'x' }), (error) => error instanceof ApiError && error.code === 503 && /ECONNREFUSED/.test(error.message));
  });

  it('does not trust a server it does not know', async () => {
    const server = await listen(true);
    const { port } = server.address() as AddressInfo;
    await using client = createHttpsClient({ server: `https://127.0.0.1:${port}`, userAgent: 'tester' });
    await assert.rejects(client.get(nodes, { name: 'x' }), /self.signed|unable to verify/i);
    await new Promise((resolve) => server.close(resolve));
  });

  it('speaks plain HTTP to a local proxy', async () => {
    const server = createHttp1Server((_, response) => response.end('{"kind":"Node","metadata":{}}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    {
      await using client = createHttpsClient({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`, userAgent: 'tester' });
      assert.equal((await client.get(nodes, { name: 'x' })).kind, 'Node');
    }
    await new Promise((resolve) => server.close(resolve));
  });
});
