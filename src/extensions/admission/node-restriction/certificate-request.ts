import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import { allow, type ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import { parseCertificateRequest } from '../../../extension-points/authentication/certificate-request.ts';
import type { NodeRequest } from './node-restriction.ts';

const nodeSigners: ReadonlySet<string> = new Set(['kubernetes.io/kube-apiserver-client-kubelet', 'kubernetes.io/kubelet-serving']);

/** A node that asks for a node's certificate must ask for its own. */
export async function judgeCertificateRequest({ node, request }: NodeRequest): Promise<ValidationOutcome> {
  if (request.operation !== 'CREATE' || request.subresource !== '') return allow;
  const { signerName, request: pem } = (request.object as unknown as CertificateSigningRequest).spec;
  if (!nodeSigners.has(signerName ?? '')) return allow;
  const commonName = await commonNameOf(pem);
  if (commonName === undefined) return forbidRequest(request, 'unable to parse csr');
  if (!commonName.startsWith('system:node:') || commonName === `system:node:${node}`) return allow;
  return forbidRequest(request, `can only create a node CSR with CN=system:node:${node}`);
}

/** The common name of a base64 encoded PEM request; `''` without one, `undefined` for what is no request. */
async function commonNameOf(encoded: unknown): Promise<string | undefined> {
  if (typeof encoded !== 'string') return undefined;
  try {
    return (await parseCertificateRequest(encoded)).commonName;
  } catch {
    return undefined; // the refusal says so
  }
}
