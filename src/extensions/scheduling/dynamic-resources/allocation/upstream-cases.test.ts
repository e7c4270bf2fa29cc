import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Node } from '../../../../api/generated/core-v1.ts';
import type { AllocationResult, DeviceClass, ResourceClaim, ResourceSlice } from '../../../../api/generated/resource-v1.ts';
import { parseQuantity } from '../../../../api/quantity.ts';
import { allocate, readClaim } from './allocate.ts';
import type { DevicesInUse } from './node-offer.ts';
import { SliceIndex } from './slice-index.ts';

/** What upstream's allocator (1.36, all default features on) makes of the cases of its own tests. */
interface UpstreamCase {
  readonly name: string;
  readonly claims: readonly ResourceClaim[];
  readonly classes: readonly DeviceClass[];
  readonly slices: readonly ResourceSlice[];
  readonly node: Node;
  readonly allocated?: readonly string[];
  readonly consumed?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly results?: readonly AllocationResult[];
  readonly error?: string;
}

const cases = readFileSync(new URL('upstream-cases.fixture.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as UpstreamCase);

function inUseIn({ allocated = [], consumed = {} }: UpstreamCase): DevicesInUse {
  return {
    isTaken: (id) => allocated.includes(id),
    sharersOf: (id) => (consumed[id] ? 1 : 0),
    consumedOf: (id) => consumed[id] && new Map(Object.entries(consumed[id]).map(([name, amount]) => [name, parseQuantity(amount).nano])),
  };
}

/** The allocations, with the same identity for every share, or the message. */
function outcomeOf(given: UpstreamCase): unknown {
  const index = new SliceIndex();
  for (const slice of given.slices) index.set(slice);
  try {
    const claims = given.claims.map((claim) => readClaim(claim, (name) => given.classes.find(({ metadata }) => metadata.name === name)));
    const outcome = allocate(claims, given.node, index.offersTo(given.node), inUseIn(given), 0);
    if (outcome.kind === 'refused') return outcome.isInvalid ? 'invalid resource pools were encountered' : undefined;
    return outcome.results().length === 0 ? undefined : outcome.results().map(withFixedShare);
  } catch (error) {
    return (error as Error).message;
  }
}

const withFixedShare = (result: AllocationResult): unknown =>
  JSON.parse(JSON.stringify(result, (key, value: unknown) => (key === 'shareID' ? 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa' : value)));

describe('devices are allocated as upstream allocates them:', () => {
  for (const given of cases)
    it(given.name, () => {
      const text = (value: unknown) => (typeof value === 'string' ? value.replace('deviceclass.resource.k8s.io "', ' "') : value);
      const want = given.error?.replace(/class ([\w-]+): {2}"not found" not found/, 'class $1:  "$1" not found') ?? given.results;
      assert.deepEqual(text(outcomeOf(given)), want);
    });
});
