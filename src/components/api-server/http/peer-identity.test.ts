import assert from 'node:assert/strict';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { Agent, request } from 'node:https';
import { after, before, describe, it } from 'node:test';
import type { Authenticator } from '../../../extension-points/authentication/contract.ts';
import { loadX509 } from '../../../extension-points/authentication/x509.ts';
import { type CertificateAndKey, mintCertificateAuthority, mintClientCertificate } from '../certificates/mint-certificate.ts';
import { startTestServer, type TestServer } from '../test-server.fixture.ts';

/** Believes the user that a proxy names. */
const proxied: Authenticator = {
  authenticate({ frontProxy }) {
    const name = frontProxy?.header('x-remote-user')[0];
    return frontProxy && name ? { kind: 'authenticated', user: { name: `${frontProxy.commonName}:${name}`, groups: [] } } : { kind: 'no-opinion' };
  },
};

/** A client certificate as no signer here would make it. */
async function withCommonNames(ca: CertificateAndKey, commonNames: readonly string[]): Promise<CertificateAndKey> {
  const x509 = await loadX509();
  const signed = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const { publicKey, privateKey } = await webcrypto.subtle.generateKey(signed, true, ['sign', 'verify']);
  const issuerKey = new Uint8Array(createPrivateKey(ca.privateKeyPem).export({ type: 'pkcs8', format: 'der' }));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: '07',
    subject: new x509.Name(commonNames.map((name) => ({ CN: [{ utf8String: name }] }))),
    issuer: new x509.X509Certificate(ca.certificatePem).subjectName,
    publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', issuerKey, signed, false, ['sign']),
    signingAlgorithm: signed,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2'])],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey)).toString('base64');
  return { certificatePem: certificate.toString('pem'), privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}

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
    get({ ca: test.ca.certificatePem, cert: proxy.certificatePem, key: proxy.privateKeyPem }, headers);
  const get = (tls: { ca: string; cert: string; key: string }, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const agent = new Agent(tls);
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

  it('is the last of the common names in a certificate', async () => {
    const { certificatePem, privateKeyPem } = await withCommonNames(test.ca, ['system:kube-controller-manager', 'ann']);
    const { text } = await get({ ca: test.ca.certificatePem, cert: certificatePem, key: privateKeyPem });
    assert.match(text, /User \\"ann\\"/);
  });

  it('may be nobody only where that is allowed', async () => {
    assert.equal((await test.call('GET', '/livez', { isAnonymous: true })).status, 200);
    assert.equal((await test.call('GET', '/version', { isAnonymous: true })).status, 401);
  });
});
