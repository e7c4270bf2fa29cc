import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInSchemas, kindSchema } from './built-in-schemas.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';
import { PatchConflict, threeWayStrategicPatch } from './three-way-strategic-patch.ts';

const schema = kindSchema({ group: 'apps', version: 'v1', kind: 'Deployment' })!;
const withContainers = (...containers: object[]) => ({ spec: { template: { spec: { containers } } } });
const patchOf = (original: object, modified: object, current: object) =>
  threeWayStrategicPatch({ original: { ...original }, modified: { ...modified }, current: { ...current } }, schema, builtInSchemas);
const a = { name: 'a', image: 'a:1' };
const b = { name: 'b', image: 'b:1' };

const cases = [
  {
    name: 'nothing, when all is as it should be',
    original: withContainers(a),
    modified: withContainers(a),
    current: withContainers({ ...a, tty: true }),
    want: {},
  },
  {
    name: 'a changed field of one item, with the order of all',
    original: withContainers(a, b),
    modified: withContainers(a, { ...b, image: 'b:2' }),
    current: withContainers(a, b),
    want: { spec: { template: { spec: { containers: [{ name: 'b', image: 'b:2' }], '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }] } } } },
  },
  {
    name: 'the deletion of an item that was applied once',
    original: withContainers(a, b),
    modified: withContainers(a),
    current: withContainers(a, b),
    want: { spec: { template: { spec: { containers: [{ $patch: 'delete', name: 'b' }], '$setElementOrder/containers': [{ name: 'a' }] } } } },
  },
  {
    name: 'a null for a field that was applied once',
    original: { spec: { paused: true } },
    modified: { spec: {} },
    current: { spec: { paused: true, replicas: 2 } },
    want: { spec: { paused: null } },
  },
  { name: 'nothing for a field that others set', original: { spec: {} }, modified: { spec: {} }, current: { spec: { replicas: 2 } }, want: {} },
  {
    name: 'which keys stay, where only one may be',
    original: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
    modified: { spec: { strategy: { type: 'Recreate' } } },
    current: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
    want: { spec: { strategy: { type: 'Recreate', rollingUpdate: null, $retainKeys: ['type'] } } },
  },
  {
    name: 'values of a set that were applied once and are not any more',
    original: { metadata: { finalizers: ['x', 'y'] } },
    modified: { metadata: { finalizers: ['y'] } },
    current: { metadata: { finalizers: ['x', 'y', 'z'] } },
    want: { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'], '$setElementOrder/finalizers': ['y'] } },
  },
];

describe('a three-way strategic patch', () => {
  for (const { name, original, modified, current, want } of cases) it(`holds ${name}`, () => assert.deepEqual(patchOf(original, modified, current), want));

  for (const { name, original, modified, current } of cases)
    it(`leaves nothing to do once it was applied: ${name}`, () => {
      const result = applyStrategicMergePatch(current as object, patchOf(original, modified, current), schema, builtInSchemas);
      const again = patchOf(modified, modified, result) as { metadata?: object };
      // Others' values in a set keep the wish for its order alive, as upstream.
      assert.deepEqual(again.metadata === undefined ? again : {}, {});
    });

  it('is refused where someone else changed the same field, when it may not overwrite', () => {
    const ways = { original: { spec: { replicas: 1 } }, modified: { spec: { replicas: 2 } }, current: { spec: { replicas: 3 } } };
    assert.throws(() => threeWayStrategicPatch(ways, schema, builtInSchemas, { overwrites: false }), PatchConflict);
  });

  it('refuses items without the key that tells them apart', () => {
    assert.throws(() => patchOf({}, withContainers({ image: 'x' }), withContainers(a)), /does not contain declared merge key: name/);
  });
});
