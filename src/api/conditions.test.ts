import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const old = { type: 'Ready', status: 'False', reason: 'A', lastTransitionTime: '2025-01-01T00:00:00Z' };

describe('conditions', () => {
  it('adds one with the time of now', () =>
    assert.deepEqual(setCondition(undefined, { type: 'Ready', status: 'True' }, now), [
      { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z' },
    ]));
  it('keeps the time while the status stays', () =>
    assert.deepEqual(setCondition([old], { type: 'Ready', status: 'False', reason: 'B' }, now), [{ ...old, reason: 'B' }]));
  it('sets the time when the status changes', () =>
    assert.equal(setCondition([old], { type: 'Ready', status: 'True', reason: 'A' }, now)[0]!.lastTransitionTime, '2026-01-02T03:04:05Z'));
  it('answers the same list when nothing changes', () => {
    const list = Object.freeze([Object.freeze({ ...old })]);
    assert.equal(setCondition(list, { type: 'Ready', status: 'False', reason: 'A' }, now), list);
  });
  it('finds and removes by type', () => {
    assert.equal(findCondition([old], 'Ready'), old);
    assert.equal(isConditionTrue([old], 'Ready'), false);
    assert.deepEqual(removeCondition([old], 'Ready'), []);
  });
});
