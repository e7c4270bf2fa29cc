import type { PersistentVolumeClaim, Pod, Volume } from '../../../api/generated/core-v1.ts';
import { persistentvolumeclaims, pods } from '../../../api/generated/resource-types.ts';
import { keyOf, keyText } from '../../../api/object.ts';
import { controllerReference } from '../../../extension-points/controllers/owner-references.ts';
import { defineStatefulReconciler, type NamedController, type ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { claimKeysOfPod, claimOfVolume, ownershipProblem, podsByClaim } from '../../../extension-points/scheduling/volumes/claims-of-pod.ts';

/** Makes the claims of pods' ephemeral volumes from their templates. Garbage collection removes them with the pod. */
export function ephemeralVolumeController(): NamedController {
  return defineStatefulReconciler(
    { name: 'ephemeral-volume-controller', primary: pods, predicate: { added: wantsClaims, updated: () => false, deleted: () => false } },
    (host) => {
      const { informers, enqueue } = host;
      const known = informers.informer(pods);
      known.addIndex(podsByClaim, claimKeysOfPod);
      // A claim that somebody deleted is made again for as long as its pod is there.
      host.listen(persistentvolumeclaims, {
        deleted: (claim) => {
          for (const pod of known.byIndex(podsByClaim, keyText(keyOf(claim)))) if (wantsClaims(pod)) enqueue(keyOf(pod));
        },
      });
      const events = host.events.as('ephemeral_volume');
      return async (key) => {
        const pod = known.get(key);
        if (!pod || !wantsClaims(pod)) return;
        for (const volume of pod.spec.volumes ?? []) {
          try {
            if (volume.ephemeral) await ensureClaim(pod, volume, host);
          } catch (error) {
            const problem = `ephemeral volume ${volume.name}: ${(error as Error).message}`;
            events.record(pod, 'Warning', 'FailedBinding', problem);
            throw new Error(`pod ${keyText(key)}, ${problem}`, { cause: error });
          }
        }
      };
    },
  );
}

const wantsClaims = ({ metadata, spec }: Pod): boolean => !metadata.deletionTimestamp && (spec.volumes?.some(({ ephemeral }) => ephemeral) ?? false);

async function ensureClaim(pod: Pod, volume: Volume, { client, informers }: ReconcilerHost): Promise<void> {
  const { name } = claimOfVolume(pod, volume)!;
  const { namespace = '' } = pod.metadata;
  const known = informers.informer(persistentvolumeclaims).get({ namespace, name });
  const problem = known && ownershipProblem(pod, known);
  if (problem !== undefined) throw new Error(problem);
  if (known) return;
  const { metadata: { labels, annotations } = {}, spec } = volume.ephemeral!.volumeClaimTemplate!;
  const metadata = {
    namespace,
    name,
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ownerReferences: [controllerReference(pod, pods)],
  };
  const claim: PersistentVolumeClaim = { metadata, spec };
  await client.create(persistentvolumeclaims, claim).catch((error: unknown) => {
    throw new Error(`create PVC ${name}: ${(error as Error).message}`, { cause: error });
  });
}
