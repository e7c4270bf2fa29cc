import { effectiveCommonName } from '../../../extension-points/authentication/common-name.ts';
import type { AuthenticationRequest } from '../../../extension-points/authentication/contract.ts';

/** What authenticators are told of a client's certificate. */
export type ClientCertificate = NonNullable<AuthenticationRequest['certificate']>;

/** Of a certificate that an authority vouches for, as Node has its subject: a part that is there more than once is a list. */
export function clientCertificateOf(subject: object, serialNumber: string): ClientCertificate {
  const { CN, O } = subject as { CN?: string | string[]; O?: string | string[] };
  return { commonName: effectiveCommonName(CN), organizations: [O ?? []].flat(), serialNumber };
}
