import type { CertificateRequest } from '../../../extension-points/authentication/certificate-request.ts';

/** What a signer of Kubernetes wants of a request; the answer says what is wrong with it, in upstream's words. */
type SignerRule = (request: CertificateRequest, usages: readonly string[]) => string | undefined;

const kubeletServingUsages = ['digital signature', 'key encipherment', 'server auth'];
const kubeletClientUsages = ['client auth', 'digital signature', 'key encipherment'];

/** By signer name; others are other signers' business. */
export const signerRules: ReadonlyMap<string, SignerRule> = new Map<string, SignerRule>([
  ['kubernetes.io/kubelet-serving', kubeletServingProblem],
  ['kubernetes.io/kube-apiserver-client-kubelet', kubeletClientProblem],
  ['kubernetes.io/kube-apiserver-client', (_request, usages) => clientUsageProblem(usages)],
  ['kubernetes.io/legacy-unknown', () => undefined],
]);

export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';

const organizationProblem = ({ organizations }: CertificateRequest): string | undefined =>
  organizations.length === 1 && organizations[0] === 'system:nodes' ? undefined : 'subject organization is not system:nodes';

const nameProblem = ({ commonName }: CertificateRequest): string | undefined =>
  commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:';

/** Keys that cannot encipher leave that usage out. */
function usageProblem(usages: readonly string[], wanted: readonly string[]): string | undefined {
  const given = new Set(usages);
  const fits = (list: readonly string[]): boolean => list.length === given.size && list.every((usage) => given.has(usage));
  return fits(wanted) || fits(wanted.filter((usage) => usage !== 'key encipherment')) ? undefined : `usages did not match [${wanted.join(' ')}]`;
}

function kubeletServingProblem(request: CertificateRequest, usages: readonly string[]): string | undefined {
  const { dnsNames, ipAddresses, emailAddresses, uris } = request;
  return (
    organizationProblem(request) ??
    (dnsNames.length + ipAddresses.length === 0 ? 'DNS or IP subjectAltName is required' : undefined) ??
    (emailAddresses.length > 0 ? 'Email subjectAltNames are not allowed' : undefined) ??
    (uris.length > 0 ? 'URI subjectAltNames are not allowed' : undefined) ??
    usageProblem(usages, kubeletServingUsages) ??
    nameProblem(request)
  );
}

export function kubeletClientProblem(request: CertificateRequest, usages: readonly string[]): string | undefined {
  const { dnsNames, ipAddresses, emailAddresses, uris } = request;
  return (
    organizationProblem(request) ??
    (dnsNames.length > 0 ? 'DNS subjectAltNames are not allowed' : undefined) ??
    (emailAddresses.length > 0 ? 'Email subjectAltNames are not allowed' : undefined) ??
    (ipAddresses.length > 0 ? 'IP subjectAltNames are not allowed' : undefined) ??
    (uris.length > 0 ? 'URI subjectAltNames are not allowed' : undefined) ??
    nameProblem(request) ??
    usageProblem(usages, kubeletClientUsages)
  );
}

function clientUsageProblem(usages: readonly string[]): string | undefined {
  const other = usages.find((usage) => !kubeletClientUsages.includes(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
}
