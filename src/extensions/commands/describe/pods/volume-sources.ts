import type { LocalObjectReference, SecretReference } from '../../../../api/generated/core-v1.ts';
import { compareQuantities, parseQuantity } from '../../../../api/quantity.ts';
import { writeAttributes } from '../page/multi-line.ts';
import type { Page } from '../page/page.ts';
import { amountText } from '../page/quantities.ts';
import { listText, mapText, orUnset } from '../page/texts.ts';

/** Any source of a volume, reached by field names: the types of pods' and of persistent volumes' sources differ in little. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type VolumeSource = any;

/** Titles and values, in order. A title that ends with a tab stands without a colon. */
type Rows = readonly (readonly [title: string, value: unknown])[];

interface SourceDescription {
  /** What the type is called, and what it is. */
  readonly type: string;
  readonly rows: (source: VolumeSource) => Rows;
  readonly after?: (page: Page, source: VolumeSource) => void;
}

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));
const number = (value: unknown): string => text(value ?? 0);
const flag = (value: unknown): string => String(value === true);
/** A reference as Go prints it. */
const secret = (reference: LocalObjectReference | undefined): string => (reference ? `&LocalObjectReference{Name:${reference.name ?? ''},}` : 'nil');
/** A reference of a persistent volume, which names a namespace. */
const farSecret = (reference: SecretReference | undefined): string =>
  reference ? `&SecretReference{Name:${reference.name ?? ''},Namespace:${reference.namespace ?? ''},}` : 'nil';

const disk = (name: string, source: VolumeSource): Rows => [
  [name, text(source[name === 'PDName' ? 'pdName' : 'volumeID'])],
  ['FSType', text(source.fsType)],
  ['Partition', number(source.partition)],
  ['ReadOnly', flag(source.readOnly)],
];
const optional = (title: string, name: unknown, source: VolumeSource): Rows => [
  [title, text(name)],
  ['Optional', flag(source.optional)],
];
const attributes = (page: Page, source: VolumeSource): void => writeAttributes(page, 'VolumeAttributes', source.volumeAttributes);

const shared: Readonly<Record<string, SourceDescription>> = {
  hostPath: {
    type: 'HostPath (bare host directory volume)',
    rows: (source) => [
      ['Path', text(source.path)],
      ['HostPathType', source.type ?? '<none>'],
    ],
  },
  gcePersistentDisk: { type: 'GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)', rows: (source) => disk('PDName', source) },
  awsElasticBlockStore: { type: 'AWSElasticBlockStore (a Persistent Disk resource in AWS)', rows: (source) => disk('VolumeID', source) },
  nfs: {
    type: 'NFS (an NFS mount that lasts the lifetime of a pod)',
    rows: (source) => [
      ['Server', text(source.server)],
      ['Path', text(source.path)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  quobyte: {
    type: "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
    rows: (source) => [
      ['Registry', text(source.registry)],
      ['Volume', text(source.volume)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  azureDisk: {
    type: 'AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)',
    rows: (source) => [
      ['DiskName', text(source.diskName)],
      ['DiskURI', text(source.diskURI)],
      ['Kind: \t', text(source.kind)],
      ['FSType', text(source.fsType)],
      ['CachingMode', text(source.cachingMode)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  vsphereVolume: {
    type: 'vSphereVolume (a Persistent Disk resource in vSphere)',
    rows: (source) => [
      ['VolumePath', text(source.volumePath)],
      ['FSType', text(source.fsType)],
      ['StoragePolicyName', text(source.storagePolicyName)],
    ],
  },
  photonPersistentDisk: {
    type: 'PhotonPersistentDisk (a Persistent Disk resource in photon platform)',
    rows: (source) => [
      ['PdID', text(source.pdID)],
      ['FSType', text(source.fsType)],
    ],
  },
  portworxVolume: { type: 'PortworxVolume (a Portworx Volume resource)', rows: (source) => [['VolumeID', text(source.volumeID)]] },
  fc: {
    type: 'FC (a Fibre Channel disk)',
    rows: (source) => [
      ['TargetWWNs', (source.targetWWNs ?? []).join(', ')],
      ['LUN', source.lun ?? '<none>'],
      ['FSType', text(source.fsType)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  flocker: {
    type: 'Flocker (a Flocker volume mounted by the Flocker agent)',
    rows: (source) => [
      ['DatasetName', text(source.datasetName)],
      ['DatasetUUID', text(source.datasetUUID)],
    ],
  },
  storageos: {
    type: 'StorageOS (a StorageOS Persistent Disk resource)',
    rows: (source) => [
      ['VolumeName', text(source.volumeName)],
      ['VolumeNamespace', text(source.volumeNamespace)],
      ['FSType', text(source.fsType)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
};

/** Sources with a reference to a secret: in pods one of the same namespace, in persistent volumes any. */
const withSecret = (secretText: (reference: VolumeSource) => string): Readonly<Record<string, SourceDescription>> => ({
  iscsi: {
    type: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    rows: (source) => [
      ['TargetPortal', text(source.targetPortal)],
      ['IQN', text(source.iqn)],
      ['Lun', number(source.lun)],
      ['ISCSIInterface\t', text(source.iscsiInterface)],
      ['FSType', text(source.fsType)],
      ['ReadOnly', flag(source.readOnly)],
      ['Portals', listText(source.portals)],
      ['DiscoveryCHAPAuth', flag(source.chapAuthDiscovery)],
      ['SessionCHAPAuth', flag(source.chapAuthSession)],
      ['SecretRef', secretText(source.secretRef)],
      ['InitiatorName', source.initiatorName ?? '<none>'],
    ],
  },
  rbd: {
    type: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    rows: (source) => [
      ['CephMonitors', listText(source.monitors)],
      ['RBDImage', text(source.image)],
      ['FSType', text(source.fsType)],
      ['RBDPool', text(source.pool)],
      ['RadosUser', text(source.user)],
      ['Keyring', text(source.keyring)],
      ['SecretRef', secretText(source.secretRef)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  cinder: {
    type: 'Cinder (a Persistent Disk resource in OpenStack)',
    rows: (source) => [
      ['VolumeID', text(source.volumeID)],
      ['FSType', text(source.fsType)],
      ['ReadOnly', flag(source.readOnly)],
      ['SecretRef', secretText(source.secretRef)],
    ],
  },
  cephfs: {
    type: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    rows: (source) => [
      ['Monitors', listText(source.monitors)],
      ['Path', text(source.path)],
      ['User', text(source.user)],
      ['SecretFile', text(source.secretFile)],
      ['SecretRef', secretText(source.secretRef)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  flexVolume: {
    type: 'FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)',
    rows: (source) => [
      ['Driver', text(source.driver)],
      ['FSType', text(source.fsType)],
      ['SecretRef', secretText(source.secretRef)],
      ['ReadOnly', flag(source.readOnly)],
      ['Options', mapText(source.options)],
    ],
  },
});

const scaleIo = (source: VolumeSource, secretRows: Rows): Rows => [
  ['Gateway', text(source.gateway)],
  ['System', text(source.system)],
  ['Protection Domain', text(source.protectionDomain)],
  ['Storage Pool', text(source.storagePool)],
  ['Storage Mode', text(source.storageMode)],
  ['VolumeName', text(source.volumeName)],
  ...secretRows,
  ['FSType', text(source.fsType)],
  ['ReadOnly', flag(source.readOnly)],
];
const scaleIoType = 'ScaleIO (a persistent volume backed by a block device in ScaleIO)';
const glusterType = "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)";
const csiType = 'CSI (a Container Storage Interface (CSI) volume source)';
const azureFileType = 'AzureFile (an Azure File Service mount on the host and bind mount to the pod)';

/** Sources that a volume of a pod may have. */
export const podSources: Readonly<Record<string, SourceDescription>> = {
  ...shared,
  ...withSecret(secret),
  emptyDir: {
    type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    rows: ({ medium, sizeLimit }) => [
      ['Medium', text(medium)],
      ['SizeLimit', sizeLimit !== undefined && compareQuantities(parseQuantity(sizeLimit), parseQuantity('0')) > 0 ? amountText(sizeLimit) : '<unset>'],
    ],
  },
  gitRepo: {
    type: 'GitRepo (a volume that is pulled from git when the pod is created)',
    rows: (source) => [
      ['Repository', text(source.repository)],
      ['Revision', text(source.revision)],
    ],
  },
  secret: { type: 'Secret (a volume populated by a Secret)', rows: (source) => optional('SecretName', source.secretName, source) },
  configMap: { type: 'ConfigMap (a volume populated by a ConfigMap)', rows: (source) => optional('Name', source.name, source) },
  glusterfs: {
    type: glusterType,
    rows: (source) => [
      ['EndpointsName', text(source.endpoints)],
      ['Path', text(source.path)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  persistentVolumeClaim: {
    type: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    rows: (source) => [
      ['ClaimName', text(source.claimName)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  scaleIO: { type: scaleIoType, rows: (source) => scaleIo(source, []) },
  azureFile: {
    type: azureFileType,
    rows: (source) => [
      ['SecretName', text(source.secretName)],
      ['ShareName', text(source.shareName)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  projected: {
    type: 'Projected (a volume that contains injected data from multiple sources)',
    rows: ({ sources = [] }) => sources.flatMap(projectionRows),
  },
  downwardAPI: {
    type: 'DownwardAPI (a volume populated by information about the pod)',
    rows: () => [],
    after: writeDownwardItems,
  },
  csi: {
    type: csiType,
    rows: (source) => [
      ['Driver', text(source.driver)],
      ['FSType', text(source.fsType)],
      ['ReadOnly', flag(source.readOnly)],
    ],
    after: attributes,
  },
  image: {
    type: 'Image (a container image or OCI artifact)',
    rows: (source) => [
      ['Reference', text(source.reference)],
      ['PullPolicy', text(source.pullPolicy)],
    ],
  },
};

function projectionRows(source: VolumeSource): Rows {
  if (source.secret) return optional('SecretName', source.secret.name, source.secret);
  if (source.downwardAPI) return [['DownwardAPI', 'true']];
  if (source.configMap) return optional('ConfigMapName', source.configMap.name, source.configMap);
  return source.serviceAccountToken ? [['TokenExpirationSeconds', number(source.serviceAccountToken.expirationSeconds)]] : [];
}

function writeDownwardItems(page: Page, { items = [] }: VolumeSource): void {
  page.line(2, 'Items:');
  for (const { fieldRef, resourceFieldRef, path } of items) {
    if (fieldRef) page.line(3, `${fieldRef.fieldPath} -> ${path}`);
    if (resourceFieldRef) page.line(3, `${resourceFieldRef.resource} -> ${path}`);
  }
}

/** Sources that a persistent volume may have. */
export const persistentSources: Readonly<Record<string, SourceDescription>> = {
  ...shared,
  ...withSecret(farSecret),
  glusterfs: {
    type: glusterType,
    rows: (source) => [
      ['EndpointsName', text(source.endpoints)],
      ['EndpointsNamespace', orUnset(source.endpointsNamespace)],
      ['Path', text(source.path)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  scaleIO: {
    type: scaleIoType,
    rows: (source) =>
      scaleIo(source, [
        ['SecretName', text(source.secretRef?.name)],
        ['SecretNamespace', text(source.secretRef?.namespace)],
      ]),
  },
  local: { type: 'LocalVolume (a persistent volume backed by local storage on a node)', rows: (source) => [['Path', text(source.path)]] },
  azureFile: {
    type: azureFileType,
    rows: (source) => [
      ['SecretName', text(source.secretName)],
      ['SecretNamespace', text(source.secretNamespace)],
      ['ShareName', text(source.shareName)],
      ['ReadOnly', flag(source.readOnly)],
    ],
  },
  csi: {
    type: csiType,
    rows: (source) => [
      ['Driver', text(source.driver)],
      ['FSType', text(source.fsType)],
      ['VolumeHandle', text(source.volumeHandle)],
      ['ReadOnly', flag(source.readOnly)],
    ],
    after: attributes,
  },
};

/** The source of a volume; `<unknown>` for a type that is not known. */
export function writeVolumeSource(page: Page, volume: VolumeSource, sources: Readonly<Record<string, SourceDescription>>): void {
  const name = Object.keys(volume).find((field) => volume[field] && Object.hasOwn(sources, field));
  if (name === undefined) return page.line(1, '<unknown>');
  const { type, rows, after } = sources[name]!;
  page.field(2, 'Type', type);
  for (const [title, value] of rows(volume[name])) page.write(2, title.endsWith('\t') ? `${title}${text(value)}\n` : `${title}:\t${text(value)}\n`);
  after?.(page, volume[name]);
}
