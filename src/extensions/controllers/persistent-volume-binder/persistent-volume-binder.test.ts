import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeSpec, Pod } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, persistentvolumes, pods, storageclasses } from '../../../api/generated/resource-types.ts';
import type { StorageClass } from '../../../api/generated/storage-v1.ts';
import type { KubernetesObject, UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { settle } from '../../../client/testing/settle.ts';
import { controllerConformance } from '../../../extension-points/controllers/conformance.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { podWith, testClaim, testClass, testVolume } from '../../../extension-points/scheduling/volumes/testing.ts';
import {
  bindCompleted,
  boundByController,
  migratedTo,
  provisionedBy,
  selectedNode,
  storageProvisioner,
} from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import { persistentVolumeBinderController } from './persistent-volume-binder.ts';

const marks = {
  [bindCompleted]: 'completed',
  [boundByController]: 'by-controller',
  [storageProvisioner]: 'asked',
  [migratedTo]: 'migrated',
  [selectedNode]: 'selected',
};
const marksOf = ({ metadata }: KubernetesObject): string[] =>
  Object.entries(marks).flatMap(([key, mark]) => (metadata.annotations?.[key] === undefined ? [] : [mark]));

/** `name phase [namespace/claim[:uid]] [marks]` */
const volumeText = (volume: PersistentVolume): string => {
  const { claimRef } = volume.spec;
  const to = claimRef ? [`${claimRef.namespace}/${claimRef.name}${claimRef.uid ? `:${claimRef.uid}` : ''}`] : [];
  return [volume.metadata.name, volume.status?.phase, ...to, ...marksOf(volume)].join(' ');
};
/** `name phase [volume] [marks] [capacity]` */
const claimText = (claim: PersistentVolumeClaim): string => {
  const { volumeName, storageClassName } = claim.spec;
  const own = [volumeName, storageClassName === undefined ? undefined : `of ${storageClassName || 'none'}`].filter((text) => text !== undefined);
  const has = claim.status?.capacity?.['storage'];
  return [claim.metadata.name, claim.status?.phase, ...own, ...marksOf(claim), ...(has === undefined ? [] : [`with ${has}`])].join(' ');
};

interface Things {
  readonly volumes?: readonly PersistentVolume[];
  readonly claims?: readonly PersistentVolumeClaim[];
  readonly classes?: readonly StorageClass[];
  readonly pods?: readonly Pod[];
}

function put<T extends KubernetesObject>(world: ControllerWorld, type: ResourceType<T>, objects: readonly T[] = []): void {
  for (const object of objects) world.client.store.put(type, object as unknown as UntypedObject);
}

async function start(world: ControllerWorld, things: Things): Promise<void> {
  put(world, persistentvolumes, things.volumes);
  put(world, persistentvolumeclaims, things.claims);
  put(world, storageclasses, [testClass('wait'), testClass('now', { volumeBindingMode: 'Immediate' }), ...(things.classes ?? [])]);
  put(world, pods, things.pods);
  await world.start(persistentVolumeBinderController());
  await settle(60);
}

const stateOf = (world: ControllerWorld): string[] => [...world.list(persistentvolumes).map(volumeText), ...world.list(persistentvolumeclaims).map(claimText)];

const to = (claim: string, uid?: string): Pick<PersistentVolumeSpec, 'claimRef'> => ({
  claimRef: { namespace: 'default', name: claim, ...(uid === undefined ? {} : { uid }) },
});
const byController = { metadata: { annotations: { [boundByController]: 'yes' } } };
const completed = (name: string, spec: Partial<PersistentVolumeClaimSpec>, phase: 'Bound' | 'Pending' | 'Lost' = 'Bound'): PersistentVolumeClaim => ({
  ...testClaim(name, spec, { annotations: { [bindCompleted]: 'yes' } }),
  status: { phase, ...(phase === 'Bound' ? { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] as const as ['ReadWriteOnce'] } : {}) },
});
const large = { capacity: { storage: '10Gi' } };
const noVolume = 'FailedBinding: no persistent volumes available for this claim and no storage class is set';
const external =
  "ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'example.com/disks' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.";

controllerConformance('persistent-volume-binder', () => ({
  controller: persistentVolumeBinderController(),
  async arrange(client) {
    const { uid: _uid, ...metadata } = testVolume('v').metadata;
    const { status: _status, ...volume } = testVolume('v');
    await client.create(persistentvolumes, { ...volume, metadata });
    await client.create(persistentvolumeclaims, { metadata: { name: 'c', namespace: 'default' }, spec: testClaim('c').spec });
  },
  isDone: ({ store }) =>
    store.list(persistentvolumeclaims).every((claim) => claimText(claim as unknown as PersistentVolumeClaim) === 'c Bound v completed by-controller with 1Gi'),
}));

describe('a claim', () => {
  const cases: (Things & { name: string; want: string[]; events?: string[] })[] = [
    {
      name: 'gets a volume',
      volumes: [testVolume('v')],
      claims: [testClaim('c')],
      want: ['v Bound default/c:uid-c by-controller', 'c Bound v completed by-controller with 1Gi'],
    },
    { name: 'waits when there is none', claims: [testClaim('c')], want: ['c Pending'], events: [noVolume] },
    {
      name: 'gets the smallest volume that does',
      volumes: [testVolume('large', large), testVolume('small', { capacity: { storage: '100Mi' } }), testVolume('v', { capacity: { storage: '2Gi' } })],
      claims: [testClaim('c')],
      want: ['large Available', 'small Available', 'v Bound default/c:uid-c by-controller', 'c Bound v completed by-controller with 2Gi'],
    },
    {
      name: 'gets the volume with the fewest ways to mount it',
      volumes: [testVolume('many', { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }), testVolume('v', large)],
      claims: [testClaim('c')],
      want: ['many Available', 'v Bound default/c:uid-c by-controller', 'c Bound v completed by-controller with 10Gi'],
    },
    {
      name: 'gets the volume that is set aside for it, though a smaller one is free',
      volumes: [testVolume('free'), testVolume('v', { ...large, ...to('c') })],
      claims: [testClaim('c')],
      want: ['free Available', 'v Bound default/c:uid-c', 'c Bound v completed by-controller with 10Gi'],
    },
    {
      name: 'does not get a volume of another',
      volumes: [testVolume('v', to('d'))],
      claims: [testClaim('c')],
      want: ['v Available default/d', 'c Pending'],
      events: [noVolume],
    },
    {
      name: 'does not get a volume that it cannot mount as it wants',
      volumes: [testVolume('v', { accessModes: ['ReadOnlyMany'] })],
      claims: [testClaim('c')],
      want: ['v Available', 'c Pending'],
      events: [noVolume],
    },
    {
      name: 'gets a volume that it selects',
      volumes: [testVolume('other'), testVolume('v', large, { metadata: { labels: { disk: 'ssd' } } })],
      claims: [testClaim('c', { selector: { matchLabels: { disk: 'ssd' } } })],
      want: ['other Available', 'v Bound default/c:uid-c by-controller', 'c Bound v completed by-controller with 10Gi'],
    },
    {
      name: 'gets a volume of its class',
      volumes: [testVolume('classless'), testVolume('v', { ...large, storageClassName: 'now' })],
      claims: [testClaim('c', { storageClassName: 'now' })],
      want: ['classless Available', 'v Bound default/c:uid-c by-controller', 'c Bound v of now completed by-controller with 10Gi'],
    },
    {
      name: 'without a class gets none of a class',
      volumes: [testVolume('v', { storageClassName: 'now' })],
      claims: [testClaim('c', { storageClassName: '' })],
      want: ['v Available', 'c Pending of none'],
      events: [noVolume],
    },
    {
      name: 'gets a block device when it wants one',
      volumes: [testVolume('files'), testVolume('v', { ...large, volumeMode: 'Block' })],
      claims: [testClaim('c', { volumeMode: 'Block' })],
      want: ['files Available', 'v Bound default/c:uid-c by-controller', 'c Bound v completed by-controller with 10Gi'],
    },
    {
      name: 'is told when the volume that is set aside for it is of the wrong mode',
      volumes: [testVolume('v', { volumeMode: 'Block', ...to('c', 'uid-c') })],
      claims: [testClaim('c')],
      want: ['v Available default/c:uid-c', 'c Pending'],
      events: [
        'VolumeMismatch: Cannot bind PersistentVolume to requested PersistentVolumeClaim "c" due to incompatible volumeMode.',
        'VolumeMismatch: Cannot bind PersistentVolume "v" to requested PersistentVolumeClaim due to incompatible volumeMode.',
        noVolume,
      ],
    },
    {
      name: 'is bound on both sides after a crash in between',
      volumes: [testVolume('v', to('c', 'uid-c'), byController)],
      claims: [testClaim('c')],
      want: ['v Bound default/c:uid-c by-controller', 'c Bound v completed by-controller with 1Gi'],
    },
    {
      name: 'gets the volume it names',
      volumes: [testVolume('small'), testVolume('v', large)],
      claims: [testClaim('c', { volumeName: 'v' })],
      want: ['small Available', 'v Bound default/c:uid-c by-controller', 'c Bound v completed with 10Gi'],
    },
    { name: 'waits for the volume it names', claims: [testClaim('c', { volumeName: 'v' })], want: ['c Pending v'] },
    {
      name: 'does not get the volume it names from another',
      volumes: [testVolume('v', to('d', 'uid-d'), { phase: 'Bound' })],
      claims: [testClaim('c', { volumeName: 'v' }), completed('d', { volumeName: 'v' })],
      want: ['v Bound default/d:uid-d', 'c Pending v', 'd Bound v completed with 1Gi'],
      events: ['FailedBinding: volume "v" already bound to a different claim.'],
    },
    ...(
      [
        ['that is too small', { capacity: { storage: '1Mi' } }, {}, 'requested PV is too small'],
        ['of another class', { storageClassName: 'now' }, {}, 'storageClassName does not match'],
        ['of other attributes', { volumeAttributesClassName: 'fast' }, {}, 'volumeAttributesClassName does not match'],
        ['of another mode', { volumeMode: 'Block' }, {}, 'incompatible volumeMode'],
        ['that it cannot mount as it wants', { accessModes: ['ReadOnlyMany'] }, {}, 'incompatible accessMode'],
        ['that goes', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }, 'the volume is marked for deletion "v"'],
      ] as const
    ).map(([what, spec, metadata, problem]) => ({
      name: `does not get a volume it names ${what}`,
      volumes: [testVolume('v', spec as Partial<PersistentVolumeSpec>, { metadata })],
      claims: [testClaim('c', { volumeName: 'v' })],
      want: ['v Available', 'c Pending v'],
      events: [`VolumeMismatch: Cannot bind to requested volume "v": ${problem}`],
    })),
    {
      name: 'that was bound is lost without the name of its volume',
      claims: [completed('c', {})],
      want: ['c Lost completed'],
      events: ['ClaimLost: Bound claim has lost reference to PersistentVolume. Data on the volume is lost!'],
    },
    {
      name: 'that was bound is lost without its volume',
      claims: [completed('c', { volumeName: 'v' })],
      want: ['c Lost v completed'],
      events: ['ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!'],
    },
    {
      name: 'that was bound is lost when its volume is with another',
      volumes: [testVolume('v', to('d', 'uid-d'), { phase: 'Bound' })],
      claims: [completed('c', { volumeName: 'v' }), completed('d', { volumeName: 'v' })],
      want: ['v Bound default/d:uid-d', 'c Lost v completed', 'd Bound v completed with 1Gi'],
      events: ['ClaimMisbound: Two claims are bound to the same volume, this one is bound incorrectly'],
    },
    {
      name: 'that was bound is bound again to a volume that forgot it',
      volumes: [testVolume('v')],
      claims: [completed('c', { volumeName: 'v' }, 'Pending')],
      want: ['v Bound default/c:uid-c by-controller', 'c Bound v completed with 1Gi'],
    },
    {
      name: 'that waits for a pod is left alone until there is one',
      volumes: [testVolume('v', { storageClassName: 'wait' })],
      claims: [testClaim('c', { storageClassName: 'wait' })],
      want: ['v Available', 'c Pending of wait'],
      events: ['WaitForFirstConsumer: waiting for first consumer to be created before binding'],
    },
    {
      name: 'that waits for a pod says which',
      claims: [testClaim('c', { storageClassName: 'wait' })],
      pods: [podWith('p', 'c')],
      want: ['c Pending of wait'],
      events: ['WaitForPodScheduled: waiting for pod p to be scheduled'],
    },
    {
      name: 'that waits for several pods says which',
      claims: [testClaim('c', { storageClassName: 'wait' })],
      pods: [podWith('p', 'c'), podWith('q', 'c'), { ...podWith('done', 'c'), status: { phase: 'Succeeded' } }],
      want: ['c Pending of wait'],
      events: ['WaitForPodScheduled: waiting for pods p,q to be scheduled'],
    },
    {
      name: 'that waits for a pod is bound to the volume that was set aside for it',
      volumes: [testVolume('v', { storageClassName: 'wait', ...to('c', 'uid-c') }, byController), testVolume('w', { storageClassName: 'wait' })],
      claims: [testClaim('c', { storageClassName: 'wait' })],
      want: ['v Bound default/c:uid-c by-controller', 'w Available', 'c Bound v of wait completed by-controller with 1Gi'],
    },
    { name: 'of a class asks for a volume', claims: [testClaim('c', { storageClassName: 'now' })], want: ['c Pending of now asked'], events: [external] },
    {
      name: 'with a chosen node asks for a volume, though there is one',
      volumes: [testVolume('v', { storageClassName: 'wait' })],
      claims: [testClaim('c', { storageClassName: 'wait' }, { annotations: { [selectedNode]: 'a' } })],
      want: ['v Available', 'c Pending of wait asked selected'],
      events: [external],
    },
    {
      name: 'of a missing class gets nothing',
      claims: [testClaim('c', { storageClassName: 'none' })],
      want: ['c Pending of none'],
      events: ['ProvisioningFailed: storageclass.storage.k8s.io "none" not found'],
    },
    {
      name: 'of a class without a provisioner gets nothing',
      claims: [testClaim('c', { storageClassName: 'local' })],
      classes: [testClass('local', { volumeBindingMode: 'Immediate', provisioner: 'kubernetes.io/no-provisioner' })],
      want: ['c Pending of local'],
      events: ['ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner'],
    },
    {
      name: "of a former plugin's class asks the driver that took over",
      claims: [testClaim('c', { storageClassName: 'block' })],
      classes: [testClass('block', { volumeBindingMode: 'Immediate', provisioner: 'kubernetes.io/aws-ebs' })],
      want: ['c Pending of block asked'],
      events: [external.replace('example.com/disks', 'ebs.csi.aws.com')],
    },
    {
      name: 'that names no class gets the newest default one',
      claims: [testClaim('c')],
      classes: ['old', 'new'].map((name, index) =>
        testClass(name, {
          metadata: { name, creationTimestamp: `2026-01-0${index + 1}T00:00:00Z`, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
        }),
      ),
      want: ['c Pending of new'],
      events: ['WaitForFirstConsumer: waiting for first consumer to be created before binding'],
    },
  ];
  for (const { name, want, events = [], ...things } of cases) {
    it(name, async () => {
      await using world = new ControllerWorld();
      await start(world, things);
      assert.deepEqual(stateOf(world), want);
      assert.deepEqual(world.events().sort(), [...events].sort());
    });
  }
});

describe('a volume', () => {
  const released = (spec: Partial<PersistentVolumeSpec>, annotations: Record<string, string> = {}): Things => ({
    volumes: [testVolume('v', { ...to('c', 'uid-c'), ...spec }, { phase: 'Bound', metadata: { annotations: { [boundByController]: 'yes', ...annotations } } })],
  });
  const csi = { csi: { driver: 'example.com/disks', volumeHandle: 'h' } };
  const cases: (Things & { name: string; want: string[]; events?: string[] })[] = [
    { name: 'is available', volumes: [testVolume('v', {}, { phase: 'Pending' })], want: ['v Available'] },
    { name: 'is available while it waits for a claim by name', volumes: [testVolume('v', to('c'), { phase: 'Pending' })], want: ['v Available default/c'] },
    {
      name: 'is released when its claim is gone',
      ...released({ persistentVolumeReclaimPolicy: 'Retain' }),
      want: ['v Released default/c:uid-c by-controller'],
    },
    {
      name: 'is released when its claim was replaced',
      ...released({ persistentVolumeReclaimPolicy: 'Retain' }),
      claims: [testClaim('c', {}, { uid: 'another' })],
      want: ['v Released default/c:uid-c by-controller', 'c Pending'],
      events: [noVolume],
    },
    {
      name: 'of a driver is left to who made it',
      ...released({ persistentVolumeReclaimPolicy: 'Delete', ...csi }, { [provisionedBy]: 'example.com/disks' }),
      want: ['v Released default/c:uid-c by-controller'],
    },
    {
      name: 'of a driver that a person made is left to the provisioner',
      ...released({ persistentVolumeReclaimPolicy: 'Delete', ...csi }),
      want: ['v Released default/c:uid-c by-controller'],
    },
    {
      name: 'of a former plugin is left to the driver that took over',
      ...released({ persistentVolumeReclaimPolicy: 'Delete', awsElasticBlockStore: { volumeID: 'vol-1' } }, { [provisionedBy]: 'kubernetes.io/aws-ebs' }),
      want: ['v Released default/c:uid-c by-controller migrated'],
    },
    {
      name: 'that nobody can delete fails',
      ...released({ persistentVolumeReclaimPolicy: 'Delete', nfs: { server: 's', path: '/' } }),
      want: ['v Failed default/c:uid-c by-controller'],
      events: ['VolumeFailedDelete: error getting deleter volume plugin for volume "v": no deletable volume plugin matched'],
    },
    {
      name: 'that is local fails to be deleted',
      ...released({ persistentVolumeReclaimPolicy: 'Delete', local: { path: '/x' } }),
      want: ['v Failed default/c:uid-c by-controller'],
      events: ['VolumeFailedDelete: error getting deleter volume plugin for volume "v": no volume plugin matched'],
    },
    {
      name: 'that is a path of a node fails to be deleted',
      ...released({ persistentVolumeReclaimPolicy: 'Delete', hostPath: { path: '/data' } }),
      want: ['v Failed default/c:uid-c by-controller'],
      events: ['VolumeFailedDelete: host_path deleter only supports /tmp/.+ but received provided /data'],
    },
    {
      name: 'that was made by a plugin that is no more fails',
      ...released({ persistentVolumeReclaimPolicy: 'Delete' }, { [provisionedBy]: 'kubernetes.io/gone' }),
      want: ['v Failed default/c:uid-c by-controller'],
      events: ['VolumeFailedDelete: no volume plugin matched name: kubernetes.io/gone'],
    },
    {
      name: 'that nobody can empty fails',
      ...released({ persistentVolumeReclaimPolicy: 'Recycle' }),
      want: ['v Failed default/c:uid-c by-controller'],
      events: ['VolumeFailedRecycle: No recycler plugin found for the volume!'],
    },
    {
      name: 'is not emptied while pods use it',
      ...released({ persistentVolumeReclaimPolicy: 'Recycle' }),
      pods: [podWith('p', 'c'), { ...podWith('done', 'c'), status: { phase: 'Failed' } }],
      want: ['v Released default/c:uid-c by-controller'],
      events: ['VolumeFailedRecycle: Volume is used by pods: default/p'],
    },
    {
      name: 'of an unknown policy fails',
      ...released({ persistentVolumeReclaimPolicy: 'Burn' as never }),
      want: ['v Failed default/c:uid-c by-controller'],
      events: ['VolumeUnknownReclaimPolicy: Volume has unrecognized PersistentVolumeReclaimPolicy'],
    },
    {
      name: 'is free again when its claim has another volume',
      volumes: [testVolume('v', to('c', 'uid-c'), { phase: 'Bound', ...byController }), testVolume('w', to('c', 'uid-c'), { phase: 'Bound' })],
      claims: [completed('c', { volumeName: 'w' })],
      want: ['v Available', 'w Bound default/c:uid-c', 'c Bound w completed with 1Gi'],
    },
    {
      name: 'stays set aside by name when its claim has another volume',
      volumes: [testVolume('v', to('c', 'uid-c'), { phase: 'Bound' }), testVolume('w', to('c', 'uid-c'), { phase: 'Bound' })],
      claims: [completed('c', { volumeName: 'w' })],
      want: ['v Available default/c', 'w Bound default/c:uid-c', 'c Bound w completed with 1Gi'],
    },
    {
      name: 'that was made for a claim with another volume is given back',
      volumes: [
        testVolume(
          'v',
          { ...to('c', 'uid-c'), ...csi, persistentVolumeReclaimPolicy: 'Delete' },
          { phase: 'Bound', metadata: { annotations: { [provisionedBy]: 'example.com/disks' } } },
        ),
        testVolume('w', to('c', 'uid-c'), { phase: 'Bound' }),
      ],
      claims: [completed('c', { volumeName: 'w' })],
      want: ['v Released default/c:uid-c', 'w Bound default/c:uid-c', 'c Bound w completed with 1Gi'],
    },
  ];
  for (const { name, want, events = [], ...things } of cases) {
    it(name, async () => {
      await using world = new ControllerWorld();
      await start(world, things);
      assert.deepEqual(stateOf(world), want);
      assert.deepEqual(world.events().sort(), [...events].sort());
    });
  }
});

describe('what happens later', () => {
  it('binds a claim when a volume comes that does', async () => {
    await using world = new ControllerWorld();
    await start(world, { claims: [testClaim('c')] });
    put(world, persistentvolumes, [testVolume('v', {}, { phase: 'Pending' })]);
    await settle(60);
    assert.deepEqual(stateOf(world), ['v Bound default/c:uid-c by-controller', 'c Bound v completed by-controller with 1Gi']);
  });

  it('binds a claim when the volume comes that it names', async () => {
    await using world = new ControllerWorld();
    await start(world, { claims: [testClaim('c', { volumeName: 'v' })] });
    put(world, persistentvolumes, [testVolume('v', {}, { phase: 'Pending' })]);
    await settle(60);
    assert.deepEqual(stateOf(world), ['v Bound default/c:uid-c by-controller', 'c Bound v completed with 1Gi']);
  });

  it('releases a volume when its claim goes, and loses a claim whose volume goes', async () => {
    await using world = new ControllerWorld();
    await start(world, {
      volumes: [testVolume('v', { persistentVolumeReclaimPolicy: 'Retain' }), testVolume('w', { persistentVolumeReclaimPolicy: 'Retain' })],
      claims: [testClaim('c'), testClaim('d')],
    });
    const boundTo = (name: string): string => world.find(persistentvolumeclaims, { namespace: 'default', name })!.spec.volumeName!;
    const [ofC, ofD] = [boundTo('c'), boundTo('d')];
    world.client.store.remove(persistentvolumeclaims, { namespace: 'default', name: 'c' });
    world.client.store.remove(persistentvolumes, { name: ofD });
    await settle(60);
    assert.deepEqual(stateOf(world), [`${ofC} Released default/c:uid-c by-controller`, `d Lost ${ofD} completed by-controller`]);
  });

  it('gives claims without a class the default one when it comes', async () => {
    await using world = new ControllerWorld();
    await start(world, { claims: [testClaim('c'), testClaim('d', { storageClassName: '' })] });
    put(world, storageclasses, [
      testClass('usual', {
        volumeBindingMode: 'Immediate',
        metadata: { name: 'usual', annotations: { 'storageclass.beta.kubernetes.io/is-default-class': 'true' } },
      }),
    ]);
    await settle(60);
    assert.deepEqual(stateOf(world), ['c Pending of usual asked', 'd Pending of none']);
  });

  it('says at once for which pod a claim waits', async () => {
    await using world = new ControllerWorld();
    await start(world, { claims: [testClaim('c', { storageClassName: 'wait' })] });
    put(world, pods, [podWith('p', 'c')]);
    await settle();
    assert.equal(world.events().at(-1), 'WaitForPodScheduled: waiting for pod p to be scheduled');
  });

  it('says again what a claim waits for, every 15 seconds', async () => {
    await using world = new ControllerWorld();
    await start(world, { claims: [testClaim('c')] });
    const before = world.client.writes.length;
    await world.clock.advance(14_000);
    await settle();
    assert.equal(world.client.writes.length, before);
    await world.clock.advance(1_000);
    await settle();
    assert.equal(world.client.writes.length, before + 1);
  });

  it('gives no volume to two of many claims', async () => {
    await using world = new ControllerWorld();
    const names = Array.from({ length: 20 }, (_, index) => String(index).padStart(2, '0'));
    await start(world, { volumes: names.map((name) => testVolume(`v${name}`)), claims: names.map((name) => testClaim(`c${name}`)) });
    const isBound = (): boolean => world.list(persistentvolumeclaims).every(({ status }) => status?.phase === 'Bound');
    await world.until(isBound, 'the binding of all claims');
    assert.equal(new Set(world.list(persistentvolumeclaims).map(({ spec }) => spec.volumeName)).size, 20);
    // One write of each kind per pair: nothing was undone and done again.
    assert.equal(world.client.writes.filter(({ resource }) => resource.startsWith('persistentvolume')).length, 80);
  });
});
