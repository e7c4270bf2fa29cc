import type { PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims } from '../../../api/generated/resource-types.ts';
import { driverOfPlugin } from '../../../extension-points/scheduling/volumes/in-tree-drivers.ts';
import { classOfClaim } from '../../../extension-points/scheduling/volumes/storage-class.ts';
import { betaStorageProvisioner, storageProvisioner } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import type { BinderContext } from './binder-context.ts';
import { withMigration } from './migration.ts';

/** Asks the provisioner of the claim's class for a volume: it watches for claims with its name in their annotations. Says so, or why there is nobody to ask. */
export async function requestVolume(claim: PersistentVolumeClaim, context: BinderContext): Promise<void> {
  const { events, classes } = context;
  const name = classOfClaim(claim);
  const provisioner = classes.get({ name })?.provisioner;
  const problem = provisioner === undefined ? `storageclass.storage.k8s.io ${JSON.stringify(name)} not found` : provisionerProblem(provisioner);
  if (provisioner === undefined || problem !== undefined) return events.record(claim, 'Warning', 'ProvisioningFailed', problem ?? '');
  const external = driverOfPlugin(provisioner)?.driver ?? provisioner;
  let asked: PersistentVolumeClaim;
  try {
    asked = await nameProvisioner(claim, external, context);
  } catch (error) {
    events.record(claim, 'Warning', 'ProvisioningFailed', `Error saving claim: ${(error as Error).message}`);
    throw error;
  }
  const wait = `Waiting for a volume to be created either by the external provisioner '${external}' or manually by the system administrator.`;
  const hint = 'If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  events.record(asked, 'Normal', 'ExternalProvisioning', `${wait} ${hint}`);
}

// The plugins that are left of Kubernetes' own make no volumes.
const ownPlugins: Readonly<Record<string, string>> = {
  'kubernetes.io/host-path': 'Failed to create provisioner: provisioning in volume plugin "kubernetes.io/host-path" is disabled',
  'kubernetes.io/nfs': 'no provisionable volume plugin matched',
};

/** Names that begin so are those of Kubernetes' own plugins, and nobody else's. */
function provisionerProblem(provisioner: string): string | undefined {
  if (!provisioner.startsWith('kubernetes.io/') || driverOfPlugin(provisioner)) return undefined;
  return ownPlugins[provisioner] ?? `no volume plugin matched name: ${provisioner}`;
}

async function nameProvisioner(claim: PersistentVolumeClaim, provisioner: string, context: BinderContext): Promise<PersistentVolumeClaim> {
  const { annotations = {} } = claim.metadata;
  if (annotations[storageProvisioner] === provisioner) return claim;
  const named = withMigration({ ...annotations, [betaStorageProvisioner]: provisioner, [storageProvisioner]: provisioner }, provisioner);
  return context.claims.wrote(await context.client.replace(persistentvolumeclaims, { ...claim, metadata: { ...claim.metadata, annotations: { ...named } } }));
}
