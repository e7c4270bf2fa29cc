import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import type { AdmissionRequest } from '../../../extension-points/admission/contract.ts';
import { createCertificateSigning } from './certificate-signing.ts';

const signal = new AbortController().signal;
const object = (status: object): UntypedObject => ({ metadata: { name: 'r' }, spec: { signerName: 'example.com/a' }, status }) as unknown as UntypedObject;
const request = (status: object): AdmissionRequest => ({
  uid: 'u',
  operation: 'UPDATE',
  resource: { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' },
  kind: { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' },
  subresource: 'status',
  namespace: '',
  name: 'r',
  user: { name: 'ann', groups: [] },
  dryRun: false,
  object: object(status),
  oldObject: object({}),
});
const judge = async (status: object, isAllowed = false): Promise<string> => {
  const plugin = createCertificateSigning({ authorize: async ({ verb }) => ({ kind: isAllowed && verb === 'sign' ? 'allow' : 'no-opinion', reason: '' }) });
  const outcome = await plugin.validate!(request(status), signal);
  return outcome.kind === 'deny' ? outcome.error.message : outcome.kind;
};
const refusal = 'certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to sign requests with signerName "example.com/a"';

describe('the status of a certificate request', () => {
  it('takes the right to sign when a certificate comes', async () =>
    assert.deepEqual([await judge({ certificate: 'x' }), await judge({ certificate: 'x' }, true)], [refusal, 'allow']));
  it('takes it when a condition comes', async () => assert.equal(await judge({ conditions: [{ type: 'Failed', status: 'True' }] }), refusal));
  it('takes none when neither changes', async () => assert.equal(await judge({ conditions: [] }), 'allow'));
});
