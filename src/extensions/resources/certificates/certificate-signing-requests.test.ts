import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { cells, context, definitionOf, named, texts } from '../testing/kinds.ts';

describe('columns', () => {
  const wanted: Record<string, string[]> = {
    certificatesigningrequests: ['Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'],
  };
  for (const [resource, names] of Object.entries(wanted))
    it(`of ${resource} are upstream's`, () => assert.deepEqual(Object.keys(cells(resource, named('x', {}))), names));

  const rows: { name: string; resource: string; object: UntypedObject; want: Record<string, unknown> }[] = [
    {
      name: 'a request that was approved and signed',
      resource: 'certificatesigningrequests',
      object: named('c', { spec: { expirationSeconds: 3600 }, status: { conditions: [{ type: 'Approved', status: 'True' }], certificate: 'YQ==' } }),
      want: { RequestedDuration: '60m', Condition: 'Approved,Issued' },
    },
    {
      name: 'a request that waits',
      resource: 'certificatesigningrequests',
      object: named('c', {}),
      want: { RequestedDuration: '<none>', Condition: 'Pending' },
    },
  ];
  for (const { name, resource, object, want } of rows)
    it(`show ${name}`, () => assert.deepEqual({ ...cells(resource, object), ...want }, cells(resource, object)));
});

describe('certificate requests', () => {
  const requests = definitionOf('certificatesigningrequests');
  it('are stamped with who asks, whatever the client says', () => {
    const draft = named('c', { spec: { username: 'root', groups: ['system:masters'], signerName: 'example.com/a' } });
    requests.prepareForCreate?.(draft, context());
    assert.deepEqual(draft['spec'], { signerName: 'example.com/a', username: 'alice', uid: 'u1', groups: ['dev'], extra: { scope: ['x'] } });
  });
  it('can be selected by signer', () =>
    assert.equal(requests.selectableFields?.(named('c', { spec: { signerName: 'example.com/a' } }))['spec.signerName'], 'example.com/a'));
  it('want at least ten minutes', () => {
    assert.ok(
      texts('certificatesigningrequests', named('c', { spec: { expirationSeconds: 599 } })).includes(
        'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
      ),
    );
  });
});
