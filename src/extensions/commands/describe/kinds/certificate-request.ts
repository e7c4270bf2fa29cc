import { parseCertificateRequest } from '../../../../extension-points/authentication/certificate-request.ts';

/** What a certificate request asks for. */
export interface CertificateRequest {
  readonly subject: {
    readonly commonName: string;
    readonly serialNumber: string;
    readonly organization: readonly string[];
    readonly organizationalUnit: readonly string[];
    readonly country: readonly string[];
    readonly locality: readonly string[];
    readonly province: readonly string[];
    readonly streetAddress: readonly string[];
    readonly postalCode: readonly string[];
  };
  readonly names: { readonly dns: readonly string[]; readonly email: readonly string[]; readonly uri: readonly string[]; readonly ip: readonly string[] };
}

/** Reads a request as it stands in an object: PEM in base64. Throws kubectl's words. */
export async function readCertificateRequest(base64: string): Promise<CertificateRequest> {
  const request = await parseCertificateRequest(base64).catch((error: unknown) => {
    throw new Error(`Error parsing CSR: ${(error as Error).message}`, { cause: error });
  });
  const all = (type: string): string[] => request.parsed.subjectName.getField(type);
  return {
    subject: {
      commonName: request.commonName,
      serialNumber: all('2.5.4.5').at(-1) ?? '',
      organization: request.organizations,
      organizationalUnit: all('OU'),
      country: all('C'),
      locality: all('L'),
      province: all('ST'),
      streetAddress: all('2.5.4.9'),
      postalCode: all('2.5.4.17'),
    },
    names: { dns: request.dnsNames, email: request.emailAddresses, uri: request.uris, ip: request.ipAddresses },
  };
}
