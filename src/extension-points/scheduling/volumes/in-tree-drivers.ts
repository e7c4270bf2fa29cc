import type { PersistentVolume, PersistentVolumeSpec, Volume } from '../../../api/generated/core-v1.ts';
import type { CSINode } from '../../../api/generated/storage-v1.ts';
import { migratedPlugins } from './volume-annotations.ts';

/** A kind of volume whose plugin was part of Kubernetes once, and whose work a CSI driver does now. The rules are those of upstream's translation library. */
export interface InTreeDriver {
  /** The plugin, which classes name as provisioner. */
  readonly plugin: string;
  /** The CSI driver that took over. */
  readonly driver: string;
  /** The driver's name for the zone of a node; absent when the scheduler needs none. */
  readonly zoneKey?: string;
  /** What the driver calls the volume. Throws when the volume says too little to know. */
  handleOfVolume(volume: PersistentVolume): string;
  /** The same for a volume that a pod has without a claim. */
  handleOfInline(volume: Volume, namespace: string): string;
}

type Source = keyof Volume & keyof PersistentVolumeSpec;

/** Read off upstream's table; the key is the field of the volume's source. */
const drivers: Partial<Record<Source, InTreeDriver>> = {
  awsElasticBlockStore: {
    plugin: 'kubernetes.io/aws-ebs',
    driver: 'ebs.csi.aws.com',
    zoneKey: 'topology.ebs.csi.aws.com/zone',
    handleOfVolume: ({ spec }) => elasticBlockHandle(spec.awsElasticBlockStore!.volumeID),
    handleOfInline: (volume) => elasticBlockHandle(volume.awsElasticBlockStore!.volumeID),
  },
  gcePersistentDisk: {
    plugin: 'kubernetes.io/gce-pd',
    driver: 'pd.csi.storage.gke.io',
    zoneKey: 'topology.gke.io/zone',
    handleOfVolume: (volume) => `projects/UNSPECIFIED/${computeLocation(volume)}/disks/${volume.spec.gcePersistentDisk!.pdName}`,
    handleOfInline: (volume) => `projects/UNSPECIFIED/zones/UNSPECIFIED/disks/${volume.gcePersistentDisk!.pdName}`,
  },
  cinder: {
    plugin: 'kubernetes.io/cinder',
    driver: 'cinder.csi.openstack.org',
    zoneKey: 'topology.cinder.csi.openstack.org/zone',
    handleOfVolume: ({ spec }) => spec.cinder!.volumeID,
    handleOfInline: (volume) => volume.cinder!.volumeID,
  },
  azureDisk: {
    plugin: 'kubernetes.io/azure-disk',
    driver: 'disk.csi.azure.com',
    handleOfVolume: ({ spec }) => managedDiskHandle(spec.azureDisk!),
    handleOfInline: (volume) => managedDiskHandle(volume.azureDisk!),
  },
  azureFile: {
    plugin: 'kubernetes.io/azure-file',
    driver: 'file.csi.azure.com',
    handleOfVolume: fileShareHandle,
    handleOfInline: ({ name, azureFile }, namespace) =>
      `#${storageAccount(azureFile!.secretName)}#${azureFile!.shareName}#${name}#${namespace === '' ? 'default' : namespace}`,
  },
  vsphereVolume: {
    plugin: 'kubernetes.io/vsphere-volume',
    driver: 'csi.vsphere.vmware.com',
    handleOfVolume: ({ spec }) => spec.vsphereVolume!.volumePath,
    handleOfInline: (volume) => volume.vsphereVolume!.volumePath,
  },
  portworxVolume: {
    plugin: 'kubernetes.io/portworx-volume',
    driver: 'pxd.portworx.com',
    handleOfVolume: ({ spec }) => spec.portworxVolume!.volumeID,
    handleOfInline: (volume) => volume.portworxVolume!.volumeID,
  },
};
const sources = Object.keys(drivers) as Source[];
const byPlugin = new Map(Object.values(drivers).map((entry) => [entry.plugin, entry]));
// Azure files and vSphere disks are attached without the scheduler's help.
const scheduled = new Set([
  'kubernetes.io/aws-ebs',
  'kubernetes.io/gce-pd',
  'kubernetes.io/azure-disk',
  'kubernetes.io/cinder',
  'kubernetes.io/portworx-volume',
]);

/** The driver behind a volume of a former plugin; undefined for every other volume. */
export function inTreeDriverOf(source: Volume | PersistentVolumeSpec): InTreeDriver | undefined {
  for (const field of sources) if (source[field] !== undefined) return drivers[field];
  return undefined;
}

/** The driver that took over from a plugin; undefined when the name is not that of one. */
export const driverOfPlugin = (plugin: string): InTreeDriver | undefined => byPlugin.get(plugin);

/** Whether the scheduler treats a plugin's volumes as those of its driver. */
export const isScheduledAsDriver = (plugin: string): boolean => scheduled.has(plugin);

/** Whether a node says that a driver does the plugin's work there. */
export const isMigratedOn = (node: CSINode | undefined, plugin: string): boolean =>
  node?.metadata.annotations?.[migratedPlugins]?.split(',').includes(plugin) ?? false;

/** `aws://zone/vol-1`, `aws:///vol-1` or plainly `vol-1`. */
function elasticBlockHandle(id: string): string {
  if (!id.startsWith('aws://')) return id;
  const path = id.slice('aws://'.length).replace(/^[^/]*/, '');
  const handle = path.replace(/^\/+|\/+$/g, '');
  if (!/^vol-[^/]*$/.test(handle)) throw new Error(`failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume (${id})`);
  return handle;
}

/** One zone names a zonal disk, several a regional one. */
function computeLocation({ metadata: { labels = {} } }: PersistentVolume): string {
  const label = labels['failure-domain.beta.kubernetes.io/zone'] || labels['topology.kubernetes.io/zone'] || 'UNSPECIFIED';
  const zones = label.split('__');
  if (zones.length === 1) return `zones/${label}`;
  const regions = new Set(zones.map(regionOfZone));
  if (regions.size !== 1) throw new Error(`failed to get region from zones: multiple or no regions gotten from zones, got: ${[...regions].join(' ')}`);
  return `regions/${[...regions][0]}`;
}

function regionOfZone(zone: string): string {
  const parts = zone.split('-');
  if (parts.length !== 3) throw new Error(`failed to get region from zones: zone in unexpected format, expected: {locale}-{region}-{zone}, got: ${zone}`);
  return parts.slice(0, 2).join('-');
}

function managedDiskHandle({ kind, diskURI }: { kind?: string; diskURI: string }): string {
  if (kind !== undefined && kind.toLowerCase() !== 'managed') throw new Error(`kind(${kind}) is not supported in csi migration`);
  return diskURI;
}

function fileShareHandle({ metadata, spec }: PersistentVolume): string {
  const { secretName, secretNamespace, shareName } = spec.azureFile!;
  const namespace = secretNamespace ?? spec.claimRef?.namespace ?? '';
  if (namespace === '') throw new Error('could not find a secret namespace in PersistentVolumeSource or ClaimRef');
  const group = metadata.annotations?.['kubernetes.io/azure-file-resource-group'] ?? '';
  return `${group}#${storageAccount(secretName)}#${shareName}#${metadata.name}#${namespace}`;
}

const storageAccount = (secretName: string): string => /azure-storage-account-(.+)-secret/.exec(secretName)?.[1] ?? secretName;
