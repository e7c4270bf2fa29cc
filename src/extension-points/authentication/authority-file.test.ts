import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requireAuthorities } from './authority-file.ts';
import { mintTestCertificates } from './testing/test-certificates.ts';

describe('a file of authorities', () => {
  it('holds certificates', async () => {
    const { ca } = await mintTestCertificates();
    requireAuthorities(`# ours\n${ca}\n${ca}`);
  });

  const cases = [
    { name: 'nothing', pem: '', want: 'data does not contain any valid RSA or ECDSA certificates' },
    { name: 'no PEM', pem: 'hello', want: 'data does not contain any valid RSA or ECDSA certificates' },
    { name: 'a broken certificate', pem: '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n', want: 'x509: malformed certificate' },
  ];
  for (const { name, pem, want } of cases) it(`is refused that holds ${name}`, () => assert.throws(() => requireAuthorities(pem), { message: want }));
});
