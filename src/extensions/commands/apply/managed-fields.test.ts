import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ManagedFieldsEntry } from '../../../api/generated/meta-v1.ts';
import { ownersOfAnnotation, withUpdatesApplied } from './managed-fields.ts';

const annotation = { 'f:metadata': { 'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/last-applied-configuration': {} } } };
const entry = (manager: string, operation: 'Apply' | 'Update', fieldsV1: Record<string, unknown>): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
});

describe('handing fields over to server-side apply', () => {
  it('finds who owns the annotation by an update', () => {
    const entries = [entry('a', 'Update', annotation), entry('b', 'Update', { 'f:data': {} }), entry('c', 'Apply', annotation)];
    assert.deepEqual(
      ownersOfAnnotation(entries, 'Update').map(({ manager }) => manager),
      ['a'],
    );
  });

  it('joins the fields of the updater with those of the applier', () => {
    const entries = [entry('kubectl', 'Apply', { 'f:data': { 'f:a': {} } }), entry('old', 'Update', { 'f:data': { '.': {}, 'f:b': {} } })];
    assert.deepEqual(withUpdatesApplied(entries, ['old'], 'kubectl'), [entry('kubectl', 'Apply', { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } })]);
  });

  it('makes the updater the applier where there is none', () => {
    assert.deepEqual(withUpdatesApplied([entry('old', 'Update', annotation)], ['old'], 'kubectl'), [entry('kubectl', 'Apply', annotation)]);
  });

  it('has nothing to do when nobody updated', () => assert.equal(withUpdatesApplied([entry('kubectl', 'Apply', annotation)], [], 'kubectl'), undefined));
});
