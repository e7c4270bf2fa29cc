import type { SubjectAccessReview } from '../../../api/generated/authorization-v1.ts';
import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import { certificatesigningrequests, subjectaccessreviews } from '../../../api/generated/resource-types.ts';
import type { Client } from '../../../client/client.ts';
import { parseCertificateRequest } from '../../../extension-points/authentication/certificate-request.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { conditionOf } from './conditions.ts';
import { kubeletClientProblem, kubeletClientSigner } from './signer-rules.ts';

/** Whose certificates are approved without a person: a node's own, and that of a node by somebody who may bring nodes in. */
const recognized = [
  { subresource: 'selfnodeclient', isOwn: true, message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' },
  { subresource: 'nodeclient', isOwn: false, message: 'Auto approving kubelet client certificate after SubjectAccessReview.' },
];

/** Approves the client certificates of nodes for those who may ask for them. Throws, to be tried again, when one that looks like it may not. */
export async function approveNodeClient(request: CertificateSigningRequest, { client, log }: Pick<ControllerDeps, 'client' | 'log'>): Promise<void> {
  const { spec, status } = request;
  if (status?.certificate || conditionOf(request, 'Approved') || conditionOf(request, 'Denied') || spec.signerName !== kubeletClientSigner) return;
  const parsed = await parseCertificateRequest(spec.request);
  if (kubeletClientProblem(parsed, spec.usages ?? []) !== undefined) return;
  const tried = recognized.filter(({ isOwn }) => !isOwn || spec.username === parsed.commonName);
  for (const { subresource, message } of tried) {
    if (!(await mayRequest(request, subresource, client))) continue;
    const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message };
    await client.replace(
      certificatesigningrequests,
      { ...request, status: { ...status, conditions: [...(status?.conditions ?? []), condition] } },
      { subresource: 'approval' },
    );
    return;
  }
  log.info('certificate request recognized, but its sender may not have it', {
    request: request.metadata.name ?? '',
    tried: tried.map(({ subresource }) => subresource).join(),
  });
}

async function mayRequest({ spec }: CertificateSigningRequest, subresource: string, client: Client): Promise<boolean> {
  const review: SubjectAccessReview = {
    metadata: {},
    spec: {
      user: spec.username ?? '',
      ...(spec.uid ? { uid: spec.uid } : {}),
      ...(spec.groups ? { groups: spec.groups } : {}),
      ...(spec.extra ? { extra: spec.extra } : {}),
      resourceAttributes: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', subresource, version: '*' },
    },
  };
  return (await client.create(subjectaccessreviews, review)).status?.allowed === true;
}
