import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectMeta } from '../../api/generated/meta-v1.ts';
import { fieldErrorText } from '../../api/status.ts';
import { dnsSubdomainName, pathSegmentName, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts';

const good: ObjectMeta = { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '1' };
const owner = (name: string, controller: boolean): NonNullable<ObjectMeta['ownerReferences']>[number] => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name,
  uid: name,
  controller,
});

const cases: readonly { name: string; meta: Partial<ObjectMeta>; errors: readonly (string | RegExp)[] }[] = [
  { name: 'accepts a good one', meta: {}, errors: [] },
  { name: 'requires a name', meta: { name: '' }, errors: ['metadata.name: Required value: name or generateName is required'] },
  {
    name: 'refuses capitals in names',
    meta: { name: 'Web' },
    errors: [/^metadata\.name: Invalid value: "Web": a lowercase RFC 1123 subdomain must consist of/],
  },
  { name: 'requires a namespace', meta: { namespace: '' }, errors: ['metadata.namespace: Required value'] },
  { name: 'refuses bad label values', meta: { labels: { app: 'a b' } }, errors: [/^metadata\.labels: Invalid value: "a b": a valid label must be/] },
  {
    name: 'limits annotations',
    meta: { annotations: { big: 'x'.repeat(262_142) } },
    errors: ['metadata.annotations: Too long: may not be more than 262144 bytes'],
  },
  {
    name: 'wants owners to be complete',
    meta: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '' }] },
    errors: ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
  },
  {
    name: 'allows one controller',
    meta: { ownerReferences: [owner('a', true), owner('b', true)] },
    errors: [/Only one reference can have Controller set to true. Found "true" in references for Pod\/a and Pod\/b$/],
  },
  {
    name: 'refuses contradicting finalizers',
    meta: { finalizers: ['orphan', 'foregroundDeletion'] },
    errors: [/finalizer orphan and foregroundDeletion cannot be both set$/],
  },
];

function assertErrors(actual: readonly string[], expected: readonly (string | RegExp)[]): void {
  assert.equal(actual.length, expected.length, actual.join('\n'));
  for (const [index, want] of expected.entries()) typeof want === 'string' ? assert.equal(actual[index], want) : assert.match(actual[index] ?? '', want);
}

describe('metadata', () => {
  for (const { name, meta, errors } of cases) {
    it(name, () => assertErrors(validateObjectMeta({ ...good, ...meta }, true, dnsSubdomainName, 'metadata').map(fieldErrorText), errors));
  }

  it('forbids a namespace on cluster-wide kinds', () =>
    assertErrors(validateObjectMeta(good, false, dnsSubdomainName, 'metadata').map(fieldErrorText), [
      'metadata.namespace: Forbidden: not allowed on this type',
    ]));

  it('lets RBAC names hold colons but no slashes', () =>
    assert.deepEqual([pathSegmentName('system:node', false), pathSegmentName('a/b', false)], [[], ["may not contain '/'"]]));

  it('keeps what identifies an object', () =>
    assertErrors(validateObjectMetaUpdate({ ...good, uid: 'v' }, good, 'metadata').map(fieldErrorText), [
      'metadata.uid: Invalid value: "v": field is immutable',
    ]));

  it('adds no finalizers to what is being deleted', () => {
    const old = { ...good, deletionTimestamp: '2026-01-01T00:00:00Z' };
    assertErrors(validateObjectMetaUpdate({ ...old, finalizers: ['a.b/c'] }, old, 'metadata').map(fieldErrorText), [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/c"}',
    ]);
  });
});
