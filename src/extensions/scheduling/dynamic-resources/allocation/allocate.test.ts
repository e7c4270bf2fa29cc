import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeviceClaim } from '../../../../api/generated/resource-v1.ts';
import { testClaim, testDeviceClass, testDriver, testRequest, testSlice } from '../../../../extension-points/scheduling/devices/testing.ts';
import { testNode } from '../../../../extension-points/scheduling/testing.ts';
import { type AllocationOutcome, allocate, readClaim } from './allocate.ts';
import { AllocationTimeout } from './allocation-error.ts';
import { SliceIndex } from './slice-index.ts';

const node = testNode('n');
const unused = { isTaken: () => false, sharersOf: () => 0, consumedOf: () => undefined };
/** Devices that no constraint can mistake for each other. */
const index = new SliceIndex();
index.set(
  testSlice(
    'n',
    Array.from({ length: 31 }, (_, place) => ({ name: `d${place}`, attributes: { serial: { int: place } } })),
  ),
);
const search = (devices: DeviceClaim, limitMs = 0): AllocationOutcome =>
  allocate([readClaim(testClaim('c', { devices }), () => testDeviceClass())], node, index.offersTo(node), unused, limitMs);
const distinct = { constraints: [{ distinctAttribute: `${testDriver}/serial` }] };

describe('a search for devices', () => {
  const below = (limit: number) => [{ cel: { expression: `device.attributes["${testDriver}"].serial < ${limit}` } }];
  const from = (least: number) => [{ cel: { expression: `device.attributes["${testDriver}"].serial >= ${least}` } }];

  it('ends when it takes longer than it may', () => {
    // Any two of the requests could be satisfied; that all cannot shows only when every combination was tried.
    const requests = [
      testRequest('r', { count: 10, selectors: below(20) }),
      testRequest('s', { count: 11, selectors: from(11) }),
      testRequest('t', { count: 10, selectors: [{ cel: { expression: `device.attributes["${testDriver}"].serial % 3 != 2` } }] }),
    ];
    assert.throws(() => search({ requests, ...distinct }, 0.001), new AllocationTimeout('timed out trying to allocate devices'));
  });

  it('ends at once when there are too few devices for the requests together', () => {
    const refused = { kind: 'refused', isInvalid: false, why: 'each request could be satisfied, but not all together' };
    const both = [testRequest('r', { count: 16 }), testRequest('s', { count: 16 })];
    assert.deepEqual(search({ requests: both, ...distinct }), refused);
    // The others are enough for a third one only.
    const within = [testRequest('r', { count: 11, selectors: below(20) }), testRequest('s', { count: 10, selectors: below(20) }), testRequest('t')];
    assert.deepEqual(search({ requests: within, ...distinct }), refused);
    const alike = { constraints: [{ matchAttribute: `${testDriver}/serial`, requests: ['r', 's'] }] };
    assert.deepEqual(search({ requests: [testRequest('r'), testRequest('s'), testRequest('t', { count: 16 })], ...alike }), refused);
  });

  it('ends at once when one of the requests cannot be satisfied at all', () => {
    const none = testRequest('s', { selectors: [{ cel: { expression: 'false' } }] });
    const outcome = search({ requests: [testRequest('r', { count: 16 }), none], ...distinct });
    assert.deepEqual(outcome, { kind: 'refused', isInvalid: false, why: 'request s wants 1: 31 offered, of which 31 not selected' });
  });

  it('ends at once when devices differ in nothing that matters', () => {
    const outcome = search({ requests: [testRequest('r', { count: 16 }), testRequest('s', { count: 16 })] });
    assert.deepEqual(outcome, { kind: 'refused', isInvalid: false, why: 'each request could be satisfied, but not all together' });
  });
});
