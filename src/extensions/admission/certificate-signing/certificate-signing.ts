import { isDeepStrictEqual } from 'node:util';
import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import { type AdmissionPlugin, allow } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import { type Ask, mayActForSigner } from '../../../extension-points/authentication/signer-authorization.ts';

/** Upstream's CertificateSigning: a certificate, or a condition such as a failure, in the status of a request takes the right to `sign` for its signer. */
export const createCertificateSigning = ({ authorize }: { readonly authorize: Ask }): AdmissionPlugin => ({
  handles: ({ operation, resource, subresource }) =>
    operation === 'UPDATE' && subresource === 'status' && resource.resource === 'certificatesigningrequests' && resource.group === 'certificates.k8s.io',
  async validate(request, signal) {
    const old = request.oldObject as unknown as CertificateSigningRequest;
    const { status } = request.object as unknown as CertificateSigningRequest;
    if (status?.certificate === old.status?.certificate && isDeepStrictEqual(status?.conditions ?? [], old.status?.conditions ?? [])) return allow;
    const { signerName } = old.spec;
    if (await mayActForSigner(authorize, request.user, { verb: 'sign', signerName, signal })) return allow;
    return forbidRequest(request, `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`);
  },
});
