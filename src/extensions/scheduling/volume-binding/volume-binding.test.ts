import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import {
  csidrivers,
  csinodes,
  csistoragecapacities,
  persistentvolumeclaims,
  persistentvolumes,
  storageclasses,
} from '../../../api/generated/resource-types.ts';
import type { CSIStorageCapacity, StorageClass } from '../../../api/generated/storage-v1.ts';
import { deepFreeze } from '../../../api/object.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import type { Status } from '../../../extension-points/scheduling/contract.ts';
import { SchedulingState } from '../../../extension-points/scheduling/scheduling-state.ts';
import { nodeWith, PluginTrial, testInformers, testNode } from '../../../extension-points/scheduling/testing.ts';
import { boundClaim, podWith, reachableFrom, testClaim, testClass, testVolume, VolumeWorld } from '../../../extension-points/scheduling/volumes/testing.ts';
import { migratedPlugins, selectedNode } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import volumeBinding, { type VolumeBindingFeatures } from './volume-binding.ts';

const host = 'kubernetes.io/hostname';
const here = reachableFrom({ [host]: ['a'] });
const there = reachableFrom({ [host]: ['b'] });
const nodes: Node[] = ['a', 'b'].map((name) => testNode(name, { labels: { [host]: name, zone: `zone-${name}` } }));
const delayed = { storageClassName: 'wait' };

const refused = (reason: string): string => `unschedulable-and-unresolvable: ${reason}`;
const immediate = refused('pod has unbound immediate PersistentVolumeClaims');
const elsewhere = refused("node(s) didn't match PersistentVolume's node affinity");
const unmatched = refused("node(s) didn't find available persistent volumes to bind");
const noSpace = refused('node(s) did not have enough free storage');
const lost = refused('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');

interface Things {
  readonly claims?: readonly PersistentVolumeClaim[];
  readonly volumes?: readonly PersistentVolume[];
  readonly classes?: readonly StorageClass[];
  readonly capacities?: readonly CSIStorageCapacity[];
  /** Whether the driver of `made` says what is left of its storage. */
  readonly isTracked?: boolean;
  /** In-tree plugins whose work drivers do on node a. */
  readonly migrated?: string;
}

async function trialOf(
  world: VolumeWorld,
  { claims = [], volumes = [], classes = [], capacities = [], isTracked, migrated }: Things,
  features?: VolumeBindingFeatures,
) {
  world.put(persistentvolumeclaims, ...claims).put(persistentvolumes, ...volumes);
  world.put(
    storageclasses,
    testClass('wait', { provisioner: 'kubernetes.io/no-provisioner' }),
    testClass('made'),
    testClass('now', { volumeBindingMode: 'Immediate' }),
    ...classes,
  );
  world.put(csistoragecapacities, ...capacities);
  if (isTracked !== undefined) world.put(csidrivers, { metadata: { name: 'example.com/disks' }, spec: { storageCapacity: isTracked } });
  if (migrated !== undefined) world.put(csinodes, { metadata: { name: 'a', annotations: { [migratedPlugins]: migrated } }, spec: { drivers: [] } });
  const plugin = volumeBinding(undefined, world, features);
  await world.settled();
  return plugin;
}

schedulingConformance(
  'VolumeBinding',
  () => volumeBinding(undefined, { ...new VolumeWorld(), informers: testInformers({ persistentvolumeclaims: [boundClaim('c', 'v')] }) }),
  {
    pods: [podWith('claiming', 'c')],
  },
);

const ephemeral = (template = {}): object => ({ ephemeral: { volumeClaimTemplate: { spec: template } } });
const owned = (by: string): { ownerReferences: { apiVersion: string; kind: string; name: string; uid: string; controller: boolean }[] } => ({
  ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: by, uid: `uid-${by}`, controller: true }],
});
const capacity = (parts: Partial<CSIStorageCapacity>): CSIStorageCapacity =>
  deepFreeze({ metadata: { name: 'c', namespace: 'kube-system' }, storageClassName: 'made', nodeTopology: { matchLabels: { zone: 'zone-a' } }, ...parts });

describe('a pod with volumes', () => {
  const cases: (Things & { name: string; pod: Pod; want: string | [string, string] })[] = [
    { name: 'without claims fits', pod: podWith('p', { emptyDir: {} }), want: 'fits' },
    { name: 'waits for its claim', pod: podWith('p', 'c'), want: refused('persistentvolumeclaim "c" not found') },
    {
      name: 'waits for all of its claims',
      pod: podWith('p', 'c', 'd'),
      claims: [boundClaim('c', 'v')],
      volumes: [testVolume('v')],
      want: refused('persistentvolumeclaim "d" not found'),
    },
    {
      name: 'does not start with a claim that goes',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', delayed, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
      want: refused('persistentvolumeclaim "c" is being deleted'),
    },
    {
      name: 'does not start with a claim that lost its volume',
      pod: podWith('p', 'c'),
      claims: [{ ...boundClaim('c', 'v'), status: { phase: 'Lost' } }],
      want: refused('persistentvolumeclaim "c" bound to non-existent persistentvolume "v"'),
    },
    { name: 'waits for claims that somebody else binds', pod: podWith('p', 'c'), claims: [testClaim('c', { storageClassName: 'now' })], want: immediate },
    { name: 'waits for claims without a class', pod: podWith('p', 'c'), claims: [testClaim('c')], want: immediate },
    { name: 'waits for claims of a class that is missing', pod: podWith('p', 'c'), claims: [testClaim('c', { storageClassName: 'none' })], want: immediate },
    {
      name: 'waits for claims that name their volume',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', { ...delayed, volumeName: 'v' })],
      volumes: [testVolume('v', delayed)],
      want: immediate,
    },
    { name: 'goes where its volume is', pod: podWith('p', 'c'), claims: [boundClaim('c', 'v')], volumes: [testVolume('v', here)], want: ['fits', elsewhere] },
    { name: 'goes nowhere without its volume', pod: podWith('p', 'c'), claims: [boundClaim('c', 'v')], want: lost },
    {
      name: 'goes where a volume can be bound',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', delayed)],
      volumes: [testVolume('v', { ...delayed, ...here })],
      want: ['fits', unmatched],
    },
    { name: 'goes nowhere without one', pod: podWith('p', 'c'), claims: [testClaim('c', delayed)], want: unmatched },
    {
      name: 'needs a volume for each claim',
      pod: podWith('p', 'c', 'd'),
      claims: [testClaim('c', delayed), testClaim('d', delayed)],
      volumes: [testVolume('v', { ...delayed, ...here }), testVolume('w', { ...delayed, ...here }), testVolume('x', { ...delayed, ...there })],
      want: ['fits', unmatched],
    },
    {
      name: 'leaves the large volume for the large claim',
      pod: podWith('p', 'large', 'small'),
      claims: [testClaim('large', { ...delayed, resources: { requests: { storage: '5Gi' } } }), testClaim('small', delayed)],
      volumes: [testVolume('v', { ...delayed, capacity: { storage: '5Gi' } }), testVolume('w', { ...delayed, capacity: { storage: '2Gi' } })],
      want: 'fits',
    },
    {
      name: 'hears of everything that is wrong with a node',
      pod: podWith('p', 'c', 'd'),
      claims: [boundClaim('c', 'v'), testClaim('d', delayed)],
      volumes: [testVolume('v', there), testVolume('w', { ...delayed, ...there })],
      want: [refused("node(s) didn't match PersistentVolume's node affinity, node(s) didn't find available persistent volumes to bind"), 'fits'],
    },
    {
      name: 'takes the volume that is set aside for its claim, or none',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', delayed)],
      volumes: [testVolume('v', delayed), testVolume('own', { ...here, claimRef: { namespace: 'default', name: 'c' }, ...delayed })],
      want: ['fits', unmatched],
    },
    {
      name: "leaves other claims' volumes alone",
      pod: podWith('p', 'c'),
      claims: [testClaim('c', delayed)],
      volumes: [
        testVolume('v', { ...delayed, claimRef: { namespace: 'default', name: 'd' } }),
        testVolume('w', { ...delayed, claimRef: { namespace: 'default', name: 'c', uid: 'former' } }),
      ],
      want: unmatched,
    },
    {
      name: 'needs a volume that is large enough, of the class, mode and access, available and staying',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', { ...delayed, resources: { requests: { storage: '2Gi' } } })],
      volumes: [
        testVolume('small', delayed),
        testVolume('classless', { capacity: { storage: '2Gi' } }),
        testVolume('block', { ...delayed, capacity: { storage: '2Gi' }, volumeMode: 'Block' }),
        testVolume('read', { ...delayed, capacity: { storage: '2Gi' }, accessModes: ['ReadOnlyMany'] }),
        testVolume('new', { ...delayed, capacity: { storage: '2Gi' } }, { phase: 'Pending' }),
        testVolume('going', { ...delayed, capacity: { storage: '2Gi' } }, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
        testVolume('other', { ...delayed, capacity: { storage: '2Gi' }, volumeAttributesClassName: 'fast' }),
      ],
      want: unmatched,
    },
    {
      name: 'needs a volume that its claim selects',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', { ...delayed, selector: { matchLabels: { disk: 'ssd' } } })],
      volumes: [testVolume('v', { ...delayed, ...here }, { metadata: { labels: { disk: 'ssd' } } }), testVolume('w', { ...delayed, ...there })],
      want: ['fits', unmatched],
    },
    { name: 'has a volume made', pod: podWith('p', 'c'), claims: [testClaim('c', { storageClassName: 'made' })], want: 'fits' },
    {
      name: 'has a volume made where the class allows it',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', { storageClassName: 'zoned' })],
      classes: [testClass('zoned', { allowedTopologies: [{}, { matchLabelExpressions: [{ key: 'zone', values: ['zone-b', 'zone-c'] }] }] })],
      want: [unmatched, 'fits'],
    },
    {
      name: 'stays with the node that was chosen for its claim',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', { storageClassName: 'made' }, { annotations: { [selectedNode]: 'b' } })],
      volumes: [testVolume('v', { storageClassName: 'made', ...here })],
      want: [unmatched, 'fits'],
    },
    {
      name: 'waits for the claim of its ephemeral volume',
      pod: podWith('p', ephemeral()),
      want: refused('waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v0"'),
    },
    { name: 'has an ephemeral volume', pod: podWith('p', ephemeral()), claims: [testClaim('p-v0', { storageClassName: 'made' }, owned('p'))], want: 'fits' },
    {
      name: "does not take another's claim for its ephemeral volume's",
      pod: podWith('p', ephemeral()),
      claims: [testClaim('p-v0', { storageClassName: 'made' }, owned('q'))],
      want: refused('PVC default/p-v0 was not created for pod default/p (pod is not owner)'),
    },
    {
      name: 'goes where there is space for its volume',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', { storageClassName: 'made' })],
      isTracked: true,
      capacities: [capacity({ capacity: '1Gi' })],
      want: ['fits', noSpace],
    },
    {
      name: 'needs space for the largest volume rather than in all',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', { storageClassName: 'made' })],
      isTracked: true,
      capacities: [capacity({ capacity: '10Gi', maximumVolumeSize: '1Mi' })],
      want: noSpace,
    },
    {
      name: 'needs space in its class, on storage that nodes reach',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', { storageClassName: 'made' })],
      isTracked: true,
      capacities: [
        capacity({ metadata: { name: 'x', namespace: 'd' }, storageClassName: 'wait', capacity: '1Gi', nodeTopology: {} }),
        capacity({ metadata: { name: 'y', namespace: 'd' }, capacity: '1Gi', nodeTopology: undefined as never }),
        capacity({ metadata: { name: 'z', namespace: 'd' } }),
      ],
      want: noSpace,
    },
    {
      name: 'is not held up by a driver that keeps its space to itself',
      pod: podWith('p', 'c'),
      claims: [testClaim('c', { storageClassName: 'made' })],
      isTracked: false,
      want: 'fits',
    },
    {
      name: "goes where a driver that took over a plugin's disks says they are",
      pod: podWith('p', 'c'),
      claims: [boundClaim('c', 'v')],
      volumes: [testVolume('v', { gcePersistentDisk: { pdName: 'd' }, ...reachableFrom({ 'topology.kubernetes.io/zone': ['z'] }) })],
      migrated: 'kubernetes.io/aws-ebs,kubernetes.io/gce-pd',
      want: elsewhere,
    },
  ];
  for (const { name, pod, want, ...things } of cases) {
    it(name, async () => {
      await using world = new VolumeWorld();
      const trial = new PluginTrial(await trialOf(world, things));
      assert.deepEqual(
        trial.filter(
          pod,
          nodes.map((node) => nodeWith(node)),
        ),
        typeof want === 'string' ? [want, want] : want,
      );
    });
  }

  it('goes where the driver of a former plugin names the zone as the volume does', async () => {
    await using world = new VolumeWorld();
    const volume = testVolume('v', { gcePersistentDisk: { pdName: 'd' } }, { metadata: { labels: { 'topology.kubernetes.io/zone': 'r-1-z__r-1-y' } } });
    const trial = new PluginTrial(await trialOf(world, { claims: [boundClaim('c', 'v')], volumes: [volume], migrated: 'kubernetes.io/gce-pd' }));
    const zoned = (name: string, zone: string) => nodeWith(testNode(name, { labels: { 'topology.gke.io/zone': zone } }));
    // Only node a has the driver; on another the volume is taken as it is.
    assert.deepEqual(trial.filter(podWith('p', 'c'), [zoned('a', 'r-1-y'), zoned('b', 'x')]), ['fits', 'fits']);
    assert.deepEqual(trial.filter(podWith('p', 'c'), [zoned('a', 'r-1-x')]), [elsewhere]);
  });

  it('ends the cycle when the class of its claim has gone meanwhile', async () => {
    await using world = new VolumeWorld();
    const plugin = await trialOf(world, { claims: [testClaim('c', { storageClassName: 'made' })] });
    const state = new SchedulingState(false);
    const [pod, info] = [podWith('p', 'c'), nodeWith(nodes[0]!)];
    assert.equal((plugin.preFilter!(state, pod, [info]) as { status: Status }).status.code, 'success');
    world.client.store.remove(storageclasses, { name: 'made' });
    await world.settled();
    const { code, reasons } = plugin.filter!(state, pod, info) as Status;
    assert.deepEqual([code, ...reasons], ['error', 'failed to find storage class "made"']);
  });
});

describe('the score of storage', () => {
  it('is left out unless it is asked for', async () => {
    await using world = new VolumeWorld();
    const plugin = await trialOf(world, {});
    assert.equal(plugin.score ?? plugin.preScore, undefined);
  });

  const scoresOf = async (things: Things, pod: Pod): Promise<number[]> => {
    await using world = new VolumeWorld();
    const plugin = await trialOf(world, things, { storageCapacityScoring: true });
    const state = new SchedulingState(false);
    const infos = nodes.map((node) => nodeWith(node));
    plugin.preFilter!(state, pod, infos);
    for (const info of infos) plugin.filter!(state, pod, info);
    assert.equal(plugin.preScore!(state, pod, infos).code, 'success');
    return infos.map((info) => plugin.score!(state, pod, info) as number);
  };

  it('prefers nodes where most would be left of what volumes are made from', async () => {
    const capacities = [
      capacity({ metadata: { name: 'x', namespace: 'd' }, capacity: '2Gi' }),
      capacity({ metadata: { name: 'y', namespace: 'd' }, capacity: '4Gi', nodeTopology: { matchLabels: { zone: 'zone-b' } } }),
    ];
    assert.deepEqual(await scoresOf({ claims: [testClaim('c', { storageClassName: 'made' })], capacities, isTracked: true }, podWith('p', 'c')), [50, 75]);
  });

  it('prefers nodes whose volumes would be left with most', async () => {
    const volumes = [
      testVolume('v', { ...delayed, ...here, capacity: { storage: '10Gi' } }),
      testVolume('w', { ...delayed, ...there, capacity: { storage: '1Gi' } }),
    ];
    assert.deepEqual(await scoresOf({ claims: [testClaim('c', delayed)], volumes }, podWith('p', 'c')), [90, 0]);
  });
});

describe('the arguments', () => {
  const cases: { name: string; args: unknown; want: RegExp }[] = [
    {
      name: 'refuse to wait for less than nothing',
      args: { bindTimeoutSeconds: -1 },
      want: /^Error: bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value$/,
    },
    {
      name: 'refuse a shape that nothing would use',
      args: { shape: [{ utilization: 0, score: 0 }] },
      want: /shape: Invalid value: .*: unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring/,
    },
  ];
  for (const { name, args, want } of cases)
    it(name, () => void assert.throws(() => volumeBinding(args, { ...new VolumeWorld(), informers: testInformers() }), want));
});
