import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolumeSpec, Volume } from '../../../api/generated/core-v1.ts';
import type { ObjectMeta } from '../../../api/generated/meta-v1.ts';
import { driverOfPlugin, inTreeDriverOf } from './in-tree-drivers.ts';
import { testVolume } from './testing.ts';

describe('a volume of a former plugin', () => {
  const zones = (key: string, value: string): ObjectMeta => ({ labels: { [key]: value } });
  const cases: { name: string; spec: Partial<PersistentVolumeSpec>; metadata?: ObjectMeta; want: [string, string] }[] = [
    { name: 'is a block of EBS by its id', spec: { awsElasticBlockStore: { volumeID: 'vol-1' } }, want: ['ebs.csi.aws.com', 'vol-1'] },
    { name: 'is a block of EBS in a zone', spec: { awsElasticBlockStore: { volumeID: 'aws://us-east-1a/vol-1' } }, want: ['ebs.csi.aws.com', 'vol-1'] },
    { name: 'is a block of EBS without a zone', spec: { awsElasticBlockStore: { volumeID: 'aws:///vol-1' } }, want: ['ebs.csi.aws.com', 'vol-1'] },
    {
      name: 'is a disk of one zone',
      spec: { gcePersistentDisk: { pdName: 'd' } },
      metadata: zones('topology.kubernetes.io/zone', 'us-east1-a'),
      want: ['pd.csi.storage.gke.io', 'projects/UNSPECIFIED/zones/us-east1-a/disks/d'],
    },
    {
      name: 'is a disk of a region',
      spec: { gcePersistentDisk: { pdName: 'd' } },
      metadata: zones('failure-domain.beta.kubernetes.io/zone', 'us-east1-a__us-east1-b'),
      want: ['pd.csi.storage.gke.io', 'projects/UNSPECIFIED/regions/us-east1/disks/d'],
    },
    {
      name: 'is a disk somewhere',
      spec: { gcePersistentDisk: { pdName: 'd' } },
      want: ['pd.csi.storage.gke.io', 'projects/UNSPECIFIED/zones/UNSPECIFIED/disks/d'],
    },
    {
      name: 'is a disk of Azure',
      spec: { azureDisk: { diskName: 'd', diskURI: '/subscriptions/s/d', kind: 'Managed' } },
      want: ['disk.csi.azure.com', '/subscriptions/s/d'],
    },
    {
      name: 'is a share of Azure',
      spec: { azureFile: { secretName: 'azure-storage-account-acc-secret', shareName: 's', secretNamespace: 'n' } },
      metadata: { annotations: { 'kubernetes.io/azure-file-resource-group': 'g' } },
      want: ['file.csi.azure.com', 'g#acc#s#v#n'],
    },
    {
      name: 'is a share in the namespace of its claim',
      spec: { azureFile: { secretName: 'x', shareName: 's' }, claimRef: { namespace: 'n' } },
      want: ['file.csi.azure.com', '#x#s#v#n'],
    },
    { name: 'is a volume of Cinder', spec: { cinder: { volumeID: 'c' } }, want: ['cinder.csi.openstack.org', 'c'] },
    { name: 'is a disk of vSphere', spec: { vsphereVolume: { volumePath: '[d] x' } }, want: ['csi.vsphere.vmware.com', '[d] x'] },
    { name: 'is a volume of Portworx', spec: { portworxVolume: { volumeID: 'p' } }, want: ['pxd.portworx.com', 'p'] },
  ];
  for (const { name, spec, metadata = {}, want } of cases) {
    it(name, () => {
      const volume = testVolume('v', spec, { metadata });
      const driver = inTreeDriverOf(volume.spec)!;
      assert.deepEqual([driver.driver, driver.handleOfVolume(volume)], want);
    });
  }

  const refusals: { name: string; spec: Partial<PersistentVolumeSpec>; metadata?: ObjectMeta; want: RegExp }[] = [
    {
      name: 'must be a block of EBS',
      spec: { awsElasticBlockStore: { volumeID: 'aws:///disk-1' } },
      want: /Invalid format for AWS volume \(aws:\/\/\/disk-1\)/,
    },
    {
      name: 'must be in one region',
      spec: { gcePersistentDisk: { pdName: 'd' } },
      metadata: zones('topology.kubernetes.io/zone', 'a-1-x__b-1-x'),
      want: /multiple or no regions gotten from zones/,
    },
    {
      name: 'must be in zones that name their region',
      spec: { gcePersistentDisk: { pdName: 'd' } },
      metadata: zones('topology.kubernetes.io/zone', 'a__b'),
      want: /zone in unexpected format/,
    },
    {
      name: 'must be a managed disk',
      spec: { azureDisk: { diskName: 'd', diskURI: 'x', kind: 'Dedicated' } },
      want: /kind\(Dedicated\) is not supported in csi migration/,
    },
    { name: 'must have a secret somewhere', spec: { azureFile: { secretName: 'x', shareName: 's' } }, want: /could not find a secret namespace/ },
  ];
  for (const { name, spec, metadata = {}, want } of refusals) {
    it(name, () => {
      const volume = testVolume('v', spec, { metadata });
      assert.throws(() => inTreeDriverOf(volume.spec)!.handleOfVolume(volume), want);
    });
  }

  it('may be part of a pod', () => {
    const inline: Volume[] = [
      { name: 'x', gcePersistentDisk: { pdName: 'd' } },
      { name: 'x', azureFile: { secretName: 's', shareName: 't' } },
      { name: 'x', emptyDir: {} },
    ];
    assert.deepEqual(
      inline.map((volume) => inTreeDriverOf(volume)?.handleOfInline(volume, 'n')),
      ['projects/UNSPECIFIED/zones/UNSPECIFIED/disks/d', '#s#t#x#n', undefined],
    );
  });

  it('has a driver by the name of its plugin', () => {
    assert.deepEqual([driverOfPlugin('kubernetes.io/cinder')?.driver, driverOfPlugin('kubernetes.io/nfs')], ['cinder.csi.openstack.org', undefined]);
  });
});
