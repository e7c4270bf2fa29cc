import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { cells, definitionOf, named, texts } from '../testing/kinds.ts';

describe('columns', () => {
  const wanted: Record<string, string[]> = {
    apiservices: ['Name', 'Service', 'Available', 'Age'],
  };
  for (const [resource, names] of Object.entries(wanted))
    it(`of ${resource} are upstream's`, () => assert.deepEqual(Object.keys(cells(resource, named('x', {}))), names));

  const rows: { name: string; resource: string; object: UntypedObject; want: Record<string, unknown> }[] = [
    {
      name: 'a local API service',
      resource: 'apiservices',
      object: named('v1.a.io', { spec: {}, status: { conditions: [{ type: 'Available', status: 'True' }] } }),
      want: { Service: 'Local', Available: 'True' },
    },
    {
      name: 'an API service that is down',
      resource: 'apiservices',
      object: named('v1.a.io', {
        spec: { service: { namespace: 'n', name: 's' } },
        status: { conditions: [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }] },
      }),
      want: { Service: 'n/s', Available: 'False (MissingEndpoints)' },
    },
  ];
  for (const { name, resource, object, want } of rows)
    it(`show ${name}`, () => assert.deepEqual({ ...cells(resource, object), ...want }, cells(resource, object)));
});

describe('defaults', () => {
  const service = { name: 's', namespace: 'n' };
  const cases: { name: string; resource: string; given: Record<string, unknown>; want: Record<string, unknown> }[] = [
    { name: 'an API service', resource: 'apiservices', given: { spec: { service } }, want: { spec: { service: { ...service, port: 443 } } } },
  ];
  for (const { name, resource, given, want } of cases) {
    it(`fill ${name}`, () => {
      const draft = named('x', structuredClone(given));
      definitionOf(resource).applyDefaults?.(draft, 'v1');
      assert.deepEqual(draft, named('x', want));
    });
  }
});

describe('validation', () => {
  const apiService = (spec: Record<string, unknown>): UntypedObject =>
    named('v1.a.io', { spec: { group: 'a.io', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10, ...spec } });
  const cases: { name: string; resource: string; object: UntypedObject; want: (string | RegExp)[] }[] = [
    { name: 'accepts an API service', resource: 'apiservices', object: apiService({}), want: [] },
    {
      name: 'bounds the priority of a version',
      resource: 'apiservices',
      object: apiService({ versionPriority: 1001 }),
      want: ['spec.versionPriority: Invalid value: 1001: must be positive and less than 1000'],
    },
    {
      name: 'wants version.group as the name',
      resource: 'apiservices',
      object: apiService({ version: 'v2' }),
      want: [/^metadata\.name: Invalid value: "v1\.a\.io": must be `spec\.version\+"\."\+spec\.group`/],
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
