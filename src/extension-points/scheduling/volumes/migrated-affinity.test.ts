import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSelectorTerm, PersistentVolume } from '../../../api/generated/core-v1.ts';
import type { CSINode } from '../../../api/generated/storage-v1.ts';
import { affinityOn } from './migrated-affinity.ts';
import { reachableFrom, testVolume } from './testing.ts';
import { migratedPlugins } from './volume-annotations.ts';

const zone = 'topology.kubernetes.io/zone';
const betaZone = 'failure-domain.beta.kubernetes.io/zone';
const betaRegion = 'failure-domain.beta.kubernetes.io/region';
const driverZone = 'topology.ebs.csi.aws.com/zone';

const node: CSINode = {
  metadata: { name: 'n', annotations: { [migratedPlugins]: 'kubernetes.io/gce-pd,kubernetes.io/aws-ebs,kubernetes.io/azure-disk' } },
  spec: { drivers: [] },
};
const block = (labels: Record<string, string> = {}, reach?: Readonly<Record<string, readonly string[]>>): PersistentVolume =>
  testVolume('v', { awsElasticBlockStore: { volumeID: 'vol-1' }, ...(reach ? reachableFrom(reach) : {}) }, { metadata: { labels } });
const termText = ({ matchExpressions = [] }: NodeSelectorTerm): string =>
  matchExpressions.map(({ key, values }) => `${key} in ${values?.join()}`).join(' and ');

describe('where a volume of a former plugin can be reached', () => {
  const cases: { name: string; volume: PersistentVolume; node?: CSINode; want: string[] | undefined }[] = [
    {
      name: 'is where it says on a node that keeps the plugin',
      volume: block({}, { [zone]: ['a'] }),
      node: { metadata: { name: 'm' }, spec: { drivers: [] } },
      want: [`${zone} in a`],
    },
    { name: "is said with the driver's word for zones", volume: block({}, { [zone]: ['a', 'b'] }), want: [`${driverZone} in a,b`] },
    {
      name: 'is so for the old word too, and regions get the new one',
      volume: block({}, { [betaZone]: ['a'], [betaRegion]: ['r'] }),
      want: [`${driverZone} in a and topology.kubernetes.io/region in r`],
    },
    { name: 'comes from the label of a volume that says nothing else', volume: block({ [zone]: 'b__a' }), want: [`${driverZone} in a,b`] },
    { name: 'comes from the old label too', volume: block({ [betaZone]: 'a' }), want: [`${driverZone} in a`] },
    { name: 'is what both the affinity and the label say', volume: block({ [zone]: 'a' }, { disk: ['ssd'] }), want: [`disk in ssd and ${driverZone} in a`] },
    { name: 'is anywhere without either', volume: block(), want: undefined },
    {
      name: 'is left to drivers without zones',
      volume: testVolume('v', { azureDisk: { diskName: 'd', diskURI: 'x' }, ...reachableFrom({ [zone]: ['a'] }) }),
      want: [`${zone} in a`],
    },
    {
      name: 'is where it says for any other volume',
      volume: testVolume('v', { local: { path: '/x' }, ...reachableFrom({ [zone]: ['a'] }) }),
      want: [`${zone} in a`],
    },
  ];
  for (const { name, volume, node: on = node, want } of cases)
    it(name, () => assert.deepEqual(affinityOn('n', volume, () => on)?.required?.nodeSelectorTerms.map(termText), want));

  it('cannot be told of a volume that its driver would not know', () => {
    const volume = testVolume('v', { awsElasticBlockStore: { volumeID: 'aws:///x' } });
    assert.throws(() => affinityOn('n', volume, () => node), /^Error: could not translate pv: failed to translate Kubernetes ID/);
  });
});
