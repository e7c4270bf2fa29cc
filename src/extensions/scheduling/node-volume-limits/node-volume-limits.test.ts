import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { csinodes, persistentvolumeclaims, persistentvolumes, storageclasses, volumeattachments } from '../../../api/generated/resource-types.ts';
import type { CSINode, CSINodeDriver, VolumeAttachment } from '../../../api/generated/storage-v1.ts';
import { deepFreeze } from '../../../api/object.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { nodeWith, PluginTrial, testInformers, testNode } from '../../../extension-points/scheduling/testing.ts';
import { boundClaim, podWith, testClaim, testClass, testVolume, VolumeWorld } from '../../../extension-points/scheduling/volumes/testing.ts';
import nodeVolumeLimits from './node-volume-limits.ts';

const driver = (name: string, count?: number): CSINodeDriver => ({
  name,
  nodeID: 'n',
  topologyKeys: null as never,
  ...(count === undefined ? {} : { allocatable: { count } }),
});
const csiNode = (...drivers: CSINodeDriver[]): CSINode => deepFreeze({ metadata: { name: 'n' }, spec: { drivers } });
const disk = (name: string, by = 'disks', handle = name): PersistentVolume => testVolume(name, { csi: { driver: by, volumeHandle: handle } });
const attachment = (volume: string, attacher = 'disks', nodeName = 'n'): VolumeAttachment =>
  deepFreeze({
    metadata: { name: `${attacher}-${volume}` },
    spec: { attacher, nodeName, source: { persistentVolumeName: volume } },
    status: { attached: true },
  });
const owned = (by: string) => ({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: by, uid: `uid-${by}`, controller: true }] });
const ephemeral = { ephemeral: { volumeClaimTemplate: { spec: {} } } };
const block = (id: string): object => ({ awsElasticBlockStore: { volumeID: id } });

interface Things {
  readonly pod: Pod;
  readonly there?: readonly Pod[];
  readonly claims?: readonly PersistentVolumeClaim[];
  readonly volumes?: readonly PersistentVolume[];
  readonly attachments?: readonly VolumeAttachment[];
  readonly node?: CSINode;
}

const full = 'unschedulable: node(s) exceed max volume count';
const claims = ['1', '2', '3', '4'].map((index) => boundClaim(`c${index}`, `v${index}`));
const volumes = ['1', '2', '3', '4'].map((index) => disk(`v${index}`));
const two = csiNode(driver('disks', 2));

schedulingConformance(
  'NodeVolumeLimits',
  () => nodeVolumeLimits(undefined, { informers: testInformers({ persistentvolumeclaims: claims, csinodes: [two] }) }),
  {
    pods: [podWith('claiming', 'c1')],
  },
);

async function verdict(
  world: VolumeWorld,
  { pod, there = [], claims: wanted = claims, volumes: present = volumes, attachments = [], node }: Things,
): Promise<string[]> {
  world
    .put(persistentvolumeclaims, ...wanted)
    .put(persistentvolumes, ...present)
    .put(volumeattachments, ...attachments);
  world.put(storageclasses, testClass('made', { provisioner: 'disks' }), testClass('block', { provisioner: 'kubernetes.io/aws-ebs' }));
  if (node) world.put(csinodes, node);
  const plugin = nodeVolumeLimits(undefined, world);
  await world.settled();
  return new PluginTrial(plugin).filter(pod, [nodeWith(testNode('n'), ...there)]);
}

describe('a node with a limit of two disks', () => {
  const cases: (Things & { name: string; want: string })[] = [
    { name: 'takes pods without disks', pod: podWith('p', { emptyDir: {} }), there: [podWith('a', 'c1', 'c2')], node: two, want: 'fits' },
    { name: 'takes a second disk', pod: podWith('p', 'c1'), there: [podWith('a', 'c2')], node: two, want: 'fits' },
    { name: 'takes no third disk', pod: podWith('p', 'c1'), there: [podWith('a', 'c2'), podWith('b', 'c3')], node: two, want: full },
    { name: 'takes no three at once', pod: podWith('p', 'c1', 'c2', 'c3'), node: two, want: full },
    { name: 'takes a disk that is there already', pod: podWith('p', 'c2'), there: [podWith('a', 'c2'), podWith('b', 'c3')], node: two, want: 'fits' },
    { name: 'counts a disk of two pods once', pod: podWith('p', 'c1'), there: [podWith('a', 'c2'), podWith('b', 'c2')], node: two, want: 'fits' },
    {
      name: 'does not count disks of others',
      pod: podWith('p', 'c1'),
      volumes: [disk('v1'), disk('v2', 'other'), disk('v3', 'other')],
      there: [podWith('a', 'c2', 'c3')],
      node: two,
      want: 'fits',
    },
    {
      name: 'does not count volumes of no driver',
      pod: podWith('p', 'c1'),
      volumes: [testVolume('v1', { hostPath: { path: '/x' } })],
      there: [podWith('a', 'c2', 'c3')],
      node: two,
      want: 'fits',
    },
    { name: 'counts disks that are attached still', pod: podWith('p', 'c1'), attachments: [attachment('v2'), attachment('v3')], node: two, want: full },
    {
      name: 'counts attached disks of pods once',
      pod: podWith('p', 'c1'),
      there: [podWith('a', 'c2')],
      attachments: [attachment('v2')],
      node: two,
      want: 'fits',
    },
    {
      name: 'does not count disks that are attached elsewhere',
      pod: podWith('p', 'c1'),
      attachments: [attachment('v2', 'disks', 'm'), attachment('v3', 'other')],
      node: two,
      want: 'fits',
    },
    {
      name: 'counts volumes that are yet to be made',
      pod: podWith('p', 'new'),
      claims: [...claims, testClaim('new', { storageClassName: 'made' })],
      there: [podWith('a', 'c1', 'c2')],
      node: two,
      want: full,
    },
    {
      name: 'counts claims whose volume is gone',
      pod: podWith('p', 'c1'),
      claims: [boundClaim('c1', 'none', { storageClassName: 'made' }), boundClaim('c2', 'v2'), boundClaim('c3', 'v3')],
      there: [podWith('a', 'c2', 'c3')],
      node: two,
      want: full,
    },
    {
      name: 'does not count claims of no class',
      pod: podWith('p', 'c1'),
      claims: [testClaim('c1'), ...claims.slice(1)],
      there: [podWith('a', 'c2', 'c3')],
      node: two,
      want: 'fits',
    },
    {
      name: 'waits for the claim',
      pod: podWith('p', 'c9'),
      node: two,
      want: 'unschedulable-and-unresolvable: looking up PVC default/c9: persistentvolumeclaim "c9" not found',
    },
    { name: 'passes over claims that its pods miss', pod: podWith('p', 'c1'), there: [podWith('a', 'c2', 'c9')], node: two, want: 'fits' },
    {
      name: 'counts ephemeral volumes',
      pod: podWith('p', ephemeral),
      claims: [...claims, testClaim('p-v0', { storageClassName: 'made' }, owned('p'))],
      there: [podWith('a', 'c1', 'c2')],
      node: two,
      want: full,
    },
    { name: 'of another driver has no say', pod: podWith('p', 'c1', 'c2', 'c3'), node: csiNode(driver('other', 1), driver('disks')), want: 'fits' },
    { name: 'may be a node that says nothing', pod: podWith('p', 'c1', 'c2', 'c3'), want: 'fits' },
    { name: 'may have room for none', pod: podWith('p', 'c1'), node: csiNode(driver('disks', 0)), want: full },
    {
      name: "counts a former plugin's disks for the driver that took over",
      pod: podWith('p', block('vol-1')),
      there: [podWith('a', block('aws:///vol-2')), podWith('b', 'c1')],
      volumes: [testVolume('v1', { awsElasticBlockStore: { volumeID: 'vol-3' } })],
      node: csiNode(driver('ebs.csi.aws.com', 2)),
      want: full,
    },
    {
      name: "counts a former plugin's volumes that are yet to be made",
      pod: podWith('p', 'new'),
      claims: [testClaim('new', { storageClassName: 'block' })],
      there: [podWith('a', block('vol-1'))],
      node: csiNode(driver('ebs.csi.aws.com', 1)),
      want: full,
    },
    {
      name: 'leaves files of Azure to the node',
      pod: podWith('p', { azureFile: { secretName: 's', shareName: 'x' } }),
      node: csiNode(driver('file.csi.azure.com', 0)),
      want: 'fits',
    },
  ];
  for (const { name, want, ...things } of cases) {
    it(name, async () => {
      await using world = new VolumeWorld();
      assert.deepEqual(await verdict(world, things), [want]);
    });
  }

  it('ends the cycle for an ephemeral volume whose claim is not its own', async () => {
    await using world = new VolumeWorld();
    const things = { pod: podWith('p', ephemeral), claims: [testClaim('p-v0', { storageClassName: 'made' }, owned('q'))], node: two };
    await assert.rejects(verdict(world, things), /running Filter plugin "trial": PVC default\/p-v0 was not created for pod default\/p \(pod is not owner\)/);
  });
});

describe('what may help a pod with too many disks', () => {
  const events = nodeVolumeLimits(undefined, { informers: testInformers() }).eventsToRegister!();
  const hint = (resource: string, action: string, pod: Pod, old: unknown, current?: unknown): string | undefined =>
    events.find(({ event }) => event.resource === resource && (event.actions as string[]).includes(action))!.hint?.(pod, old, current);
  const on = (node: string, pod: Pod): Pod => ({ ...pod, spec: { ...pod.spec, nodeName: node } });
  const pod = podWith('p', 'c1');

  const cases: { name: string; got: () => string | undefined; want: string | undefined }[] = [
    { name: 'is any new node of drivers', got: () => hint('storage.k8s.io/CSINode', 'Add', pod, undefined, two), want: undefined },
    { name: 'is a higher limit', got: () => hint('storage.k8s.io/CSINode', 'Update', pod, csiNode(driver('disks', 1)), two), want: 'queue' },
    { name: 'is a limit where there was no driver', got: () => hint('storage.k8s.io/CSINode', 'Update', pod, csiNode(), two), want: 'queue' },
    { name: 'is no lower limit', got: () => hint('storage.k8s.io/CSINode', 'Update', pod, two, csiNode(driver('disks', 1))), want: 'skip' },
    { name: 'is not the same limit', got: () => hint('storage.k8s.io/CSINode', 'Update', pod, two, csiNode(driver('disks', 2))), want: 'skip' },
    { name: 'is that a pod with a claim goes', got: () => hint('Pod', 'Delete', pod, on('n', podWith('a', 'c2'))), want: 'queue' },
    { name: 'is that a pod with an ephemeral volume goes', got: () => hint('Pod', 'Delete', pod, on('n', podWith('a', ephemeral))), want: 'queue' },
    { name: "is that a pod with a former plugin's disk goes", got: () => hint('Pod', 'Delete', pod, on('n', podWith('a', block('vol-1')))), want: 'queue' },
    { name: 'is not that a pod without volumes goes', got: () => hint('Pod', 'Delete', pod, on('n', podWith('a'))), want: 'skip' },
    { name: 'is not that a pod goes that was on no node', got: () => hint('Pod', 'Delete', pod, podWith('a', 'c2')), want: 'skip' },
    { name: 'is its claim', got: () => hint('PersistentVolumeClaim', 'Add', pod, undefined, testClaim('c1')), want: 'queue' },
    {
      name: 'is the claim of its ephemeral volume',
      got: () => hint('PersistentVolumeClaim', 'Add', podWith('p', ephemeral), undefined, testClaim('p-v0')),
      want: 'queue',
    },
    { name: 'is not another claim', got: () => hint('PersistentVolumeClaim', 'Add', pod, undefined, testClaim('c2')), want: 'skip' },
    { name: 'is that a disk is detached', got: () => hint('storage.k8s.io/VolumeAttachment', 'Delete', pod, attachment('v2')), want: 'queue' },
    {
      name: "is that a former plugin's disk is detached",
      got: () => hint('storage.k8s.io/VolumeAttachment', 'Delete', podWith('p', block('v')), attachment('v2', 'ebs.csi.aws.com')),
      want: 'queue',
    },
    {
      name: 'is not that another driver detaches',
      got: () => hint('storage.k8s.io/VolumeAttachment', 'Delete', podWith('p', block('v')), attachment('v2')),
      want: 'skip',
    },
  ];
  for (const { name, got, want } of cases) it(name, () => assert.equal(got(), want));
});
