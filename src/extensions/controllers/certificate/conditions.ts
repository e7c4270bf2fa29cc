import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../../api/generated/certificates-v1.ts';

/** A condition of a request, whatever its status. */
export const conditionOf = ({ status }: CertificateSigningRequest, type: string): CertificateSigningRequestCondition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);
