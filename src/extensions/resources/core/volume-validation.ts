import type { DownwardAPIVolumeFile, KeyToPath, Volume, VolumeProjection } from '../../../api/generated/core-v1.ts';
import { configMapKeyProblems, dns1123SubdomainProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { validateFieldRef, validateResourceFieldRef, volumeFields } from './container-environment-validation.ts';
import { descendingPathAt, dnsLabelAt, duplicates, eachAt, joined, noBackstepsAt, optionalOneOfAt, problemsAt, requiredAt } from './field-checks.ts';
import { validateClaimSpec } from './persistent-volume-claim-validation.ts';
import { isNegativeAmount } from './resource-amounts.ts';

type Source = Loose<Volume>;
type SourceName = Exclude<keyof Volume, 'name'>;

/** `spec.volumes` of a pod; `podName` limits the names of ephemeral claims and is absent in templates. */
export function validateVolumes(volumes: readonly Loose<Volume>[] | undefined, podName: string | undefined, path: string): FieldError[] {
  const duplicate = duplicates();
  return eachAt(volumes, path, (volume, at) => {
    const name = volume.name ?? '';
    const errors = name === '' ? [fieldError.required(`${at}.name`)] : dnsLabelAt(name, `${at}.name`);
    if (errors.length === 0) errors.push(...duplicate(name, `${at}.name`));
    errors.push(...validateVolumeSource(volume, at));
    if (volume.ephemeral && podName) {
      const claimName = `${podName}-${name}`;
      if (claimName.length > 253) errors.push(fieldError.invalid(`${at}.name`, name, `PVC name "${claimName}": must be no more than 253 characters`));
    }
    return errors;
  });
}

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

/** What each source must hold. Sources that have no rules of their own are missing here. */
const rules: Partial<Record<SourceName, (source: Source, path: string) => FieldError[]>> = {
  emptyDir: ({ emptyDir }, path) =>
    emptyDir?.sizeLimit !== undefined && isNegativeAmount(emptyDir.sizeLimit)
      ? [fieldError.forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  hostPath: ({ hostPath }, path) =>
    joined(
      hostPath?.path ? noBackstepsAt(hostPath.path, `${path}.path`) : [fieldError.required(`${path}.path`)],
      optionalOneOfAt(hostPath?.type, hostPathTypes, `${path}.type`),
    ),
  gitRepo: ({ gitRepo }, path) => [
    ...requiredAt(gitRepo?.repository, `${path}.repository`),
    ...descendingPathAt(gitRepo?.directory ?? '', `${path}.directory`),
  ],
  secret: ({ secret }, path) => [
    ...requiredAt(secret?.secretName, `${path}.secretName`),
    ...validateMode(secret?.defaultMode, `${path}.defaultMode`),
    ...validateItems(secret?.items, `${path}.items`),
  ],
  configMap: ({ configMap }, path) => [
    ...requiredAt(configMap?.name, `${path}.name`),
    ...validateMode(configMap?.defaultMode, `${path}.defaultMode`),
    ...validateItems(configMap?.items, `${path}.items`),
  ],
  downwardAPI: ({ downwardAPI }, path) => [
    ...validateMode(downwardAPI?.defaultMode, `${path}.defaultMode`),
    ...eachAt(downwardAPI?.items, path, (file) => validateDownwardFile(file, path)),
  ],
  projected: ({ projected }, path) => [...validateMode(projected?.defaultMode, `${path}.defaultMode`), ...validateProjections(projected?.sources, path)],
  persistentVolumeClaim: ({ persistentVolumeClaim }, path) => requiredAt(persistentVolumeClaim?.claimName, `${path}.claimName`),
  nfs: ({ nfs }, path) => [
    ...requiredAt(nfs?.server, `${path}.server`),
    ...requiredAt(nfs?.path, `${path}.path`),
    ...(nfs && !nfs.path?.startsWith('/') ? [fieldError.invalid(`${path}.path`, nfs.path ?? '', 'must be an absolute path')] : []),
  ],
  csi: ({ csi }, path) =>
    joined(
      validateDriverName(csi?.driver ?? '', `${path}.driver`),
      csi?.nodePublishSecretRef && !csi.nodePublishSecretRef.name ? [fieldError.required(`${path}.nodePublishSecretRef.name`)] : [],
    ),
  ephemeral: ({ ephemeral }, path) =>
    ephemeral?.volumeClaimTemplate
      ? validateClaimSpec(ephemeral.volumeClaimTemplate.spec ?? {}, `${path}.volumeClaimTemplate.spec`)
      : [fieldError.required(`${path}.volumeClaimTemplate`)],
  image: ({ image }, path) => [
    ...requiredAt(image?.reference, `${path}.reference`),
    ...optionalOneOfAt(image?.pullPolicy, ['Always', 'IfNotPresent', 'Never'], `${path}.pullPolicy`),
  ],
  iscsi: ({ iscsi }, path) => [
    ...requiredAt(iscsi?.targetPortal, `${path}.targetPortal`),
    ...requiredAt(iscsi?.iqn, `${path}.iqn`),
    ...lunAt(iscsi?.lun, `${path}.lun`),
  ],
  fc: ({ fc }, path) =>
    (fc?.targetWWNs?.length ?? 0) < 1 && (fc?.wwids?.length ?? 0) < 1
      ? [fieldError.required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both')]
      : [],
  awsElasticBlockStore: ({ awsElasticBlockStore }, path) => requiredAt(awsElasticBlockStore?.volumeID, `${path}.volumeID`),
  // Upstream calls it so in this one error.
  gcePersistentDisk: ({ gcePersistentDisk }, path) => requiredAt(gcePersistentDisk?.pdName, `${path.replace(/gcePersistentDisk$/, 'persistentDisk')}.pdName`),
  azureDisk: ({ azureDisk }, path) => [...requiredAt(azureDisk?.diskName, `${path}.diskName`), ...requiredAt(azureDisk?.diskURI, `${path}.diskURI`)],
  azureFile: ({ azureFile }, path) => [...requiredAt(azureFile?.secretName, `${path}.secretName`), ...requiredAt(azureFile?.shareName, `${path}.shareName`)],
  cephfs: ({ cephfs }, path) => requiredAt(cephfs?.monitors ?? [], `${path}.monitors`),
  rbd: ({ rbd }, path) => [...requiredAt(rbd?.monitors ?? [], `${path}.monitors`), ...requiredAt(rbd?.image, `${path}.image`)],
  cinder: ({ cinder }, path) => requiredAt(cinder?.volumeID, `${path}.volumeID`),
  glusterfs: ({ glusterfs }, path) => [...requiredAt(glusterfs?.endpoints, `${path}.endpoints`), ...requiredAt(glusterfs?.path, `${path}.path`)],
  vsphereVolume: ({ vsphereVolume }, path) => requiredAt(vsphereVolume?.volumePath, `${path}.volumePath`),
  portworxVolume: ({ portworxVolume }, path) => requiredAt(portworxVolume?.volumeID, `${path}.volumeID`),
  flexVolume: ({ flexVolume }, path) => requiredAt(flexVolume?.driver, `${path}.driver`),
  quobyte: ({ quobyte }, path) => [...requiredAt(quobyte?.registry, `${path}.registry`), ...requiredAt(quobyte?.volume, `${path}.volume`)],
  scaleIO: ({ scaleIO }, path) => [
    ...requiredAt(scaleIO?.gateway, `${path}.gateway`),
    ...requiredAt(scaleIO?.system, `${path}.system`),
    ...requiredAt(scaleIO?.volumeName, `${path}.volumeName`),
  ],
};

/** Exactly one source, which follows its rules. */
function validateVolumeSource(volume: Source, path: string): FieldError[] {
  const present = Object.entries(volume)
    .filter(([field, value]) => field !== 'name' && value !== undefined)
    .map(([field]) => field);
  if (present.length === 0) return [fieldError.required(path, 'must specify a volume type')];
  return present.flatMap((field, index) => {
    if (index > 0) return [fieldError.forbidden(`${path}.${field}`, 'may not specify more than 1 volume type')];
    return rules[field as SourceName]?.(volume, `${path}.${field}`) ?? [];
  });
}

const validateMode = (mode: number | undefined, path: string): FieldError[] =>
  mode !== undefined && (mode < 0 || mode > 0o777) ? [fieldError.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')] : [];

const lunAt = (lun: number | undefined, path: string): FieldError[] =>
  lun !== undefined && (lun < 0 || lun > 255) ? [fieldError.invalid(path, lun, 'must be between 0 and 255, inclusive')] : [];

/** A path inside a volume that the kubelet writes. */
function validateVolumeFilePath(text: string, path: string): FieldError[] {
  const errors = descendingPathAt(text, path);
  if (text.startsWith('..') && !text.split('/').includes('..')) errors.push(fieldError.invalid(path, text, "must not start with '..'"));
  return errors;
}

function validateItems(items: readonly Loose<KeyToPath>[] | undefined, path: string): FieldError[] {
  return eachAt(items, path, (item, at) =>
    joined(
      item.key ? problemsAt(configMapKeyProblems, item.key, `${at}.key`) : [fieldError.required(`${at}.key`)],
      item.path ? validateVolumeFilePath(item.path, `${at}.path`) : [fieldError.required(`${at}.path`)],
      validateMode(item.mode, `${at}.mode`),
    ),
  );
}

function validateDownwardFile(file: Loose<DownwardAPIVolumeFile>, path: string): FieldError[] {
  const errors = file.path ? validateVolumeFilePath(file.path, `${path}.path`) : [fieldError.required(`${path}.path`)];
  if (file.fieldRef) {
    errors.push(...validateFieldRef(file.fieldRef, volumeFields, `${path}.fieldRef`));
    if (file.resourceFieldRef) errors.push(fieldError.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (file.resourceFieldRef) errors.push(...validateResourceFieldRef(file.resourceFieldRef, `${path}.resourceFieldRef`, true));
  else errors.push(fieldError.required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...validateMode(file.mode, `${path}.mode`)];
}

/** Files of one projected volume must not share a path. */
function validateProjections(sources: readonly Loose<VolumeProjection>[] | undefined, path: string): FieldError[] {
  const paths = new Set<string>();
  return eachAt(sources, `${path}.sources`, (source, at) => {
    const present = Object.entries(source)
      .filter(([, value]) => value !== undefined)
      .map(([field]) => field);
    const errors = present.slice(1).map((field) => fieldError.forbidden(`${at}.${field}`, 'may not specify more than 1 volume type'));
    errors.push(...validateProjection(source, at));
    for (const file of filesOf(source)) {
      if (file === '') continue;
      if (paths.has(file)) errors.push(fieldError.invalid(path, file, 'conflicting duplicate paths'));
      paths.add(file);
    }
    return errors;
  });
}

const filesOf = (source: Loose<VolumeProjection>): string[] => [
  ...[...(source.secret?.items ?? []), ...(source.configMap?.items ?? []), ...(source.downwardAPI?.items ?? [])].map((item) => item.path ?? ''),
  source.serviceAccountToken?.path ?? '',
  source.clusterTrustBundle?.path ?? '',
];

function validateProjection(source: Loose<VolumeProjection>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (source.secret) errors.push(...requiredAt(source.secret.name, `${path}.secret.name`), ...validateItems(source.secret.items, `${path}.secret.items`));
  if (source.configMap)
    errors.push(...requiredAt(source.configMap.name, `${path}.configMap.name`), ...validateItems(source.configMap.items, `${path}.configMap.items`));
  errors.push(...eachAt(source.downwardAPI?.items, path, (file) => validateDownwardFile(file, `${path}.downwardAPI`)));
  const token = source.serviceAccountToken;
  if (token) {
    const seconds = token.expirationSeconds ?? 3600;
    if (seconds < 600)
      errors.push(fieldError.invalid(`${path}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
    if (seconds > 4_294_967_296)
      errors.push(fieldError.invalid(`${path}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
    errors.push(
      ...(token.path
        ? descendingPathAt(token.path, `${path}.serviceAccountToken.path`)
        : [fieldError.required(`${path.replace(/\.sources\[\d+\]$/, '')}.path`)]),
    );
  }
  if (source.clusterTrustBundle) errors.push(...requiredAt(source.clusterTrustBundle.path, `${path}.clusterTrustBundle.path`));
  return errors;
}

/** Names of CSI drivers: up to 63 characters of a subdomain. */
export function validateDriverName(name: string, path: string): FieldError[] {
  if (name === '') return [fieldError.required(path)];
  return [...(name.length > 63 ? [fieldError.tooLong(path, 63)] : []), ...problemsAt((text) => dns1123SubdomainProblems(text.toLowerCase()), name, path)];
}
