import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { cells, definitionOf, named, texts } from '../testing/kinds.ts';

describe('columns', () => {
  const wanted: Record<string, string[]> = {
    flowschemas: ['Name', 'PriorityLevel', 'MatchingPrecedence', 'DistinguisherMethod', 'Age', 'MissingPL'],
    prioritylevelconfigurations: ['Name', 'Type', 'NominalConcurrencyShares', 'Queues', 'HandSize', 'QueueLengthLimit', 'Age'],
  };
  for (const [resource, names] of Object.entries(wanted))
    it(`of ${resource} are upstream's`, () => assert.deepEqual(Object.keys(cells(resource, named('x', {}))), names));

  const rows: { name: string; resource: string; object: UntypedObject; want: Record<string, unknown> }[] = [
    {
      name: 'a flow schema whose level is missing',
      resource: 'flowschemas',
      object: named('f', { status: { conditions: [{ type: 'Dangling', status: 'True' }] } }),
      want: { DistinguisherMethod: '<none>', MissingPL: 'True' },
    },
  ];
  for (const { name, resource, object, want } of rows)
    it(`show ${name}`, () => assert.deepEqual({ ...cells(resource, object), ...want }, cells(resource, object)));
});

describe('defaults', () => {
  const cases: { name: string; resource: string; given: Record<string, unknown>; want: Record<string, unknown> }[] = [
    { name: 'a flow schema', resource: 'flowschemas', given: { spec: {} }, want: { spec: { matchingPrecedence: 1000 } } },
    {
      name: 'queues',
      resource: 'prioritylevelconfigurations',
      given: { spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } } },
      want: {
        spec: {
          type: 'Limited',
          limited: {
            nominalConcurrencyShares: 30,
            lendablePercent: 0,
            limitResponse: { type: 'Queue', queuing: { handSize: 8, queues: 64, queueLengthLimit: 50 } },
          },
        },
      },
    },
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
  const cases: { name: string; resource: string; object: UntypedObject; want: (string | RegExp)[] }[] = [
    {
      name: 'reserves the first precedence',
      resource: 'flowschemas',
      object: named('f', { spec: { matchingPrecedence: 1, priorityLevelConfiguration: { name: 'l' } } }),
      want: ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
    },
    {
      name: 'wants a priority level',
      resource: 'flowschemas',
      object: named('f', { spec: { matchingPrecedence: 9 } }),
      want: ['spec.priorityLevelConfiguration.name: Required value: must reference a priority level'],
    },
    {
      name: 'wants limits of a limited level',
      resource: 'prioritylevelconfigurations',
      object: named('p', { spec: { type: 'Limited' } }),
      want: ['spec.limited: Required value: must not be empty when type is Limited'],
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
