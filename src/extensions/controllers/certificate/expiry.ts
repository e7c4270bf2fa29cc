import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../../api/generated/certificates-v1.ts';
import { conditionOf } from './conditions.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** When a request has nothing more to say (milliseconds since the epoch): upstream's limits for what was issued, decided on, or left waiting. */
export function removalTimeMs(request: CertificateSigningRequest): number {
  const { metadata, status } = request;
  const isIssued = Boolean(status?.certificate);
  const after = (time: string | undefined, limitMs: number): number => (time ? Date.parse(time) + limitMs : Infinity);
  const approved = conditionOf(request, 'Approved');
  return Math.min(
    after(approved?.lastUpdateTime, isIssued ? hourMs : dayMs),
    after(conditionOf(request, 'Denied')?.lastUpdateTime, hourMs),
    after(conditionOf(request, 'Failed')?.lastUpdateTime, hourMs),
    status?.conditions?.length ? Infinity : after(metadata.creationTimestamp, dayMs),
    approved && isIssued ? certificateEndMs(status!.certificate!) : Infinity,
  );
}

function certificateEndMs(base64: string): number {
  try {
    return Date.parse(new X509Certificate(Buffer.from(base64, 'base64')).validTo);
  } catch {
    return Infinity; // another signer's, in a form of its own
  }
}
