import type { Pod } from '../../../api/generated/core-v1.ts';
import { csinodes, persistentvolumeclaims, persistentvolumes, storageclasses, volumeattachments } from '../../../api/generated/resource-types.ts';
import type { CSINode, VolumeAttachment } from '../../../api/generated/storage-v1.ts';
import type { NodeInfo, SchedulingHandle, SchedulingPlugin, Status } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { addDriverVolumes, ClaimNotFound, type DriverVolumes, driverVolumeKey, mayBeAttached } from './driver-volumes.ts';
import { limitsOf, volumeLimitEvents } from './wake-up.ts';

const nodeIndex = 'node';

/** Keeps pods off nodes to which a CSI driver cannot attach as many more volumes: the limits are those of the CSINode. */
export default function nodeVolumeLimits(_args: unknown, { informers }: Pick<SchedulingHandle, 'informers'>): SchedulingPlugin {
  const [claims, volumes, classes] = [informers.informer(persistentvolumeclaims), informers.informer(persistentvolumes), informers.informer(storageclasses)];
  const csiNodes = informers.informer(csinodes);
  const attachments = informers.informer(volumeattachments);
  attachments.addIndex(nodeIndex, attachmentIndex);
  const lookup = {
    claim: (namespace: string, name: string) => claims.get({ namespace, name }),
    volume: (name: string) => volumes.get({ name }),
    storageClass: (name: string) => classes.get({ name }),
  };

  /** Those of volumes that a driver was told to attach, whether their pods are still there or not. */
  const attachedTo = (node: string): DriverVolumes => {
    const found: DriverVolumes = new Map();
    for (const { spec } of attachments.byIndex(nodeIndex, node)) {
      const handle = spec.source.persistentVolumeName && volumes.get({ name: spec.source.persistentVolumeName })?.spec.csi?.volumeHandle;
      if (spec.attacher && handle) found.set(driverVolumeKey(spec.attacher, handle), spec.attacher);
    }
    return found;
  };

  /** Whether the node takes the new volumes beside those that it has. */
  const isWithin = (limits: ReadonlyMap<string, number>, added: DriverVolumes, { name, pods }: NodeInfo, csiNode: CSINode): boolean => {
    const present: DriverVolumes = new Map();
    for (const pod of pods) addDriverVolumes(present, pod, csiNode, lookup, false);
    const counts = new Map<string, number>();
    const count = (driver: string): void => void counts.set(driver, (counts.get(driver) ?? 0) + 1);
    for (const driver of present.values()) count(driver);
    for (const [key, driver] of attachedTo(name)) if (!present.has(key)) count(driver);
    const wanted = [...added].filter(([key]) => !present.has(key)).map(([, driver]) => driver);
    for (const driver of wanted) count(driver);
    return wanted.every((driver) => (counts.get(driver) ?? 0) <= (limits.get(driver) ?? Number.POSITIVE_INFINITY));
  };

  return {
    preFilter: (_state, pod) => ({ status: isConcerned(pod) ? success : skip }),
    filter(_state, pod, info): Status {
      const csiNode = csiNodes.get({ name: info.name });
      try {
        const added: DriverVolumes = new Map();
        addDriverVolumes(added, pod, csiNode, lookup, true);
        const limits = limitsOf(csiNode);
        if (!csiNode || added.size === 0 || limits.size === 0) return success;
        return isWithin(limits, added, info, csiNode) ? success : unschedulable('node(s) exceed max volume count');
      } catch (error) {
        if (error instanceof ClaimNotFound) return unresolvable(error.message);
        return { code: 'error', reasons: [(error as Error).message], error };
      }
    },
    eventsToRegister: () => volumeLimitEvents,
    sign: (pod) => (isConcerned(pod) ? undefined : ''),
  };
}

const isConcerned = ({ spec }: Pod): boolean => spec?.volumes?.some(mayBeAttached) ?? false;

// One function, so that several schedulers may share informers.
const attachmentIndex = ({ spec }: VolumeAttachment): string[] => [spec.nodeName];
