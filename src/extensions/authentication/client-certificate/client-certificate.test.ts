import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientCertificate } from './client-certificate.ts';

const signal = new AbortController().signal;

describe('a client certificate', () => {
  const cases = [
    {
      name: 'names the user and its groups',
      certificate: { commonName: 'ann', organizations: ['staff', 'ops'], serialNumber: '1' },
      want: { kind: 'authenticated', user: { name: 'ann', groups: ['staff', 'ops'] } },
    },
    { name: 'without a name says nothing', certificate: { commonName: '', organizations: ['staff'], serialNumber: '1' }, want: { kind: 'no-opinion' } },
    { name: 'that is not there says nothing', certificate: undefined, want: { kind: 'no-opinion' } },
  ];
  for (const { name, certificate, want } of cases) {
    it(name, () => assert.deepEqual(clientCertificate.authenticate({ audiences: [], ...(certificate ? { certificate } : {}) }, signal), want));
  }
});
