import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod, TopologySelectorTerm } from '../../../api/generated/core-v1.ts';
import type { CSIDriver, CSINode, CSIStorageCapacity } from '../../../api/generated/storage-v1.ts';
import { podWith, testClaim, testClass } from '../../../extension-points/scheduling/volumes/testing.ts';
import { migratedPlugins } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import { volumeBindingEvents } from './wake-up.ts';

const pod = podWith('p', 'c', { ephemeral: {} }, { csi: { driver: 'disks' } });
const hint = (resource: string, old: unknown, current: unknown, of: Pod = pod): string | undefined =>
  volumeBindingEvents.find(({ event }) => event.resource === resource)!.hint?.(of, old, current);

const allowing = (...terms: TopologySelectorTerm[]) => testClass('x', { allowedTopologies: terms });
const zoneTerm: TopologySelectorTerm = { matchLabelExpressions: [{ key: 'zone', values: ['a'] }] };
const csiNode = (plugins?: string): CSINode => ({
  metadata: { name: 'n', ...(plugins === undefined ? {} : { annotations: { [migratedPlugins]: plugins } }) },
  spec: { drivers: [] },
});
const csiDriver = (storageCapacity?: boolean, name = 'disks'): CSIDriver => ({
  metadata: { name },
  spec: storageCapacity === undefined ? {} : { storageCapacity },
});
const space = (parts: Partial<CSIStorageCapacity>): CSIStorageCapacity => ({ metadata: { name: 's' }, storageClassName: 'x', ...parts });

describe('what may help a pod that waits for its volumes', () => {
  const [classes, claims, nodes] = ['storage.k8s.io/StorageClass', 'PersistentVolumeClaim', 'storage.k8s.io/CSINode'] as const;
  const [drivers, spaces] = ['storage.k8s.io/CSIDriver', 'storage.k8s.io/CSIStorageCapacity'] as const;
  const cases: { name: string; got: string | undefined; want: string | undefined }[] = [
    { name: 'is any new class', got: hint(classes, undefined, allowing()), want: 'queue' },
    { name: 'is that a class allows something else', got: hint(classes, allowing(zoneTerm), allowing()), want: 'queue' },
    { name: 'is no other change of a class', got: hint(classes, allowing(zoneTerm), { ...allowing(zoneTerm), allowVolumeExpansion: true }), want: 'skip' },
    { name: 'is its claim', got: hint(claims, undefined, testClaim('c')), want: 'queue' },
    { name: 'is a change of its claim', got: hint(claims, testClaim('c'), testClaim('c')), want: 'queue' },
    { name: 'is the claim of its ephemeral volume', got: hint(claims, undefined, testClaim('p-v1')), want: 'queue' },
    { name: 'is not another claim', got: hint(claims, undefined, testClaim('d')), want: 'skip' },
    { name: 'is not a claim of that name elsewhere', got: hint(claims, undefined, testClaim('c', {}, { namespace: 'other' })), want: 'skip' },
    { name: 'is no claim when it has none', got: hint(claims, undefined, testClaim('c'), podWith('p')), want: 'skip' },
    { name: 'is any volume', got: hint('PersistentVolume', undefined, {}), want: undefined },
    { name: 'is any node', got: hint('Node', undefined, {}), want: undefined },
    { name: 'is a new node of drivers', got: hint(nodes, undefined, csiNode()), want: 'queue' },
    { name: 'is that drivers take over from a plugin', got: hint(nodes, csiNode(), csiNode('a')), want: 'queue' },
    { name: 'is that they take over from another', got: hint(nodes, csiNode('a'), csiNode('a,b')), want: 'queue' },
    { name: 'is not that drivers stay', got: hint(nodes, csiNode('a'), csiNode('a')), want: 'skip' },
    { name: 'is that its driver no longer says what is left', got: hint(drivers, csiDriver(true), csiDriver()), want: 'queue' },
    { name: 'is that its driver will not say what is left', got: hint(drivers, csiDriver(true), csiDriver(false)), want: 'queue' },
    { name: 'is not that its driver goes on', got: hint(drivers, csiDriver(true), csiDriver(true)), want: 'skip' },
    { name: 'is not that its driver begins to say', got: hint(drivers, csiDriver(false), csiDriver(true)), want: 'skip' },
    { name: 'is not that its driver never said', got: hint(drivers, csiDriver(), csiDriver(false)), want: 'skip' },
    { name: 'is no other driver', got: hint(drivers, csiDriver(true, 'other'), csiDriver(false, 'other')), want: 'skip' },
    { name: 'is new space', got: hint(spaces, undefined, space({})), want: 'queue' },
    { name: 'is that space becomes known', got: hint(spaces, space({}), space({ capacity: '1Gi' })), want: 'queue' },
    { name: 'is more space', got: hint(spaces, space({ capacity: '1Gi' }), space({ capacity: '2Gi' })), want: 'queue' },
    { name: 'is a larger largest volume', got: hint(spaces, space({ maximumVolumeSize: '1Gi' }), space({ maximumVolumeSize: '2Gi' })), want: 'queue' },
    {
      name: 'is that the largest volume is not limited any more',
      got: hint(spaces, space({ capacity: '2Gi', maximumVolumeSize: '1Gi' }), space({ capacity: '2Gi' })),
      want: 'queue',
    },
    { name: 'is not the same space', got: hint(spaces, space({ capacity: '1Gi' }), space({ capacity: '1024Mi' })), want: 'skip' },
    { name: 'is not less space', got: hint(spaces, space({ capacity: '2Gi' }), space({ capacity: '1Gi' })), want: 'skip' },
    { name: 'is not space without a size', got: hint(spaces, space({}), space({})), want: 'skip' },
  ];
  for (const { name, got, want } of cases) it(name, () => assert.equal(got, want));
});
