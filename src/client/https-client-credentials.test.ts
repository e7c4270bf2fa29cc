import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { type Credentials, createHttpsClient, type HttpsClientOptions } from './https-client.ts';
import { testCertificate } from './testing/test-certificate.ts';

const { certificate, key } = testCertificate;
const sockets = new Set<Socket>();

describe('credentials that change', () => {
  const seen: string[] = [];
  const api = createServer({ key, cert: certificate, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const hasCertificate = Object.keys((request.socket as TLSSocket).getPeerCertificate()).length > 0;
    seen.push(hasCertificate ? 'certificate' : (request.headers.authorization ?? 'nobody'));
    response.writeHead(hasCertificate ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(hasCertificate ? { is: 'there' } : { kind: 'Status', code: 401, reason: 'Unauthorized', message: 'Unauthorized' }));
  });
  /** Takes connections and says nothing. */
  const silent = createTcpServer();
  const listen = async (server: Server): Promise<string> => {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  let server: string;
  let silentServer: string;
  before(async () => {
    server = await listen(api);
    silentServer = await listen(silent);
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    api.close();
    silent.close();
  });
  const connect = (options: Partial<HttpsClientOptions>) => createHttpsClient({ server, certificateAuthority: certificate, userAgent: 'tester', ...options });

  for (const startsWithOne of [true, false])
    it(`go over a new connection when there is another certificate, ${startsWithOne ? 'with one request after the other' : 'with many at once'}`, async () => {
      seen.length = 0;
      let given: Credentials = { token: 'old' };
      const refusals: (Credentials | undefined)[] = [];
      await using client = connect({
        startsWithOne,
        credentials: {
          current: () => Promise.resolve(given),
          refused: (used) => {
            refusals.push(used);
            given = { certificate, key };
            return Promise.resolve(true);
          },
        },
      });
      assert.deepEqual(await client.json({ method: 'GET', path: '/' }), { is: 'there' });
      assert.deepEqual(await client.json({ method: 'GET', path: '/' }), { is: 'there' });
      assert.deepEqual(seen, ['Bearer old', 'certificate', 'certificate']);
      assert.deepEqual(refusals, [{ token: 'old' }]);
    });

  it('are not needed by a client that may send nothing', async () => {
    await using client = connect({ beforeRequests: () => Promise.reject(new Error('not that server')) });
    for (let times = 0; times < 2; times++) await assert.rejects(client.json({ method: 'GET', path: '/' }), { message: 'not that server' });
  });

  for (const startsWithOne of [true, false])
    it(`wait for a connection no longer than a request may take, ${startsWithOne ? 'the first' : 'any'} one`, async () => {
      await using client = connect({ server: silentServer, requestTimeoutMs: 50, startsWithOne });
      await assert.rejects(
        client.json({ method: 'GET', path: '/' }),
        /request canceled while waiting for connection \(Client.Timeout exceeded while awaiting headers\)/,
      );
    });
});
