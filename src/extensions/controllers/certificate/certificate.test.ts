import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, it } from 'node:test';
import type { SubjectAccessReview } from '../../../api/generated/authorization-v1.ts';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../../api/generated/certificates-v1.ts';
import { certificatesigningrequests, subjectaccessreviews } from '../../../api/generated/resource-types.ts';
import { parseCertificateRequest } from '../../../extension-points/authentication/certificate-request.ts';
import { newCertificateRequest, type WantedRequest } from '../../../extension-points/authentication/testing/certificate-requests.ts';
import { loadX509 } from '../../../extension-points/authentication/x509.ts';
import { timeText } from '../../../kernel/clock.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { approveNodeClient } from './approve.ts';
import { removalTimeMs } from './expiry.ts';
import { signApproved } from './sign.ts';
import { type SigningAuthority, signCertificate } from './sign-certificate.ts';
import { signerRules } from './signer-rules.ts';

const clientSigner = 'kubernetes.io/kube-apiserver-client';
const kubeletSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
const servingSigner = 'kubernetes.io/kubelet-serving';
const node: WantedRequest = { commonName: 'system:node:one', organizations: ['system:nodes'] };
const clientUsages: CertificateSigningRequest['spec']['usages'] = ['digital signature', 'client auth'];
const servingUsages: CertificateSigningRequest['spec']['usages'] = ['digital signature', 'server auth'];

const approved: CertificateSigningRequestCondition = { type: 'Approved', status: 'True', reason: 'Manual', message: 'by a person' };

async function request(
  wanted: WantedRequest,
  spec: Partial<CertificateSigningRequest['spec']>,
  conditions: CertificateSigningRequestCondition[] = [],
): Promise<CertificateSigningRequest> {
  return {
    metadata: { name: 'r' },
    spec: { request: await newCertificateRequest(wanted), signerName: clientSigner, usages: clientUsages, ...spec },
    status: { conditions },
  };
}

/** A client that keeps what is written, and says yes to the reviews of the listed sub-resources. */
function recorder(allowed: readonly string[] = []) {
  const written: { subresource: string; object: CertificateSigningRequest }[] = [];
  const client = {
    replace: async (type: object, object: CertificateSigningRequest, { subresource = '' }: { subresource?: string } = {}) => {
      assert.equal(type, certificatesigningrequests);
      written.push({ subresource, object });
      return object;
    },
    create: async (type: object, { spec }: SubjectAccessReview) => {
      assert.equal(type, subjectaccessreviews);
      return { metadata: {}, spec, status: { allowed: allowed.includes(spec.resourceAttributes?.subresource ?? '') } };
    },
  };
  return { written, client: client as never, log: silentLog };
}

let authority: SigningAuthority;
before(async () => {
  const x509 = await loadX509();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = new ManualClock().now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=authority',
    notBefore: new Date(now - 1_000_000),
    notAfter: new Date(now + 400 * 86_400_000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  authority = { certificatePem: certificate.toString('pem'), privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n` };
});

describe('a signer of Kubernetes', () => {
  const cases: { name: string; signer: string; wanted: WantedRequest; usages: readonly string[]; want: string | undefined }[] = [
    {
      name: 'signs for a client of any name',
      signer: clientSigner,
      wanted: { commonName: 'ann', organizations: ['a', 'b'] },
      usages: ['client auth'],
      want: undefined,
    },
    { name: 'signs for a client that may encipher keys', signer: clientSigner, wanted: {}, usages: [...clientUsages, 'key encipherment'], want: undefined },
    {
      name: 'wants client authentication',
      signer: clientSigner,
      wanted: {},
      usages: ['digital signature'],
      want: 'missing required usage for client certificate: client auth',
    },
    {
      name: 'wants nothing else of a client',
      signer: clientSigner,
      wanted: {},
      usages: ['client auth', 'server auth'],
      want: 'invalid usage for client certificate: server auth',
    },
    { name: 'signs for a node as a client', signer: kubeletSigner, wanted: node, usages: clientUsages, want: undefined },
    {
      name: 'wants the group of nodes',
      signer: kubeletSigner,
      wanted: { ...node, organizations: ['x'] },
      usages: clientUsages,
      want: 'subject organization is not system:nodes',
    },
    {
      name: 'wants the name of a node',
      signer: kubeletSigner,
      wanted: { ...node, commonName: 'one' },
      usages: clientUsages,
      want: 'subject common name does not begin with system:node:',
    },
    {
      name: 'goes by the last of several names',
      signer: kubeletSigner,
      wanted: { ...node, commonName: ['system:node:one', 'system:kube-controller-manager'] },
      usages: clientUsages,
      want: 'subject common name does not begin with system:node:',
    },
    {
      name: 'wants no names of a client node',
      signer: kubeletSigner,
      wanted: { ...node, names: [{ type: 'dns', value: 'a' }] },
      usages: clientUsages,
      want: 'DNS subjectAltNames are not allowed',
    },
    {
      name: 'wants no addresses of a client node',
      signer: kubeletSigner,
      wanted: { ...node, names: [{ type: 'ip', value: '10.0.0.1' }] },
      usages: clientUsages,
      want: 'IP subjectAltNames are not allowed',
    },
    {
      name: 'wants the usages of a client node',
      signer: kubeletSigner,
      wanted: node,
      usages: servingUsages,
      want: 'usages did not match [client auth digital signature key encipherment]',
    },
    {
      name: 'signs for a node as a server',
      signer: servingSigner,
      wanted: { ...node, names: [{ type: 'dns', value: 'one' }] },
      usages: servingUsages,
      want: undefined,
    },
    {
      name: 'wants a name or an address of a server',
      signer: servingSigner,
      wanted: node,
      usages: servingUsages,
      want: 'DNS or IP subjectAltName is required',
    },
    {
      name: 'wants no mail of a server',
      signer: servingSigner,
      wanted: {
        ...node,
        names: [
          { type: 'dns', value: 'one' },
          { type: 'email', value: 'a@b' },
        ],
      },
      usages: servingUsages,
      want: 'Email subjectAltNames are not allowed',
    },
    {
      name: 'wants the usages of a server',
      signer: servingSigner,
      wanted: { ...node, names: [{ type: 'ip', value: '10.0.0.1' }] },
      usages: clientUsages,
      want: 'usages did not match [digital signature key encipherment server auth]',
    },
    { name: 'takes anything as the legacy one', signer: 'kubernetes.io/legacy-unknown', wanted: {}, usages: ['any'], want: undefined },
  ];
  for (const { name, signer, wanted, usages, want } of cases)
    it(name, async () => assert.equal(signerRules.get(signer)?.(await parseCertificateRequest(await newCertificateRequest(wanted)), usages), want));
});

describe('signing', () => {
  const clock = new ManualClock();
  const sign = async (given: CertificateSigningRequest) => {
    const { written, client } = recorder();
    await signApproved(given, { authority, maximumLifeMs: 365 * 86_400_000 }, { client, clock });
    return written;
  };

  it('makes a certificate with the one common name that was looked at', async () => {
    const wanted = { organizations: ['system:nodes', 'b'], commonName: ['system:kube-controller-manager', 'system:node:x'] };
    const [{ object } = assert.fail('nothing was written')] = await sign(await request(wanted, {}, [approved]));
    const certificate = new X509Certificate(Buffer.from(object.status?.certificate ?? '', 'base64'));
    assert.deepEqual({ ...certificate.toLegacyObject().subject }, { O: ['b', 'system:nodes'], CN: 'system:node:x' });
  });

  it('makes a certificate of what was approved, for a year at most', async () => {
    const [{ subresource, object } = assert.fail('nothing was written')] = await sign(
      await request({ commonName: 'ann', organizations: ['dev'] }, {}, [approved]),
    );
    const certificate = new X509Certificate(Buffer.from(object.status?.certificate ?? '', 'base64'));
    assert.equal(subresource, 'status');
    assert.deepEqual(certificate.subject.split('\n').sort(), ['CN=ann', 'O=dev']);
    assert.ok(certificate.verify(new X509Certificate(authority.certificatePem).publicKey));
    assert.deepEqual([certificate.keyUsage, certificate.ca], [['1.3.6.1.5.5.7.3.2'], false]);
    assert.equal(Date.parse(certificate.validFrom), clock.now() - 300_000);
    assert.equal(Date.parse(certificate.validTo), clock.now() + 365 * 86_400_000 - 300_000);
  });

  const lives: [string, number, number][] = [
    ['as long as was asked for', 86_400, 86_400 - 300],
    ['a short one to its end', 3_600, 3_600],
    ['ten minutes at least', 60, 600],
    ['not longer than it may', 10 * 365 * 86_400, 365 * 86_400 - 300],
  ];
  for (const [name, asked, want] of lives)
    it(`gives a life of ${asked} seconds: ${name}`, async () => {
      const [written] = await sign(await request({ commonName: 'ann' }, { expirationSeconds: asked }, [approved]));
      const certificate = new X509Certificate(Buffer.from(written?.object.status?.certificate ?? '', 'base64'));
      assert.equal((Date.parse(certificate.validTo) - clock.now()) / 1_000, want);
    });

  it('carries the names of a server over', async () => {
    const names = [
      { type: 'dns', value: 'one.example' },
      { type: 'ip', value: '10.0.0.1' },
    ] as const;
    const pem = await signCertificate(await parseCertificateRequest(await newCertificateRequest({ ...node, names })), authority, {
      usages: servingUsages,
      lifeMs: 1e9,
      nowMs: clock.now(),
    });
    assert.equal(new X509Certificate(pem).subjectAltName, 'DNS:one.example, IP Address:10.0.0.1');
  });

  it('marks failed what is not as the signer wants it', async () => {
    const [written] = await sign(await request({ commonName: 'ann' }, { usages: ['server auth'] }, [approved]));
    const failed = written?.object.status?.conditions?.at(-1);
    assert.deepEqual(failed, {
      type: 'Failed',
      status: 'True',
      reason: 'SignerValidationFailure',
      message: 'invalid usage for client certificate: server auth',
      lastUpdateTime: timeText(clock.now()),
    });
  });

  const left: [string, Partial<CertificateSigningRequest['spec']>, CertificateSigningRequestCondition[]][] = [
    ['was not approved', {}, []],
    ['was denied', {}, [approved, { ...approved, type: 'Denied' }]],
    ['has failed', {}, [approved, { ...approved, type: 'Failed' }]],
    ['is for another signer', { signerName: 'example.com/a' }, [approved]],
  ];
  for (const [name, spec, conditions] of left)
    it(`leaves alone what ${name}`, async () => assert.deepEqual(await sign(await request({ commonName: 'ann' }, spec, conditions)), []));
});

describe('approving', () => {
  const approve = async (given: CertificateSigningRequest, allowed: string[]) => {
    const { written, ...deps } = recorder(allowed);
    await approveNodeClient(given, deps);
    return written.map(({ subresource, object }) => [subresource, object.status?.conditions?.at(-1)?.message]);
  };
  const kubelet = { signerName: kubeletSigner };
  it('is for a node that asks for itself', async () =>
    assert.deepEqual(await approve(await request(node, { ...kubelet, username: 'system:node:one' }), ['selfnodeclient']), [
      ['approval', 'Auto approving self kubelet client certificate after SubjectAccessReview.'],
    ]));
  it('is for who may bring nodes in', async () =>
    assert.deepEqual(await approve(await request(node, { ...kubelet, username: 'system:bootstrap:abcdef' }), ['nodeclient', 'selfnodeclient']), [
      ['approval', 'Auto approving kubelet client certificate after SubjectAccessReview.'],
    ]));
  it('is not for who asks for itself in the first of several names', async () => {
    const wanted = { ...node, commonName: ['system:node:one', 'system:node:two'] };
    assert.deepEqual(await approve(await request(wanted, { ...kubelet, username: 'system:node:one' }), ['selfnodeclient']), []);
  });
  it('is not for others', async () => assert.deepEqual(await approve(await request(node, { ...kubelet, username: 'ann' }), ['selfnodeclient']), []));
  it('is not for other signers', async () => assert.deepEqual(await approve(await request(node, {}), ['nodeclient']), []));
  it('is not for what was decided', async () =>
    assert.deepEqual(await approve(await request(node, kubelet, [{ ...approved, type: 'Denied' }]), ['nodeclient']), []));
});

describe('a request is removed', () => {
  const start = new ManualClock().now();
  const hour = 3_600_000;
  const at = (type: string): CertificateSigningRequestCondition => ({ ...approved, type, lastUpdateTime: timeText(start) });
  const cases: [string, CertificateSigningRequest['status'], number][] = [
    ['a day after it came, undecided', {}, 24 * hour],
    ['an hour after it was denied', { conditions: [at('Denied')] }, hour],
    ['an hour after it failed', { conditions: [at('Approved'), at('Failed')] }, hour],
    ['a day after it was approved, unsigned', { conditions: [at('Approved')] }, 24 * hour],
    ['an hour after it was approved, signed', { conditions: [at('Approved')], certificate: 'x' }, hour],
  ];
  for (const [name, status, want] of cases)
    it(name, () =>
      assert.equal(
        removalTimeMs({
          metadata: { name: 'r', creationTimestamp: timeText(start) },
          spec: { request: '', signerName: '', usages: [] },
          ...(status ? { status } : {}),
        }) - start,
        want,
      ),
    );
});
