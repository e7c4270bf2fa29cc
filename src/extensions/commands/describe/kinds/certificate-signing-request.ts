import type { CertificateSigningRequest } from '../../../../api/generated/certificates-v1.ts';
import { certificatesigningrequests } from '../../../../api/generated/resource-types.ts';
import { humanDuration } from '../../../../extension-points/commands/printers/table-printer.ts';
import { defineDescriber } from '../contract.ts';
import type { Page } from '../page/page.ts';
import { pairsText } from '../page/texts.ts';
import { createdSection, field, fieldIfSet, nameSection } from '../sections.ts';
import { type CertificateRequest, readCertificateRequest } from './certificate-request.ts';

export const certificateSigningRequestDescriber = defineDescriber<CertificateSigningRequest, { readonly request: CertificateRequest }>({
  resources: [certificatesigningrequests],
  find: async ({ spec }) => ({ request: await readCertificateRequest(spec?.request ?? '') }),
  sections: [
    nameSection,
    field('Labels', ({ metadata }) => pairsText(metadata.labels)),
    field('Annotations', ({ metadata }) => pairsText(metadata.annotations)),
    createdSection,
    field('Requesting User', ({ spec }) => spec?.username ?? ''),
    fieldIfSet('Signer', ({ spec }) => spec?.signerName),
    fieldIfSet('Requested Duration', ({ spec }) => (spec?.expirationSeconds === undefined ? '' : humanDuration(spec.expirationSeconds * 1000))),
    field('Status', statusOf),
    (page, _request, { request }) => writeRequest(page, request),
  ],
});

/** Denied wins over approved; what came of it stands behind. */
function statusOf({ status }: CertificateSigningRequest): string {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) ?? false;
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${decision}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}

function writeRequest(page: Page, { subject, names }: CertificateRequest): void {
  page.line(0, 'Subject:');
  page.line(0, '', 'Common Name:', subject.commonName);
  page.line(0, '', 'Serial Number:', subject.serialNumber);
  writeList(page, 'Organization', subject.organization);
  writeList(page, 'Organizational Unit', subject.organizationalUnit);
  writeList(page, 'Country', subject.country);
  writeList(page, 'Locality', subject.locality);
  writeList(page, 'Province', subject.province);
  writeList(page, 'StreetAddress', subject.streetAddress);
  writeList(page, 'PostalCode', subject.postalCode);
  if (Object.values(names).every((list) => list.length === 0)) return;
  page.line(0, 'Subject Alternative Names:');
  writeList(page, 'DNS Names', names.dns);
  writeList(page, 'Email Addresses', names.email);
  writeList(page, 'URIs', names.uri);
  writeList(page, 'IP Addresses', names.ip);
}

function writeList(page: Page, title: string, values: readonly string[]): void {
  if (values.length > 0) page.write(0, `\t${title}:\t${values.join('\n\t\t')}\n`);
}
