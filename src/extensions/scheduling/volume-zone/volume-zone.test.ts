import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { nodeWith, PluginTrial, testInformers, testNode } from '../../../extension-points/scheduling/testing.ts';
import { boundClaim, podWith, testClaim, testClass, testVolume } from '../../../extension-points/scheduling/volumes/testing.ts';
import volumeZone from './volume-zone.ts';

const zone = 'topology.kubernetes.io/zone';
const region = 'topology.kubernetes.io/region';
const betaZone = 'failure-domain.beta.kubernetes.io/zone';
const betaRegion = 'failure-domain.beta.kubernetes.io/region';

type Labels = Readonly<Record<string, string>>;
const pluginWith = (labels: Labels, claims: readonly PersistentVolumeClaim[] = [boundClaim('c', 'v')]) =>
  volumeZone(undefined, {
    informers: testInformers({
      persistentvolumeclaims: claims,
      persistentvolumes: [testVolume('v', {}, { metadata: { labels: { ...labels } } })],
      storageclasses: [testClass('wait'), testClass('now', { volumeBindingMode: 'Immediate' })],
    }),
  });

schedulingConformance('VolumeZone', () => pluginWith({ [zone]: 'a' }), { pods: [podWith('claiming', 'c')] });

const refused = (reason: string): string => `unschedulable-and-unresolvable: ${reason}`;
const conflict = refused('node(s) had no available volume zone');

describe('the zone of a volume', () => {
  const cases: { name: string; volume: Labels; node: Labels; want: string }[] = [
    { name: 'does not matter to a node that is nowhere', volume: { [zone]: 'a' }, node: { other: 'x' }, want: 'fits' },
    { name: 'is that of the node', volume: { [zone]: 'a' }, node: { [zone]: 'a', other: 'x' }, want: 'fits' },
    { name: 'is not that of another node', volume: { [zone]: 'a' }, node: { [zone]: 'b' }, want: conflict },
    { name: 'may be one of several', volume: { [zone]: 'a__b' }, node: { [zone]: 'b' }, want: 'fits' },
    { name: 'says nothing with an empty part', volume: { [zone]: 'a__' }, node: { [zone]: 'b' }, want: 'fits' },
    { name: 'is matched by the old labels too', volume: { [betaZone]: 'a__c' }, node: { [betaZone]: 'a' }, want: 'fits' },
    { name: 'is not matched by another old label', volume: { [betaZone]: 'a' }, node: { [betaZone]: 'b' }, want: conflict },
    { name: 'in the old label is matched by the new label of a node', volume: { [betaZone]: 'a' }, node: { [zone]: 'a' }, want: 'fits' },
    { name: 'in the old label is not matched by another new label', volume: { [betaZone]: 'a' }, node: { [zone]: 'b' }, want: conflict },
    { name: 'in the new label is not matched by the old label of a node', volume: { [zone]: 'a' }, node: { [betaZone]: 'a' }, want: conflict },
    { name: 'is not enough where the region differs', volume: { [zone]: 'a', [region]: 'r' }, node: { [zone]: 'a', [region]: 's' }, want: conflict },
    { name: 'is not enough where the region is not known', volume: { [zone]: 'a', [region]: 'r' }, node: { [zone]: 'a' }, want: conflict },
    { name: 'may be left out for the region', volume: { [region]: 'r' }, node: { [region]: 'r' }, want: 'fits' },
    { name: 'may be left out for the old label of the region', volume: { [betaRegion]: 'r' }, node: { [betaRegion]: 's' }, want: conflict },
    { name: 'may be left out', volume: {}, node: { [zone]: 'a' }, want: 'fits' },
  ];
  for (const { name, volume, node, want } of cases)
    it(name, () => assert.deepEqual(new PluginTrial(pluginWith(volume)).filter(podWith('p', 'c'), [nodeWith(testNode('n', { labels: { ...node } }))]), [want]));
});

describe('a pod whose volume is not known yet', () => {
  const cases: { name: string; pod?: Pod; claims: readonly PersistentVolumeClaim[]; want: string }[] = [
    { name: 'waits for its claim', claims: [], want: refused('persistentvolumeclaim "c" not found') },
    { name: 'needs a claim with a name', pod: podWith('p', ''), claims: [], want: refused('PersistentVolumeClaim had no name') },
    { name: 'waits for the volume', claims: [boundClaim('c', 'none')], want: refused('persistentvolume "none" not found') },
    { name: 'waits for a claim without a class', claims: [testClaim('c')], want: refused('PersistentVolumeClaim had no pv name and storageClass name') },
    { name: 'waits for the class', claims: [testClaim('c', { storageClassName: 'none' })], want: refused('storageclass.storage.k8s.io "none" not found') },
    { name: 'waits for a claim that is bound at once', claims: [testClaim('c', { storageClassName: 'now' })], want: refused('PersistentVolume had no name') },
    { name: 'may go anywhere with a claim that waits for it', claims: [testClaim('c', { storageClassName: 'wait' })], want: 'fits' },
    { name: 'may go anywhere with an ephemeral volume', pod: podWith('p', { ephemeral: {} }), claims: [], want: 'fits' },
  ];
  for (const { name, pod = podWith('p', 'c'), claims, want } of cases)
    it(name, () =>
      assert.deepEqual(new PluginTrial(pluginWith({ [zone]: 'a' }, claims)).filter(pod, [nodeWith(testNode('n', { labels: { [zone]: 'a' } }))]), [want]),
    );
});

describe('what may help a pod that is in no zone of its volume', () => {
  const events = pluginWith({}).eventsToRegister!();
  const hint = (resource: string, old: unknown, current: unknown, pod = podWith('p', 'c')): string | undefined =>
    events.find(({ event }) => event.resource === resource)!.hint?.(pod, old, current);
  const labelled = (labels: Labels) => testVolume('v', {}, { metadata: { labels: { ...labels } } });

  const cases: { name: string; got: () => string | undefined; want: string | undefined }[] = [
    { name: 'is its claim', got: () => hint('PersistentVolumeClaim', undefined, testClaim('c')), want: 'queue' },
    { name: 'is a change of its claim', got: () => hint('PersistentVolumeClaim', testClaim('c'), boundClaim('c', 'v')), want: 'queue' },
    { name: 'is not another claim', got: () => hint('PersistentVolumeClaim', undefined, testClaim('d')), want: 'skip' },
    {
      name: 'is not a claim of that name elsewhere',
      got: () => hint('PersistentVolumeClaim', undefined, testClaim('c', {}, { namespace: 'other' })),
      want: 'skip',
    },
    { name: 'is no claim without one of its own', got: () => hint('PersistentVolumeClaim', undefined, testClaim('c'), podWith('p')), want: 'skip' },
    { name: 'is a class that waits for it', got: () => hint('storage.k8s.io/StorageClass', undefined, testClass('x')), want: 'queue' },
    { name: 'is no other class', got: () => hint('storage.k8s.io/StorageClass', undefined, testClass('x', { volumeBindingMode: 'Immediate' })), want: 'skip' },
    { name: 'is a new volume', got: () => hint('PersistentVolume', undefined, labelled({})), want: 'queue' },
    { name: 'is that a volume is elsewhere', got: () => hint('PersistentVolume', labelled({ [zone]: 'a' }), labelled({ [zone]: 'b' })), want: 'queue' },
    {
      name: 'is that a volume is in a region',
      got: () => hint('PersistentVolume', labelled({ [zone]: 'a' }), labelled({ [zone]: 'a', [region]: 'r' })),
      want: 'queue',
    },
    {
      name: 'is no other change of a volume',
      got: () => hint('PersistentVolume', labelled({ [zone]: 'a' }), labelled({ [zone]: 'a', other: 'x' })),
      want: 'skip',
    },
    { name: 'is any node', got: () => hint('Node', undefined, testNode('n')), want: undefined },
  ];
  for (const { name, got, want } of cases) it(name, () => assert.equal(got(), want));
});
