import assert from 'node:assert/strict';
import { Agent, request } from 'node:https';
import { after, before, describe, it } from 'node:test';
import type { Authenticator } from '../../../extension-points/authentication/contract.ts';
import { type CertificateAndKey, mintCertificateAuthority, mintClientCertificate } from '../certificates/mint-certificate.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

/** Believes the user that a proxy names. */
const proxied: Authenticator = {
  authenticate({ frontProxy }) {
    const name = frontProxy?.header('x-remote-user')[0];
    return frontProxy && name ? { kind: 'authenticated', user: { name: `${frontProxy.commonName}:${name}`, groups: [] } } : { kind: 'no-opinion' };
  },
};

describe('who sends a request', () => {
  let test: TestServer;
  let proxy: CertificateAndKey;
  before(async () => {
    const proxyCa = await mintCertificateAuthority({ commonName: 'proxies', days: 1, nowMs: Date.now() });
    proxy = await mintClientCertificate({ ca: proxyCa, commonName: 'front', days: 1 });
    test = await startTestServer({
      requestHeaderCa: proxyCa.certificatePem,
      allowsAnonymous: (path) => path === '/livez',
      authorizer: { authorize: ({ user }) => ({ kind: 'no-opinion', reason: user.name }) },
    });
    test.points.authenticators.add({ name: 'proxied', origin: 'test', implementation: proxied });
  });
  after(() => test[Symbol.asyncDispose]());

  const throughProxy = (headers: Record<string, string>): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const agent = new Agent({ ca: test.ca.certificatePem, cert: proxy.certificatePem, key: proxy.privateKeyPem });
      const outgoing = request({ host: '127.0.0.1', port: test.server.port, path: '/version', agent, headers }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      outgoing.on('error', reject);
      outgoing.end();
    });

  it('is whom a proxy names, request by request', async () => {
    for (const name of ['ann', 'bob']) assert.match((await throughProxy({ 'x-remote-user': name })).text, new RegExp(`front:${name}`));
  });

  it('is nobody when a proxy names nobody: its certificate is no client’s', async () => assert.equal((await throughProxy({})).status, 401));

  it('is not whom a client names that is no proxy', async () => {
    const { text } = await test.call('GET', '/version', { headers: { 'x-remote-user': 'root' } });
    assert.match(text, /User \\"admin\\"/);
  });

  it('may be nobody only where that is allowed', async () => {
    assert.equal((await test.call('GET', '/livez', { isAnonymous: true })).status, 200);
    assert.equal((await test.call('GET', '/version', { isAnonymous: true })).status, 401);
  });
});
