import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../../extension-points/admission/contract.ts';
import type { Ask } from '../../../extension-points/authentication/signer-authorization.ts';
import { createCertificateApproval } from './certificate-approval.ts';

const signal = new AbortController().signal;
const request = (more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: 'u',
  operation: 'UPDATE',
  resource: { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' },
  kind: { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' },
  subresource: 'approval',
  namespace: '',
  name: 'r',
  user: { name: 'ann', groups: [] },
  dryRun: false,
  object: { metadata: { name: 'r' }, spec: { signerName: 'other.com/b' } } as unknown as UntypedObject,
  oldObject: { metadata: { name: 'r' }, spec: { signerName: 'example.com/a' } } as unknown as UntypedObject,
  ...more,
});
/** Allows what is listed as `verb name`. */
const allows =
  (...list: string[]): Ask =>
  async ({ verb, resource }) => ({ kind: list.includes(`${verb} ${resource?.name}`) ? 'allow' : 'no-opinion', reason: '' });
const judge = async (plugin: AdmissionPlugin): Promise<string> => {
  const outcome = await plugin.validate!(request(), signal);
  return outcome.kind === 'deny' ? outcome.error.message : outcome.kind;
};

describe('a decision on a certificate request', () => {
  it('takes the right to approve for its signer, or for all of a domain', async () => {
    for (const right of ['approve example.com/a', 'approve example.com/*'])
      assert.equal(await judge(createCertificateApproval({ authorize: allows(right) })), 'allow');
  });
  it('is refused without, whatever signer the change names', async () =>
    assert.equal(
      await judge(createCertificateApproval({ authorize: allows('approve other.com/b', 'sign example.com/a') })),
      'certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to approve requests with signerName "example.com/a"',
    ));
  it('is all it looks at', () => {
    const { handles } = createCertificateApproval({ authorize: allows() });
    assert.deepEqual([handles!(request()), handles!(request({ subresource: '' })), handles!(request({ operation: 'CREATE' }))], [true, false, false]);
  });
});
