/** On a claim: it was bound once, so losing its volume now means losing data. */
export const bindCompleted = 'pv.kubernetes.io/bind-completed';
/** On a claim or a volume: the binding was made by a controller, not by a person, and may be undone by one. */
export const boundByController = 'pv.kubernetes.io/bound-by-controller';
/** On a claim: the scheduler wants a volume that this node can reach. */
export const selectedNode = 'volume.kubernetes.io/selected-node';
/** On a claim: who is to make its volume. Provisioners read either. */
export const storageProvisioner = 'volume.kubernetes.io/storage-provisioner';
export const betaStorageProvisioner = 'volume.beta.kubernetes.io/storage-provisioner';
/** On a volume: who made it, and so who deletes it. */
export const provisionedBy = 'pv.kubernetes.io/provisioned-by';
/** On a claim or a volume of an in-tree plugin: the CSI driver that does the plugin's work. */
export const migratedTo = 'pv.kubernetes.io/migrated-to';
/** On a CSINode: the in-tree plugins whose work CSI drivers do on the node, separated by commas. */
export const migratedPlugins = 'storage.alpha.kubernetes.io/migrated-plugins';
/** The provisioner of classes whose volumes are made by hand. */
export const noProvisioner = 'kubernetes.io/no-provisioner';
