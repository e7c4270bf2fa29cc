import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldManager } from './field-manager.fixture.ts';
import { type FieldTree, hasElements, isMember, union } from './field-tree.ts';
import { keyElement, memberElement } from './path-element.ts';

type Data = Record<string, any>;

/** Repeatable numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

class Writer {
  readonly #next: () => number;
  constructor(seed: number) {
    this.#next = numbers(seed);
  }
  maybe<T>(make: () => T): T | undefined {
    return this.#next() < 0.5 ? make() : undefined;
  }
  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#next() * values.length)]!;
  }
  some<T>(values: readonly T[]): T[] {
    return values.filter(() => this.#next() < 0.5);
  }
  container = (name: string): Data => ({
    name,
    image: this.maybe(() => `${name}:${this.pick([1, 2])}`),
    env: this.maybe(() => this.some(['A', 'B']).map((env) => ({ name: env, value: this.pick(['1', '2']) }))),
    ports: this.maybe(() => this.some([80, 443]).map((port) => ({ containerPort: port, ...(this.maybe(() => true) ? { protocol: 'TCP' } : {}) }))),
  });
  deployment(): Data {
    return JSON.parse(
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: {
          name: 'd',
          labels: this.maybe(() => Object.fromEntries(this.some(['a', 'b', 'c']).map((key) => [key, this.pick(['1', '2'])]))),
          finalizers: this.maybe(() => this.some(['a/b', 'c/d'])),
        },
        spec: {
          replicas: this.maybe(() => this.pick([1, 2])),
          paused: true,
          template: { spec: { containers: ['a', ...this.some(['b', 'c'])].map(this.container) } },
        },
      }),
    ) as Data;
  }
}

describe('field managers, whatever is written,', () => {
  for (let seed = 1; seed <= 40; seed++) {
    it(`keep their promises in sequence ${seed}`, async () => {
      const writer = new Writer(seed);
      const fields = new FieldManager('Deployment');
      for (let step = 0; step < 12; step++) {
        const manager = writer.pick(['one', 'two', 'three']);
        const object = writer.deployment();
        if (writer.maybe(() => true)) {
          const before = fields.live;
          await fields.apply(object, manager, { force: true });
          assertAllApplied(fields, object, manager);
          assertGone(fields, before as Data, manager);
          const once = fields.live;
          await fields.apply(object, manager);
          assert.deepEqual(fields.live, once, 'applying the same again changes nothing');
        } else await fields.update(object, manager);
        assertNothingAbsentIsOwned(fields);
      }
    });
  }
});

const treeOf = (fields: FieldManager, isWanted: (entry: Data) => boolean): FieldTree | undefined =>
  (fields.live.metadata?.managedFields ?? [])
    .filter((entry) => isWanted(entry))
    .map(({ fieldsV1 }) => fieldsV1 as FieldTree)
    .reduce<FieldTree | undefined>((all, tree) => union(all, tree), undefined);

/** Every leaf of the configuration is there with its value, and belongs to who applied it. */
function assertAllApplied(fields: FieldManager, object: Data, manager: string): void {
  const own = treeOf(fields, (entry) => entry['manager'] === manager && entry['operation'] === 'Apply');
  const walk = (wanted: unknown, live: unknown, tree: FieldTree | undefined, path: string): void => {
    if (Array.isArray(wanted)) {
      for (const item of wanted) {
        const element = elementOf(item);
        const match = (live as unknown[]).find((one) => elementOf(one) === element);
        assert.ok(match !== undefined && tree?.[element], `${path}${element} is owned by ${manager}`);
        if (typeof item === 'object') walk(item, match, tree[element], path + element);
      }
    } else if (typeof wanted === 'object' && wanted !== null) {
      for (const [name, inner] of Object.entries(wanted)) {
        if (path === '' && (name === 'apiVersion' || name === 'kind')) continue;
        if (path === '.metadata' && name === 'name') continue;
        walk(inner, (live as Data)[name] ?? (Array.isArray(inner) ? [] : {}), tree?.[`f:${name}`], `${path}.${name}`);
      }
    } else {
      assert.equal(live, wanted, path);
      assert.ok(tree && isMember(tree), `${path} is owned by ${manager}`);
    }
  };
  walk(object, fields.live, own, '');
}

/** What the manager applied before and does not own any more is gone, unless someone owns it. */
function assertGone(fields: FieldManager, before: Data, manager: string): void {
  const entry = (before['metadata']?.managedFields ?? []).find((one: Data) => one['manager'] === manager && one['operation'] === 'Apply');
  const owned = treeOf(fields, () => true);
  const walk = (was: FieldTree | undefined, now: FieldTree | undefined, live: unknown, path: string): void => {
    for (const element in was) {
      if (element === '.') continue;
      const value = valueAt(live, element);
      const inner = was[element]!;
      if (!hasElements(inner) && !now?.[element]) assert.equal(value, undefined, `${path}${element} has no owner and is gone`);
      if (value !== undefined) walk(inner, now?.[element], value, path + element);
    }
  };
  walk(entry?.fieldsV1 as FieldTree | undefined, owned, fields.live, '');
}

function assertNothingAbsentIsOwned(fields: FieldManager): void {
  const walk = (tree: FieldTree, live: unknown, path: string): void => {
    for (const element in tree) {
      // Types have values that nobody wrote.
      if (element === '.' || element === 'f:resources' || element === 'f:status') continue;
      const value = valueAt(live, element);
      const inner = tree[element]!;
      if (value === undefined) assert.ok(!hasElements(inner), `${path}${element} is owned within, but not there`);
      else walk(inner, value, path + element);
    }
  };
  for (const { fieldsV1 } of fields.live.metadata.managedFields ?? []) walk(fieldsV1 as FieldTree, fields.live, '');
}

function elementOf(item: unknown): string {
  if (typeof item !== 'object' || item === null) return memberElement(item);
  const { containerPort, protocol, name } = item as Data;
  return containerPort === undefined ? keyElement(['name'], [name]) : keyElement(['containerPort', 'protocol'], [containerPort, protocol ?? 'TCP']);
}

function valueAt(live: unknown, element: string): unknown {
  if (Array.isArray(live)) return live.find((item) => elementOf(item) === element);
  if (typeof live !== 'object' || live === null) return undefined;
  return (live as Data)[element.slice(2)];
}
