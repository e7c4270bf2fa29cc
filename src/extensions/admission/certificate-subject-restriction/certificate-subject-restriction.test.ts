import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { newCertificateRequest } from '../../../extension-points/authentication/testing/certificate-requests.ts';
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts';

const signal = new AbortController().signal;
const judge = async (organization: string, signerName = 'kubernetes.io/kube-apiserver-client'): Promise<string> => {
  const spec = { signerName, request: await newCertificateRequest({ commonName: 'ann', organizations: [organization] }) };
  const outcome = await certificateSubjectRestriction.validate!(
    {
      uid: 'u',
      operation: 'CREATE',
      resource: { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' },
      kind: { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' },
      subresource: '',
      namespace: '',
      name: 'r',
      user: { name: 'ann', groups: [] },
      dryRun: false,
      object: { metadata: { name: 'r' }, spec } as unknown as UntypedObject,
    },
    signal,
  );
  return outcome.kind === 'deny' ? outcome.error.message : outcome.kind;
};

describe('a certificate for a client', () => {
  it('makes nobody a master', async () =>
    assert.equal(
      await judge('system:masters'),
      'certificatesigningrequests.certificates.k8s.io "r" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    ));
  it('may make one anything else', async () => assert.equal(await judge('dev'), 'allow'));
  it('of another signer is its business', async () => assert.equal(await judge('system:masters', 'example.com/a'), 'allow'));
});
