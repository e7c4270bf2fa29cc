import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { greeting } from '../../../client/local-socket.ts';
import { readBody } from '../../../client/response-body.ts';
import type { Authorizer } from '../../../extension-points/authorization/contract.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import { Auditor, type AuditSink } from '../audit/auditor.ts';
import type { AuditEvent } from '../audit/event.ts';
import { readAuditPolicy } from '../audit/policy.ts';
import { mintCertificateAuthority, mintClientCertificate, mintServingCertificate } from '../certificates/mint-certificate.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

describe('the local socket', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-socket-'));
  const path = join(directory, 'socket');
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
  const shown = (certificate: string, authority = test.ca.certificatePem): Record<string, string> => {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    return { [greeting.headers.authority]: base64(authority), [greeting.headers.certificate]: base64(certificate) };
  };
  const connection = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (what: { agent: Agent; path?: string; socketPath?: string; headers?: Record<string, string> }) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const sent = httpRequest({ socketPath: path, path: `${pods}/web`, ...what }, (answer) => {
        readBody(answer).then((text) => resolve({ status: answer.statusCode, text: String(text) }), reject);
      });
      sent.on('error', reject).end();
    });
  /** A connection that has greeted the server, and how the server took it. */
  const greet = async (
    headers: Record<string, string>,
    more: { path?: string; socketPath?: string } = {},
  ): Promise<{ agent: Agent; status: number | undefined }> => {
    const agent = connection();
    return { agent, status: (await send({ agent, path: greeting.path, headers, ...more })).status };
  };

  it('answers whoever shows a certificate of the cluster', async () => {
    assert.equal(test.server.localSocket, path);
    const { agent, status } = await greet(shown(test.admin.certificatePem));
    const { text } = await send({ agent });
    agent.destroy();
    assert.deepEqual([status, (JSON.parse(text) as { metadata: { name: string } }).metadata.name], [204, 'web']);
  });

  it('knows each connection by the certificate it began with', async () => {
    const jane = await mintClientCertificate({ ca: test.ca, commonName: 'jane', organizations: ['a', 'b'], days: 1 });
    const [one, other] = [await greet(shown(jane.certificatePem)), await greet(shown(test.admin.certificatePem))];
    asked.length = 0;
    for (const { agent } of [one, other, one]) assert.equal((await send({ agent })).status, 200);
    // Nobody becomes another half-way.
    await send({ agent: one.agent, headers: shown(test.admin.certificatePem) });
    assert.equal((await send({ agent: one.agent, path: greeting.path, headers: shown(test.admin.certificatePem) })).status, 404);
    await send({ agent: one.agent });
    for (const { agent } of [one, other]) agent.destroy();
    const [aJane, anAdmin] = ['jane (a,b,system:authenticated)', 'admin (system:masters,system:authenticated)'];
    assert.deepEqual(asked, [aJane, anAdmin, aJane, aJane, aJane, aJane]);
  });

  it('is told whom to act as, like over TLS', async () => {
    const { agent } = await greet(shown(test.admin.certificatePem));
    asked.length = 0;
    await send({ agent, headers: { 'impersonate-user': 'kim' } });
    agent.destroy();
    assert.deepEqual([asked[0], asked.at(-1)], ['admin (system:masters,system:authenticated)', 'kim (system:authenticated)']);
  });

  it('counts as loopback in the audit log', async () => {
    const events: AuditEvent[] = [];
    const sink: AuditSink = { write: (event) => void events.push(event), [Symbol.asyncDispose]: async () => {} };
    const policy = readAuditPolicy('apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\nomitStages: [RequestReceived]\n');
    const auditor = new Auditor({ policy, sinks: [sink], clock: systemClock, log: silentLog, bodyBytes: 1_000 });
    const audited = join(directory, 'audited');
    await using server = await startTestServer({ localSocket: audited, auditor });
    const { agent } = await greet(shown(server.admin.certificatePem), { socketPath: audited });
    await send({ agent, socketPath: audited, path: '/version' });
    agent.destroy();
    assert.deepEqual(
      events.map(({ user, sourceIPs }) => [user.username, sourceIPs]),
      [['admin', ['127.0.0.1']]],
    );
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
      'the authority itself': shown(test.ca.certificatePem),
      'a text that is no certificate': shown('hello'),
      'two certificates': { ...shown(admin), [greeting.headers.certificate]: `${shown(admin)[greeting.headers.certificate]}, YQ==` },
      'somebody who means another cluster': shown(admin, ca.certificatePem),
      'somebody who does not greet': shown(admin),
    };
    for (const [who, headers] of Object.entries(cases)) {
      const { agent, status } = await greet(headers, who === 'somebody who does not greet' ? { path: '/version' } : {});
      assert.equal(status, 421, who);
      agent.destroy();
    }
    const { agent, status } = await greet(shown(admin));
    agent.destroy();
    assert.equal(status, 204);
  });

  it('is made anew where a killed process left its file, and gone once the server is', async () => {
    const left = join(directory, 'left');
    const first = await startTestServer({ localSocket: left });
    // As it is after a kill.
    const killed = createServer();
    await first[Symbol.asyncDispose]();
    assert.equal(existsSync(left), false);
    await once(killed.listen({ path: `${left}-before` }), 'listening');
    linkSync(`${left}-before`, left);
    killed.close();
    await using second = await startTestServer({ localSocket: left });
    const { agent, status } = await greet(shown(second.admin.certificatePem), { socketPath: left });
    agent.destroy();
    assert.equal(status, 204);
  });

  it('is left out where it cannot be made, and where others could reach it; what is there stays', async () => {
    const [file, folder] = [join(directory, 'file'), join(directory, 'folder')];
    writeFileSync(file, 'mine');
    mkdirSync(folder);
    chmodSync(folder, 0o750);
    for (const localSocket of [join(directory, 'x'.repeat(120)), file, join(folder, 'socket'), join(directory, 'nowhere', 'socket')]) {
      await using server = await startTestServer({ localSocket });
      assert.equal(server.server.localSocket, undefined);
      assert.equal((await server.call('GET', '/version')).status, 200);
    }
    assert.equal(readFileSync(file, 'utf8'), 'mine');
  });
});
