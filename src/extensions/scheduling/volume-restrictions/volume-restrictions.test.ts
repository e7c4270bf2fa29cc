import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolumeClaim, Pod, Volume } from '../../../api/generated/core-v1.ts';
import { deepFreeze } from '../../../api/object.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { nodeWith, PluginTrial, testInformers, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import volumeRestrictions from './volume-restrictions.ts';

const claim = (name: string, mode: string, namespace = 'default'): PersistentVolumeClaim =>
  ({ metadata: { name, namespace }, spec: { accessModes: [mode] } }) as PersistentVolumeClaim;
const informers = testInformers({
  persistentvolumeclaims: [claim('sole', 'ReadWriteOncePod'), claim('sole', 'ReadWriteOncePod', 'other'), claim('shared', 'ReadWriteOnce')],
});
const plugin = () => volumeRestrictions(undefined, { informers });
const using = (name: string, volumes: Omit<Volume, 'name'>[], namespace = 'default'): Pod => {
  const pod = testPod(name, { volumes: volumes.map((volume, index) => ({ name: `v${index}`, ...volume })) });
  return deepFreeze({ ...pod, metadata: { ...pod.metadata, namespace } });
};
const claiming = (name: string, claimName: string, namespace?: string): Pod => using(name, [{ persistentVolumeClaim: { claimName } }], namespace);
const rbd = (monitors: string[], rest: object = {}): Omit<Volume, 'name'> => ({ rbd: { monitors, image: 'i', pool: 'p', ...rest } });

schedulingConformance('VolumeRestrictions', plugin, { pods: [claiming('c', 'sole'), using('d', [{ gcePersistentDisk: { pdName: 'd' } }])] });

const disk = 'unschedulable: node(s) had no available disk';
const inUse = 'unschedulable: node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod';

describe('volumes that are not shared', () => {
  const reading = { gcePersistentDisk: { pdName: 'd', readOnly: true } };
  const writing = { gcePersistentDisk: { pdName: 'd' } };
  const cases: { name: string; pod: Pod; there: Pod; want: [string, string] }[] = [
    { name: 'keep a disk that is written to for one pod of a node', pod: using('p', [reading]), there: using('t', [writing]), want: [disk, 'fits'] },
    { name: 'let pods read a disk together', pod: using('p', [reading]), there: using('t', [reading]), want: ['fits', 'fits'] },
    {
      name: 'tell disks apart',
      pod: using('p', [writing]),
      there: using('t', [{ gcePersistentDisk: { pdName: 'e' } }, { awsElasticBlockStore: { volumeID: 'd' } }]),
      want: ['fits', 'fits'],
    },
    {
      name: 'include blocks of EBS, also read-only',
      pod: using('p', [{ awsElasticBlockStore: { volumeID: 'v', readOnly: true } }]),
      there: using('t', [{ awsElasticBlockStore: { volumeID: 'v', readOnly: true } }]),
      want: [disk, 'fits'],
    },
    {
      name: 'include iSCSI',
      pod: using('p', [{ iscsi: { iqn: 'q', targetPortal: 'a', lun: 0 } }]),
      there: using('t', [{ iscsi: { iqn: 'q', targetPortal: 'b', lun: 1 } }]),
      want: [disk, 'fits'],
    },
    { name: 'include images of Ceph with a common monitor', pod: using('p', [rbd(['a', 'b'])]), there: using('t', [rbd(['b', 'c'])]), want: [disk, 'fits'] },
    { name: 'tell images of Ceph apart', pod: using('p', [rbd(['a'])]), there: using('t', [rbd(['a'], { image: 'j' }), rbd(['c'])]), want: ['fits', 'fits'] },
    { name: 'keep a claim for one pod anywhere', pod: claiming('p', 'sole'), there: claiming('t', 'sole'), want: [inUse, inUse] },
    { name: 'tell claims of namespaces apart', pod: claiming('p', 'sole'), there: claiming('t', 'sole', 'other'), want: ['fits', 'fits'] },
    { name: 'leave other claims alone', pod: claiming('p', 'shared'), there: claiming('t', 'shared'), want: ['fits', 'fits'] },
  ];
  for (const { name, pod, there, want } of cases) {
    it(name, () => {
      const nodes = [nodeWith(testNode('a'), there), nodeWith(testNode('b'))];
      assert.deepEqual(new PluginTrial(plugin()).filter(pod, nodes), want);
    });
  }

  it('must be there', () => {
    assert.deepEqual(new PluginTrial(plugin()).filter(claiming('p', 'none'), [nodeWith(testNode('a'))]), [
      'unschedulable-and-unresolvable: persistentvolumeclaim "none" not found',
    ]);
  });
});

describe('what may help a pod that waits for its volume', () => {
  const events = plugin().eventsToRegister!();
  const hint = (resource: string, pod: Pod, old: unknown, current?: unknown): string =>
    events.find(({ event }) => event.resource === resource)!.hint!(pod, old, current);

  it('is that a pod with the same disk or claim goes', () => {
    const volumes = [{ gcePersistentDisk: { pdName: 'd' } }];
    assert.deepEqual(
      [
        hint('Pod', using('p', volumes), using('t', volumes, 'other')),
        hint('Pod', claiming('p', 'sole'), claiming('t', 'sole')),
        hint('Pod', claiming('p', 'sole'), claiming('t', 'sole', 'other')),
        hint('Pod', claiming('p', 'sole'), testPod('t')),
      ],
      ['queue', 'queue', 'skip', 'skip'],
    );
  });

  it('is that its claim is made', () => {
    const made = (name: string): string => hint('PersistentVolumeClaim', claiming('p', 'sole'), undefined, claim(name, 'ReadWriteOnce'));
    assert.deepEqual([made('sole'), made('shared')], ['queue', 'skip']);
  });
});
