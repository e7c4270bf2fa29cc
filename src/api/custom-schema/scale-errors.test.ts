import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldErrorText } from '../status.ts';
import { scaleErrors } from './scale-errors.ts';

describe('replica counts', () => {
  const paths = { specReplicasPath: ['spec', 'replicas'], statusReplicasPath: ['status', 'replicas'] };
  const cases: readonly { name: string; object: object; errors: string[] }[] = [
    { name: 'that are there', object: { spec: { replicas: 3 }, status: { replicas: 0 } }, errors: [] },
    { name: 'that are not there', object: { spec: null }, errors: [] },
    { name: 'below zero', object: { spec: { replicas: -1 } }, errors: ['.spec.replicas: Invalid value: -1: should be a non-negative integer'] },
    {
      name: 'past 32 bits',
      object: { status: { replicas: 2 ** 31 } },
      errors: ['.status.replicas: Invalid value: 2147483648: should be less than or equal to 2147483647'],
    },
    {
      name: 'that are text',
      object: { spec: { replicas: 'many' } },
      errors: ['.spec.replicas: Invalid value: 0: .spec.replicas accessor error: many is of the type string, expected int64'],
    },
    {
      name: 'that are fractions',
      object: { spec: { replicas: 1.5 } },
      errors: ['.spec.replicas: Invalid value: 0: .spec.replicas accessor error: 1.5 is of the type float64, expected int64'],
    },
    {
      name: 'in what is no object',
      object: { spec: [{ b: 1, a: null }] },
      errors: [
        '.spec.replicas: Invalid value: 0: .spec.replicas accessor error: [map[a:<nil> b:1]] is of the type []interface {}, expected map[string]interface{}',
      ],
    },
  ];
  for (const { name, object, errors } of cases)
    it(`are checked: ${name}`, () => assert.deepEqual(scaleErrors(object, paths, undefined).map(fieldErrorText), errors));
  it('of the spec are left alone by /status', () => assert.deepEqual(scaleErrors({ spec: { replicas: -1 } }, paths, 'status'), []));
});
