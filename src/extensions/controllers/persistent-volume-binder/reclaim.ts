import type { PersistentVolume } from '../../../api/generated/core-v1.ts';
import { isPodFinished } from '../../../extension-points/controllers/pod-state.ts';
import { podsByClaim } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';
import { driverOfPlugin } from '../../../extension-points/scheduling/volumes/in-tree-drivers.ts';
import { migratedTo, provisionedBy } from '../../../extension-points/scheduling/volumes/volume-annotations.ts';
import type { WorkOutcome } from '../../../kernel/work-queue.ts';
import { setVolumePhase } from './bind.ts';
import type { BinderContext } from './binder-context.ts';
import { syncEveryMs } from './claim-sync.ts';

/**
 * Does with a released volume what its policy says. A volume of a CSI driver is deleted by the provisioner that made it; nobody else has a way to delete or to empty
 * one here, so those volumes fail, and keep their data.
 */
export async function reclaim(volume: PersistentVolume, context: BinderContext): Promise<WorkOutcome | void> {
  if (volume.metadata.annotations?.[migratedTo]) return;
  switch (volume.spec.persistentVolumeReclaimPolicy) {
    case 'Retain':
      return;
    case 'Delete': {
      const problem = deleterProblem(volume);
      return problem === undefined ? undefined : fail(volume, 'VolumeFailedDelete', problem, context);
    }
    case 'Recycle':
      return recycle(volume, context);
    default:
      return fail(volume, 'VolumeUnknownReclaimPolicy', 'Volume has unrecognized PersistentVolumeReclaimPolicy', context);
  }
}

async function recycle(volume: PersistentVolume, context: BinderContext): Promise<WorkOutcome | void> {
  const { namespace = '', name = '' } = volume.spec.claimRef ?? {};
  const users = context.pods.byIndex(podsByClaim, `${namespace}/${name}`).filter((pod) => !isPodFinished(pod));
  // A claim of the same name that is there now is another one, with a volume of its own.
  if (users.length === 0 || context.claims.get({ namespace, name }))
    return fail(volume, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!', context);
  const names = users.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort();
  context.events.record(volume, 'Normal', 'VolumeFailedRecycle', `Volume is used by pods: ${names.join(',')}`);
  return { requeueAfterMs: syncEveryMs };
}

/** Why nobody can delete a volume, in upstream's words; undefined when whoever made it will. */
function deleterProblem({ metadata: { annotations, name }, spec }: PersistentVolume): string | undefined {
  const maker = annotations?.[provisionedBy];
  if (maker) return maker.startsWith('kubernetes.io/') && !driverOfPlugin(maker) ? `no volume plugin matched name: ${maker}` : undefined;
  if (spec.csi) return undefined;
  // Upstream empties directories of its own machine for this; what a node holds is not this program's to delete.
  if (spec.hostPath && !/\/tmp\/.+/.test(spec.hostPath.path)) return `host_path deleter only supports /tmp/.+ but received provided ${spec.hostPath.path}`;
  const why = spec.hostPath || spec.nfs ? 'no deletable volume plugin matched' : 'no volume plugin matched';
  return `error getting deleter volume plugin for volume ${JSON.stringify(name)}: ${why}`;
}

async function fail(volume: PersistentVolume, reason: string, message: string, context: BinderContext): Promise<void> {
  if (volume.status?.phase === 'Failed') return;
  context.events.record(await setVolumePhase(volume, 'Failed', context, message), 'Warning', reason, message);
}
