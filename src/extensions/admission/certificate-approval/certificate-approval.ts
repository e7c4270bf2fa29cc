import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import { type AdmissionPlugin, allow } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import { type Ask, mayActForSigner } from '../../../extension-points/authentication/signer-authorization.ts';

/** Upstream's CertificateApproval: a decision on a certificate request takes the right to `approve` for its signer. */
export const createCertificateApproval = ({ authorize }: { readonly authorize: Ask }): AdmissionPlugin => ({
  handles: ({ operation, resource, subresource }) =>
    operation === 'UPDATE' && subresource === 'approval' && resource.resource === 'certificatesigningrequests' && resource.group === 'certificates.k8s.io',
  async validate(request, signal) {
    // The old object's signer: the new one may say anything.
    const signerName = (request.oldObject as unknown as CertificateSigningRequest).spec.signerName;
    if (await mayActForSigner(authorize, request.user, { verb: 'approve', signerName, signal })) return allow;
    return forbidRequest(request, `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`);
  },
});
