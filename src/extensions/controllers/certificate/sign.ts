import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import { certificatesigningrequests } from '../../../api/generated/resource-types.ts';
import { parseCertificateRequest } from '../../../extension-points/authentication/certificate-request.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import { timeText } from '../../../kernel/clock.ts';
import { conditionOf } from './conditions.ts';
import { type SigningAuthority, signCertificate } from './sign-certificate.ts';
import { signerRules } from './signer-rules.ts';

export interface Signing {
  readonly authority: SigningAuthority;
  /** The longest life of a certificate; requests may ask for less. */
  readonly maximumLifeMs: number;
}

const minimumLifeMs = 10 * 60_000;

/** Signs an approved request for one of the signers of Kubernetes, or marks it failed when it is not as that signer wants it. */
export async function signApproved(
  request: CertificateSigningRequest,
  { authority, maximumLifeMs }: Signing,
  { client, clock }: Pick<ControllerDeps, 'client' | 'clock'>,
): Promise<void> {
  const { spec, status } = request;
  const rule = signerRules.get(spec.signerName);
  const isApproved = conditionOf(request, 'Approved') !== undefined && conditionOf(request, 'Denied') === undefined;
  if (!rule || status?.certificate || !isApproved || conditionOf(request, 'Failed')?.status === 'True') return;
  const parsed = await parseCertificateRequest(spec.request);
  const usages = spec.usages ?? [];
  const problem = rule(parsed, usages);
  if (problem !== undefined) {
    const failure = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: problem, lastUpdateTime: timeText(clock.now()) };
    await client.replace(
      certificatesigningrequests,
      { ...request, status: { ...status, conditions: [...(status?.conditions ?? []), failure] } },
      { subresource: 'status' },
    );
    return;
  }
  const asked = spec.expirationSeconds === undefined ? maximumLifeMs : spec.expirationSeconds * 1_000;
  const lifeMs = Math.min(maximumLifeMs, Math.max(minimumLifeMs, asked));
  const certificate = Buffer.from(await signCertificate(parsed, authority, { usages, lifeMs, nowMs: clock.now() })).toString('base64');
  await client.replace(certificatesigningrequests, { ...request, status: { ...status, certificate } }, { subresource: 'status' });
}
