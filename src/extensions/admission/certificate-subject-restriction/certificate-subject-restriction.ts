import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import { type AdmissionPlugin, allow } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import { parseCertificateRequest } from '../../../extension-points/authentication/certificate-request.ts';

const signerName = 'kubernetes.io/kube-apiserver-client';

/** Upstream's CertificateSubjectRestriction: nobody becomes a master by a certificate. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  handles: ({ operation, resource, subresource }) =>
    operation === 'CREATE' && subresource === '' && resource.resource === 'certificatesigningrequests' && resource.group === 'certificates.k8s.io',
  async validate(request) {
    const { spec } = request.object as unknown as CertificateSigningRequest;
    if (spec.signerName !== signerName) return allow;
    // What is no request at all is refused as invalid, which comes before in upstream.
    const { organizations } = await parseCertificateRequest(spec.request).catch(() => ({ organizations: [] as readonly string[] }));
    if (!organizations.includes('system:masters')) return allow;
    return forbidRequest(request, `use of ${signerName} signer with system:masters group is not allowed`);
  },
};
