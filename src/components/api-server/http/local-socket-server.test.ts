import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { localSocket } from '../../../client/local-socket.ts';
import { readBody } from '../../../client/response-body.ts';
import type { Authorizer } from '../../../extension-points/authorization/contract.ts';
import { mintCertificateAuthority, mintClientCertificate, mintServingCertificate } from '../certificates/mint-certificate.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

describe('the local socket', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-socket-'));
  const path = join(directory, 'api', 'socket');
  let test: TestServer;
  /** Who asked for what, as the authorizer was told. */
  const asked: string[] = [];
  const authorizer: Authorizer = {
    authorize({ user }) {
      asked.push(`${user.name} (${user.groups.join()})`);
      return { kind: 'allow', reason: '' };
    },
  };
  before(async () => {
    test = await startTestServer({ localSocket: path, authorizer });
    await test.call('POST', '/api/v1/namespaces/default/pods', { body: { metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'i' }] } } });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  const pods = '/api/v1/namespaces/default/pods';
  const ask = (headers: Record<string, string>, what: { path?: string; socketPath?: string; agent?: Agent } = {}) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const sent: ClientRequest = httpRequest({ socketPath: path, path: `${pods}/web`, headers, ...what }, (answer: IncomingMessage) => {
        readBody(answer).then((text) => resolve({ status: answer.statusCode, text: String(text) }), reject);
      });
      sent.on('error', reject).end();
    });
  const shown = (certificate: string, authority = test.ca.certificatePem): Record<string, string> => ({ ...localSocket(path, authority, certificate).headers });

  it('answers whoever shows a certificate of the cluster', async () => {
    assert.equal(test.server.localSocket, path);
    const { status, text } = await ask(shown(test.admin.certificatePem));
    assert.deepEqual([status, (JSON.parse(text) as { metadata: { name: string } }).metadata.name], [200, 'web']);
  });

  it('knows them by their certificate, with every request', async () => {
    const jane = await mintClientCertificate({ ca: test.ca, commonName: 'jane', organizations: ['a', 'b'], days: 1 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    asked.length = 0;
    for (const { certificatePem } of [jane, test.admin, jane]) assert.equal((await ask(shown(certificatePem), { agent })).status, 200);
    agent.destroy();
    assert.deepEqual(asked, ['jane (a,b,system:authenticated)', 'admin (system:masters,system:authenticated)', 'jane (a,b,system:authenticated)']);
  });

  it('is told whom to act as, like over TLS', async () => {
    asked.length = 0;
    await ask({ ...shown(test.admin.certificatePem), 'impersonate-user': 'kim' });
    assert.deepEqual([asked[0], asked.at(-1)], ['admin (system:masters,system:authenticated)', 'kim (system:authenticated)']);
  });

  it('sends everybody else away', async () => {
    const nowMs = Date.now();
    const ca = await mintCertificateAuthority({ commonName: 'test', days: 1, nowMs });
    const strange = await mintClientCertificate({ ca, commonName: 'admin', organizations: ['system:masters'], days: 1 });
    const late = await mintClientCertificate({ ca: test.ca, commonName: 'admin', organizations: ['system:masters'], days: 1, nowMs: nowMs - 3 * 86_400_000 });
    const serving = await mintServingCertificate(test.ca, { commonName: 'x', days: 1, nowMs, serverNames: [], serverAddresses: ['127.0.0.1'] });
    const admin = test.admin.certificatePem;
    const cases: Record<string, Record<string, string>> = {
      'nobody at all': {},
      'a certificate of another authority': shown(strange.certificatePem),
      'a certificate whose time is over': shown(late.certificatePem),
      'a certificate of a server': shown(serving.certificatePem),
      'a text that is no certificate': shown('hello'),
      'somebody who means another cluster': shown(admin, ca.certificatePem),
    };
    for (const [who, headers] of Object.entries(cases)) assert.deepEqual(await ask(headers), { status: 421, text: '' }, who);
    assert.equal((await ask(shown(admin))).status, 200);
  });

  it('is in a folder that nobody else may enter', () => assert.equal(statSync(join(directory, 'api')).mode & 0o777, 0o700));

  it('is made anew where a killed process left its file, and gone once the server is', async () => {
    const left = join(directory, 'left', 'socket');
    const first = await startTestServer({ localSocket: left });
    await first[Symbol.asyncDispose]();
    assert.equal(existsSync(left), false);
    writeFileSync(left, '');
    await using second = await startTestServer({ localSocket: left });
    assert.equal((await ask(shown(second.admin.certificatePem), { socketPath: left, path: '/version' })).status, 200);
  });

  it('is left out where it cannot be made', async () => {
    await using server = await startTestServer({ localSocket: join(directory, 'x'.repeat(120), 'socket') });
    assert.equal(server.server.localSocket, undefined);
    assert.equal((await server.call('GET', '/version')).status, 200);
  });
});
