import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { FieldManager } from './field-manager.fixture.ts';

interface Step {
  readonly op: 'update' | 'apply';
  readonly manager: string;
  readonly subresource?: string;
  readonly force?: boolean;
  readonly object: Record<string, unknown>;
}
interface Outcome {
  readonly error?: string;
  readonly causes?: readonly { reason: string; message: string; field: string }[];
  readonly managedFields?: readonly Record<string, unknown>[];
  readonly object?: Record<string, unknown>;
}
interface Case {
  readonly name: string;
  readonly kind: string;
  readonly steps: readonly Step[];
  readonly outcomes: readonly Outcome[];
}

/** What k8s.io/apimachinery 0.36 and structured-merge-diff 6.3 make of sequences of writes: inputs and outputs, as they were observed. */
const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'upstream-cases.json'), 'utf8')) as readonly Case[];

describe('field managers agree with upstream on', () => {
  for (const { name, kind, steps, outcomes } of cases) {
    it(name, async () => {
      const manager = new FieldManager(kind);
      for (const [index, step] of steps.entries())
        await compareStep(manager, step, { wanted: outcomes[index]!, at: `step ${index + 1}, ${step.op} of ${step.manager}` });
    });
  }
});

async function compareStep(manager: FieldManager, step: Step, { wanted, at }: { wanted: Outcome; at: string }): Promise<void> {
  const error = await take(manager, step);
  if (wanted.error !== undefined) {
    assert.ok(error, `${at} should have been refused: ${wanted.error}`);
    assert.equal(inOneOrder(error.message), inOneOrder(wanted.error), at);
    if (wanted.causes) assert.deepEqual(sortedCauses(error), wanted.causes, at);
    return;
  }
  assert.equal(error, undefined, at);
  assert.deepEqual(recorded(manager.live), inUpstreamsOrder(manager.live, wanted.managedFields!), at);
  if (wanted.object)
    assert.deepEqual(withoutZeros({ ...manager.live, metadata: { ...manager.live.metadata, managedFields: undefined } }), withoutZeros(wanted.object), at);
}

async function take(manager: FieldManager, { op, object, manager: name, subresource = '', force = false }: Step): Promise<Error | undefined> {
  try {
    if (op === 'apply') await manager.apply(object, name, { force, subresource });
    else await manager.update(object, name, subresource);
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** Upstream lists faults and the paths of a level in the order of a Go map. */
const inOneOrder = (text: string): string => text.split('\n').sort().join('\n');

function sortedCauses(error: Error): unknown {
  const causes = error instanceof ApiError ? (error.details?.causes ?? []) : [];
  return [...causes].sort((left, right) => (`${left.message}${left.field}` < `${right.message}${right.field}` ? -1 : 1));
}

const recorded = (live: UntypedObject): unknown[] =>
  (live.metadata?.managedFields ?? [])
    .map(({ time, fieldsType: _, fieldsV1, ...entry }) => ({
      ...entry,
      ...(time ? { time: 'now' } : {}),
      fieldsV1: JSON.stringify(isCustom(live) ? sorted(fieldsV1) : fieldsV1),
    }))
    .sort(byIdentity);

/** Go maps, which upstream keeps custom resources in, come out sorted as text; of built-in kinds the order is that of the sets. */
const inUpstreamsOrder = (live: UntypedObject, entries: readonly Record<string, unknown>[]): unknown[] =>
  entries
    .map((entry) => ({ ...entry, fieldsV1: isCustom(live) ? JSON.stringify(sorted(JSON.parse(String(entry['fieldsV1'])))) : entry['fieldsV1'] }))
    .sort(byIdentity);

const isCustom = ({ apiVersion }: UntypedObject): boolean => apiVersion === 'example.com/v1';

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

const byIdentity = (left: object, right: object): number => (identity(left) < identity(right) ? -1 : 1);
const identity = (entry: object): string => {
  const { manager, operation, apiVersion, subresource = '' } = entry as Record<string, string>;
  return [operation, manager, apiVersion, subresource].join('/');
};

/** Go's types write zero values that the decoder here leaves out. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .map(([name, inner]) => [name, withoutZeros(inner)] as const)
    .filter(
      ([, inner]) =>
        inner !== null &&
        inner !== undefined &&
        inner !== 0 &&
        inner !== '' &&
        inner !== false &&
        !(typeof inner === 'object' && Object.keys(inner).length === 0),
    );
  return Object.fromEntries(kept);
}
