import type { Authenticator } from '../../../extension-points/authentication/contract.ts';

/** The subject of a verified client certificate: CN is the user, each O a group. A certificate without CN says nothing. */
export const clientCertificate: Authenticator = {
  authenticate({ certificate }) {
    if (!certificate?.commonName) return { kind: 'no-opinion' };
    return { kind: 'authenticated', user: { name: certificate.commonName, groups: [...certificate.organizations] } };
  },
};
