import type { Name } from '@peculiar/x509';
import { effectiveCommonName } from '../../../extension-points/authentication/common-name.ts';
import { loadX509 } from '../../../extension-points/authentication/x509.ts';

/** RFC 5280, appendix A.1: what a subject may hold several of, in upstream's order. */
const repeated = {
  country: '2.5.4.6',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  locality: '2.5.4.7',
  province: '2.5.4.8',
  streetAddress: '2.5.4.9',
  postalCode: '2.5.4.17',
};
const commonName = '2.5.4.3';
const serialNumber = '2.5.4.5';

/**
 * The subject of a certificate for a request's: the parts that upstream's signer knows, written anew, with the one common name that counts. What else the request's subject
 * holds is left out.
 */
export async function certificateSubject(requested: Name): Promise<Name> {
  const x509 = await loadX509();
  const several = Object.values(repeated).map((type) => ({ type, texts: requested.getField(type).sort(inSetOrder) }));
  const single = [commonName, serialNumber].map((type) => {
    const text = effectiveCommonName(requested.getField(type));
    return { type, texts: text === '' ? [] : [text] };
  });
  const parts = [...several, ...single].filter(({ texts }) => texts.length > 0);
  return new x509.Name(parts.map(({ type, texts }) => ({ [type]: texts.map((text) => ({ utf8String: text })) })));
}

/** DER orders the members of a set by their encoding, which begins with the length. */
function inSetOrder(left: string, right: string): number {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length - other.length || Buffer.compare(one, other);
}
