import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { compactJson } from '../printers/json-text.ts';
import { typedForm } from './typed-form.ts';

const cases: readonly { readonly name: string; readonly object: unknown; readonly want: string }[] = [
  {
    name: 'writes fields in the order of the type, and those that are never left out',
    object: { metadata: { labels: { b: '1', a: '2' }, name: 'x' }, apiVersion: 'v1', kind: 'Namespace' },
    want: '{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"x","labels":{"a":"2","b":"1"}},"spec":{},"status":{}}',
  },
  {
    name: 'leaves zero values and unknown fields out',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {},
      spec: { hostNetwork: false, bogus: 1, containers: [{ name: 'c', env: [{ name: 'A', value: '' }], tty: false }] },
    },
    want: '{"kind":"Pod","apiVersion":"v1","metadata":{},"spec":{"containers":[{"name":"c","env":[{"name":"A"}],"resources":{}}]},"status":{}}',
  },
  {
    name: 'keeps pointers that point at zero',
    object: { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: {}, spec: { minReplicas: 0 } },
    want: '{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v1","metadata":{},"spec":{"scaleTargetRef":{"kind":"","name":""},"minReplicas":0,"maxReplicas":0},"status":{"currentReplicas":0,"desiredReplicas":0}}',
  },
  {
    name: 'writes amounts in their canonical form',
    object: { apiVersion: 'v1', kind: 'ResourceQuota', metadata: {}, spec: { hard: { cpu: '1000m', memory: '1024Mi' } } },
    want: '{"kind":"ResourceQuota","apiVersion":"v1","metadata":{},"spec":{"hard":{"cpu":"1","memory":"1Gi"}},"status":{}}',
  },
  { name: 'leaves other kinds alone', object: { kind: 'Thing', apiVersion: 'x/v1', metadata: {} }, want: '{"apiVersion":"x/v1","kind":"Thing","metadata":{}}' },
];

describe('the typed form of an object', () => {
  for (const { name, object, want } of cases) it(name, () => assert.equal(compactJson(typedForm(object as UntypedObject)), want));
});
