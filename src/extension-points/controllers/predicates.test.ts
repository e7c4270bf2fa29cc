import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configmaps } from '../../api/generated/resource-types.ts';
import type { KubernetesObject, ObjectKey } from '../../api/object.ts';
import { all, annotationsChanged, any, generationChanged, labelsChanged, matching, not, type Predicate } from './predicates.ts';
import { defineReconciler, watching } from './reconcile.ts';
import { ControllerWorld } from './testing/controller-world.ts';

const objectWith = (metadata: KubernetesObject['metadata']): KubernetesObject => ({ metadata: { name: 'a', uid: 'u', generation: 1, ...metadata } });

describe('predicates', () => {
  it('tell which updates matter', () => {
    const old = objectWith({ labels: { a: '1' } });
    const cases: [Predicate, KubernetesObject, boolean][] = [
      [generationChanged, objectWith({ generation: 2 }), true],
      [generationChanged, objectWith({ resourceVersion: '9' }), false],
      [generationChanged, objectWith({ deletionTimestamp: '2026-01-01T00:00:00Z' }), true],
      [generationChanged, objectWith({ uid: 'another' }), true],
      [labelsChanged, objectWith({ labels: { a: '2' } }), true],
      [labelsChanged, objectWith({ labels: { a: '1' } }), false],
      [annotationsChanged, objectWith({ annotations: { a: '1' } }), true],
      [annotationsChanged, objectWith({}), false],
      [all(generationChanged, labelsChanged), objectWith({ generation: 2, labels: { a: '1' } }), false],
      [any(generationChanged, labelsChanged), objectWith({ generation: 2, labels: { a: '1' } }), true],
      [not(generationChanged), objectWith({}), true],
      [matching(({ metadata }) => metadata.labels?.['a'] === '1'), objectWith({}), true],
      [matching(({ metadata }) => metadata.labels?.['a'] === '3'), objectWith({}), false],
    ];
    for (const [index, [predicate, object, expected]] of cases.entries()) assert.equal(predicate.updated?.(object, old), expected, `case ${index}`);
  });

  it('let through what they say nothing of', () => {
    for (const predicate of [all(generationChanged), any(generationChanged), not(matching(() => false))]) {
      assert.equal(predicate.added?.(objectWith({})), true);
      assert.equal(predicate.deleted?.(objectWith({})), true);
    }
  });

  it('keep keys from the queue', async () => {
    await using world = new ControllerWorld();
    const seen: string[] = [];
    const only = matching<KubernetesObject>(({ metadata }) => metadata.labels?.['wanted'] === 'yes');
    const rule = watching(configmaps, ({ metadata }): ObjectKey[] => [{ name: `of ${metadata.name}` }], { predicate: only });
    const reconcile = async ({ name }: ObjectKey): Promise<void> => void seen.push(name);
    await world.start(defineReconciler({ name: 'test', primary: configmaps, predicate: only, watches: [rule], reconcile }));
    await world.client.create(configmaps, { metadata: { name: 'no', namespace: 'a' } });
    await world.client.create(configmaps, { metadata: { name: 'yes', namespace: 'a', labels: { wanted: 'yes' } } });
    await world.until(() => seen.length === 2, 'both keys of the wanted one');
    assert.deepEqual(seen.sort(), ['of yes', 'yes']);
  });
});
