import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ClusterCertificates, ensureCertificates } from './ensure-certificates.ts';
import { type CertificateAndKey, mintClientCertificate } from './mint-certificate.ts';

const dayMs = 86_400_000;
const nowMs = Date.now();
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const read = ({ certificatePem }: CertificateAndKey): X509Certificate => new X509Certificate(certificatePem);

describe('the certificates of a cluster', () => {
  let directory: string;
  let certificates: ClusterCertificates;
  const ensure = (options: Partial<Parameters<typeof ensureCertificates>[0]> = {}): Promise<ClusterCertificates> =>
    ensureCertificates({ directory, now: () => nowMs, ...options });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certificates-'));
    certificates = await ensure({ serverNames: ['api.example.org'], serverAddresses: ['192.0.2.7'] });
  });
  after(() => rm(directory, { recursive: true }));

  const leaves: { name: string; of: () => CertificateAndKey | Promise<CertificateAndKey>; subject: string; usage: string }[] = [
    { name: 'the API server', of: () => certificates.apiServer, subject: 'CN=kube-apiserver', usage: '1.3.6.1.5.5.7.3.1' },
    { name: 'the administrator', of: () => certificates.admin, subject: 'O=system:masters\nCN=kubernetes-admin', usage: '1.3.6.1.5.5.7.3.2' },
    { name: 'the controller manager', of: () => certificates.controllerManager(), subject: 'CN=system:kube-controller-manager', usage: '1.3.6.1.5.5.7.3.2' },
    { name: 'the scheduler', of: () => certificates.scheduler(), subject: 'CN=system:kube-scheduler', usage: '1.3.6.1.5.5.7.3.2' },
    {
      name: 'the API server as a client of nodes',
      of: () => certificates.apiServerToNodeAgent(),
      subject: 'O=system:masters\nCN=kube-apiserver-kubelet-client',
      usage: '1.3.6.1.5.5.7.3.2',
    },
    { name: 'a node', of: async () => (await certificates.node('one')).client, subject: 'O=system:nodes\nCN=system:node:one', usage: '1.3.6.1.5.5.7.3.2' },
    {
      name: 'a node agent',
      of: async () => (await certificates.node('one', ['192.0.2.9'])).serving,
      subject: 'O=system:nodes\nCN=system:node:one',
      usage: '1.3.6.1.5.5.7.3.1',
    },
  ];
  for (const { name, of, subject, usage } of leaves) {
    it(`hold one for ${name}, signed by the authority for a year, with its key`, async () => {
      const leaf = await of();
      const certificate = read(leaf);
      assert.equal(certificate.subject, subject);
      assert.deepEqual(certificate.keyUsage, [usage]);
      assert.equal(certificate.ca, false);
      assert.ok(certificate.checkIssued(read(certificates.ca)) && certificate.verify(read(certificates.ca).publicKey));
      assert.ok(certificate.checkPrivateKey(createPrivateKey(leaf.privateKeyPem)));
      assert.equal(Math.round((Date.parse(certificate.validTo) - nowMs) / dayMs), 365);
    });
  }

  it('name the API server as it is reached within the cluster and without', () => {
    const certificate = read(certificates.apiServer);
    for (const name of ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'api.example.org'])
      assert.ok(certificate.checkHost(name), name);
    for (const address of ['127.0.0.1', '::1', '10.96.0.1', '192.0.2.7']) assert.ok(certificate.checkIP(address), address);
  });

  it('come from an authority of ten years that may sign', () => {
    const ca = read(certificates.ca);
    assert.equal(ca.ca, true);
    assert.equal(Math.round((Date.parse(ca.validTo) - nowMs) / dayMs), 3_650);
  });

  it('are accepted by openssl', { skip: hasOpenssl ? false : 'openssl is not installed' }, async () => {
    await certificates.node('two');
    const { client } = await certificates.frontProxy();
    assert.equal(read(client).subject, 'CN=front-proxy-client');
    const verify = (ca: string, ...arguments_: string[]): string =>
      execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', join(directory, `${ca}.crt`), ...arguments_]).toString();
    assert.match(verify('ca', '-purpose', 'sslserver', '-verify_hostname', 'kubernetes.default.svc', join(directory, 'apiserver.crt')), /: OK/);
    for (const file of ['admin', 'node-two-client']) assert.match(verify('ca', '-purpose', 'sslclient', join(directory, `${file}.crt`)), /: OK/);
    assert.match(verify('front-proxy-ca', '-purpose', 'sslclient', join(directory, 'front-proxy-client.crt')), /: OK/);
  });

  it('are readable by their owner only', async () => {
    for (const file of await readdir(directory)) assert.equal((await stat(join(directory, file))).mode & 0o777, 0o600, file);
  });

  it('are only read the second time', async () => {
    const node = await certificates.node('one');
    const again = await ensure();
    assert.deepEqual(
      [again.ca, again.apiServer, again.admin, again.serviceAccountKey],
      [certificates.ca, certificates.apiServer, certificates.admin, certificates.serviceAccountKey],
    );
    assert.deepEqual(await again.node('one'), node);
  });

  it('are minted once when they are asked for twice at once', async () => {
    const [left, right] = await Promise.all([certificates.node('three'), certificates.node('three')]);
    assert.deepEqual(left, right);
  });

  it('refuse a node name that is none', () => assert.rejects(certificates.node('../one'), /is not a node name/));
});

describe('a certificate is renewed', () => {
  const cases: {
    name: string;
    options?: (directory: string) => Partial<Parameters<typeof ensureCertificates>[0]> | Promise<Partial<Parameters<typeof ensureCertificates>[0]>>;
    renewed: readonly ('ca' | 'apiServer' | 'admin')[];
  }[] = [
    { name: 'not with more than thirty days left', options: () => ({ now: () => nowMs + 334 * dayMs }), renewed: [] },
    { name: 'with less than thirty days left', options: () => ({ now: () => nowMs + 336 * dayMs }), renewed: ['apiServer', 'admin'] },
    { name: 'with the authority that signed it', options: () => ({ now: () => nowMs + 3_625 * dayMs }), renewed: ['ca', 'apiServer', 'admin'] },
    { name: 'when a name is missing in it', options: () => ({ serverNames: ['new.example.org'] }), renewed: ['apiServer'] },
    { name: 'when an address is missing in it', options: () => ({ serverAddresses: ['192.0.2.8'] }), renewed: ['apiServer'] },
    { name: 'when it is damaged', options: async (directory) => (await writeFile(join(directory, 'admin.crt'), 'nonsense'), {}), renewed: ['admin'] },
    { name: 'when its key is gone', options: async (directory) => (await unlink(join(directory, 'admin.key')), {}), renewed: ['admin'] },
  ];
  for (const { name, options, renewed } of cases) {
    it(name, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'certificates-'));
      try {
        const first = await ensureCertificates({ directory, now: () => nowMs });
        const second = await ensureCertificates({ directory, now: () => nowMs, ...(await options?.(directory)) });
        const changed = (['ca', 'apiServer', 'admin'] as const).filter((which) => first[which].certificatePem !== second[which].certificatePem);
        assert.deepEqual(changed, renewed);
        assert.equal(second.serviceAccountKey.privateKeyPem, first.serviceAccountKey.privateKeyPem);
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  }

  it('is minted for a client with groups and a time of its own', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'certificates-'));
    try {
      const { ca } = await ensureCertificates({ directory });
      const certificate = read(await mintClientCertificate({ ca, commonName: 'ann, "the" admin', organizations: ['a+b', 'c'], days: 7, nowMs }));
      assert.deepEqual({ ...certificate.toLegacyObject().subject }, { O: ['a+b', 'c'], CN: 'ann, "the" admin' });
      assert.equal(Math.round((Date.parse(certificate.validTo) - nowMs) / dayMs), 7);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
