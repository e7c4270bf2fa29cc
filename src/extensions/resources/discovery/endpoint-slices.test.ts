import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { cells, named, texts } from '../testing/kinds.ts';

describe('columns', () => {
  const wanted: Record<string, string[]> = {
    endpointslices: ['Name', 'AddressType', 'Ports', 'Endpoints', 'Age'],
  };
  for (const [resource, names] of Object.entries(wanted))
    it(`of ${resource} are upstream's`, () => assert.deepEqual(Object.keys(cells(resource, named('x', {}))), names));
});

describe('validation', () => {
  const cases: { name: string; resource: string; object: UntypedObject; want: (string | RegExp)[] }[] = [
    {
      name: 'wants each port of an endpoint slice once',
      resource: 'endpointslices',
      object: named('e', {
        addressType: 'IPv4',
        ports: [
          { name: 'a', protocol: 'TCP' },
          { name: 'a', protocol: 'TCP' },
        ],
      }),
      want: ['ports[1].name: Duplicate value: "a"'],
    },
  ];
  for (const { name, resource, object, want } of cases) {
    it(name, () => {
      const found = texts(resource, object);
      assert.equal(found.length, want.length, found.join('\n'));
      for (const [index, text] of want.entries()) typeof text === 'string' ? assert.equal(found[index], text) : assert.match(found[index] ?? '', text);
    });
  }
});
