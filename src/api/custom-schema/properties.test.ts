import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileSchema } from '../schema-processor.ts';
import { type JsonSchemaProps, schemaFromJsonSchemaProps } from './from-json-schema.ts';
import { ShapeRun } from './shape-run.ts';
import { ShapeCompiler } from './shaping.ts';

/** Numbers that look random and come again. */
function generator(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const names = ['a', 'b', 'metadata', 'kind', '__proto__', 'x.y'];
const pick = <Item>(random: (below: number) => number, items: readonly Item[]): Item => items[random(items.length)]!;

function randomValue(random: (below: number) => number, depth: number): unknown {
  const kind = random(depth > 3 ? 6 : 9);
  if (kind < 6) return pick(random, ['text', '', 1, 1.5, -3, true, null, '2020-01-01', 1e30]);
  if (kind === 6) return Array.from({ length: random(4) }, () => randomValue(random, depth + 1));
  return Object.fromEntries(Array.from({ length: random(5) }, () => [pick(random, names), randomValue(random, depth + 1)]));
}

/** Not only sound schemas: what validation would refuse must not throw either. */
function randomSchema(random: (below: number) => number, depth: number): JsonSchemaProps {
  const schema: Record<string, unknown> = {};
  const maybe = (chance: number, field: string, make: () => unknown): void => {
    if (random(chance) === 0) schema[field] = make();
  };
  const inner = (): JsonSchemaProps => randomSchema(random, depth + 1);
  schema['type'] = pick(random, ['object', 'object', 'array', 'string', 'integer', 'number', 'boolean', undefined]);
  maybe(3, 'nullable', () => true);
  maybe(3, 'default', () => randomValue(random, 2));
  maybe(4, 'x-kubernetes-preserve-unknown-fields', () => true);
  maybe(9, 'x-kubernetes-embedded-resource', () => true);
  maybe(9, 'x-kubernetes-int-or-string', () => true);
  maybe(4, 'enum', () => [randomValue(random, 2), 'text']);
  maybe(4, 'format', () => pick(random, ['date', 'int32', 'uri', 'email', 'odd']));
  maybe(4, 'pattern', () => pick(random, ['^a+$', '(', 'x|y', '^(a+)+$']));
  maybe(4, 'minimum', () => random(5) - 2.5);
  maybe(4, 'multipleOf', () => pick(random, [0, 2, 0.1, -1]));
  maybe(4, 'maxLength', () => random(5));
  maybe(4, 'required', () => [pick(random, names)]);
  maybe(4, 'maxItems', () => random(3));
  maybe(4, 'x-kubernetes-list-type', () => pick(random, ['set', 'map', 'atomic']));
  maybe(4, 'x-kubernetes-list-map-keys', () => [pick(random, names)]);
  if (depth > 3) return schema;
  maybe(2, 'properties', () => Object.fromEntries(Array.from({ length: random(4) }, () => [pick(random, names), inner()])));
  maybe(3, 'items', inner);
  maybe(4, 'additionalProperties', () => pick(random, [true, false, inner()]));
  maybe(6, 'not', inner);
  for (const junctor of ['allOf', 'anyOf', 'oneOf']) maybe(6, junctor, () => [inner(), inner()]);
  return schema;
}

const noSchemas = { get: () => undefined };
const runs = 400;

describe('any schema and any object', () => {
  it('shape and check without a throw, and a shape stays as it is', () => {
    for (let seed = 0; seed < runs; seed++) {
      const random = generator(seed);
      const schema = schemaFromJsonSchemaProps({ ...randomSchema(random, 0), type: 'object', default: undefined });
      const object = { apiVersion: 'g/v1', kind: 'K', metadata: { name: 'a' }, spec: randomValue(random, 0), a: randomValue(random, 0) };
      const options = { prune: true, applyDefaults: true, dialect: 'custom' } as const;
      const compiled = compileSchema(schema, noSchemas);
      const first = compiled.process(object, options);
      if (first.decodeError !== undefined) continue;
      const shaped = structuredClone(object);
      // What a default brings may itself have to be shaped: definitions with such defaults are refused.
      compiled.process(object, options);
      const twice = structuredClone(object);
      const third = compiled.process(object, options);
      assert.deepEqual(object, twice, `seed ${seed}`);
      // Defaults inside metadata bring it what it does not know: definitions with such defaults are refused, too.
      assert.deepEqual(
        third.unknownFields.filter((field) => !field.includes('metadata')),
        [],
        `seed ${seed}`,
      );
      compiled.process(shaped, { ...options, only: 'values', old: object });
    }
  });
  it('are probed without a change, and the probe tells whether shaping would make one', () => {
    for (let seed = 0; seed < runs; seed++) {
      const random = generator(seed);
      const schema = schemaFromJsonSchemaProps({ ...randomSchema(random, 0), 'x-kubernetes-embedded-resource': undefined });
      const object = { spec: randomValue(random, 0), a: randomValue(random, 0), b: randomValue(random, 0) };
      const before = structuredClone(object);
      const options = { prune: true, applyDefaults: true };
      const probe = new ShapeRun(options, true);
      probe.walk(() => new ShapeCompiler(noSchemas).compileRoot(schema)(object, probe, false));
      assert.deepEqual(object, before, `seed ${seed}`);
      if (probe.decodeError !== undefined || probe.hasChanged) continue;
      const run = new ShapeRun(options);
      run.walk(() => new ShapeCompiler(noSchemas).compileRoot(schema)(object, run, false));
      assert.deepEqual(object, before, `seed ${seed}`);
    }
  });
});
