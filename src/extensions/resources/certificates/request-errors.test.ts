import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldErrorText } from '../../../api/status.ts';
import { newCertificateRequest } from '../../../extension-points/authentication/testing/certificate-requests.ts';
import { mintTestCertificates } from '../../../extension-points/authentication/testing/test-certificates.ts';
import { requestErrors, requireGoodRequest, updateErrors } from './request-errors.ts';

const metadata = { name: 'r' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const good = await newCertificateRequest({ commonName: 'ann' });
const { certificate } = await mintTestCertificates();
const spec = { request: good, signerName: 'example.com/a', usages: ['client auth'] } as const;

describe('a certificate request', () => {
  const cases: [string, object, string[]][] = [
    ['is good', {}, []],
    ['is PEM', { request: base64('x') }, [`spec.request: Invalid value: "${base64('x')}": PEM block type must be CERTIFICATE REQUEST`]],
    ['is for something', { usages: [] }, ['spec.usages: Required value']],
    ['is for something once', { usages: ['any', 'any'] }, ['spec.usages[1]: Duplicate value: "any"']],
    ['names its signer', { signerName: '' }, ['spec.signerName: Required value']],
    [
      'names one signer',
      { signerName: 'a.b/c/d' },
      [`spec.signerName: Invalid value: "a.b/c/d": must be a fully qualified domain and path of the form 'example.com/signer-name'`],
    ],
    [
      'names the domain of its signer',
      { signerName: 'a/c' },
      ['spec.signerName: Invalid value: "a": should be a domain with at least two segments separated by dots'],
    ],
    [
      'is not for the old signer',
      { signerName: 'kubernetes.io/legacy-unknown' },
      ['spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version'],
    ],
    [
      'wants ten minutes at least',
      { expirationSeconds: 599 },
      ['spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)'],
    ],
  ];
  for (const [name, more, want] of cases)
    it(name, () => assert.deepEqual(requestErrors({ metadata, spec: { ...spec, ...more } as never }).map(fieldErrorText), want));

  it('tells the label of its signer that is wrong', () =>
    assert.match(
      requestErrors({ metadata, spec: { ...spec, signerName: 'A.b/c' } as never }).map(fieldErrorText)[0] ?? '',
      /^spec\.signerName: Invalid value: "A\.b": validating label "A": a lowercase RFC 1123 label/,
    ));

  it('can be read, and is signed with its key', async () => {
    await requireGoodRequest({ metadata, spec: spec as never });
    const der = Buffer.from(
      Buffer.from(good, 'base64')
        .toString()
        .replace(/-----[^-]+-----|\s/g, ''),
      'base64',
    );
    der[der.length - 1]! ^= 1;
    const pem = (bytes: Buffer): string => base64(`-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`);
    for (const request of [pem(der), pem(Buffer.from('nonsense'))])
      await assert.rejects(requireGoodRequest({ metadata, spec: { ...spec, request } as never }), { code: 422 });
  });
});

describe('a change of a certificate request', () => {
  const condition = (type: string, status = 'True') => ({ type, status, reason: 'a' });
  const of = (...conditions: object[]) => ({ metadata, status: { conditions: conditions as never[] } });
  const signed = (text: string) => ({ metadata, status: { certificate: base64(text) } });
  const cases: [string, Parameters<typeof updateErrors>, string[]][] = [
    ['may decide where decisions are taken', [of(condition('Approved')), of(), { mayDecide: true }], []],
    ['decides nothing elsewhere', [of(condition('Approved')), of(), {}], ['status.conditions: Forbidden: updates may not add a condition of type "Approved"']],
    [
      'takes no decision back',
      [of(), of(condition('Denied')), { mayDecide: true }],
      ['status.conditions: Forbidden: updates may not remove a condition of type "Denied"'],
    ],
    [
      'changes no decision elsewhere',
      [of({ ...condition('Denied'), reason: 'b' }), of(condition('Denied')), {}],
      ['status.conditions: Forbidden: updates may not modify a condition of type "Denied"'],
    ],
    ['keeps a failure', [of(), of(condition('Failed')), {}], ['status.conditions: Forbidden: updates may not remove a condition of type "Failed"']],
    [
      'decides one way',
      [of(condition('Approved'), condition('Denied')), of(condition('Approved')), { mayDecide: true }],
      ['status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'],
    ],
    [
      'decides for good',
      [of(condition('Approved', 'False')), of(), { mayDecide: true }],
      ['status.conditions[0].status: Unsupported value: "False": supported values: "True"'],
    ],
    ['may sign where certificates come', [signed(certificate), of(), { maySign: true }], []],
    ['does not sign elsewhere', [signed(certificate), of(), {}], ['status.certificate: Forbidden: updates may not set certificate content']],
    [
      'does not sign twice',
      [signed(certificate), signed(`${certificate}\n`), { maySign: true }],
      ['status.certificate: Forbidden: updates may not modify existing certificate content'],
    ],
    [
      'signs with a certificate',
      [signed('x'), of(), { maySign: true }],
      ['status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block'],
    ],
  ];
  for (const [name, args, want] of cases) it(name, () => assert.deepEqual(updateErrors(...args).map(fieldErrorText), want));
});
