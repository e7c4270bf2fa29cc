import type { Pod, PodResourceClaim } from '../../../api/generated/core-v1.ts';
import { pods, resourceclaims, resourceclaimtemplates } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '../../../api/generated/resource-v1.ts';
import { keyOf } from '../../../api/object.ts';
import type { ReconcilerHost } from '../../../extension-points/controllers/reconcile.ts';
import { claimReferenceOf, ownershipProblem, podClaimAnnotation } from '../../../extension-points/scheduling/devices/claims-of-pod.ts';
import { claimsByOwner, ownerUidOfClaim } from './claims-in-use.ts';

/** Leaves room for a hyphen and five letters by lot in a name of 63. */
const longestBase = 57;

/** Makes claims from templates, each once. */
export class ClaimMaker {
  readonly #host: ReconcilerHost;
  /** What was made and the informer does not show yet: by the UID of the pod and the entry. */
  readonly #made = new Map<string, ResourceClaim>();

  constructor(host: ReconcilerHost) {
    this.#host = host;
    host.informers.informer(resourceclaims).addIndex(claimsByOwner, ownerUidOfClaim);
    const forget = (claim: ResourceClaim): void => {
      for (const uid of ownerUidOfClaim(claim)) this.#made.delete(placeOf(uid, claim.metadata.annotations?.[podClaimAnnotation]));
    };
    host.listen(resourceclaims, { added: forget, deleted: forget });
    host.listen(pods, {
      deleted: ({ metadata, spec }) => {
        for (const { name } of spec?.resourceClaims ?? []) this.#made.delete(placeOf(metadata.uid, name));
      },
    });
  }

  /** The name of the claim to be noted for an entry of the pod; undefined when nothing is to be noted. Rejects, in upstream's words, when there is no template. */
  async ensure(pod: Pod, entry: PodResourceClaim): Promise<string | undefined> {
    const reference = claimReferenceOf(pod, entry);
    if (reference.kind === 'none' || entry.resourceClaimTemplateName === undefined) return undefined;
    const claims = this.#host.informers.informer(resourceclaims);
    if (reference.kind === 'named') {
      // Somebody may have deleted it by mistake: then it is made again.
      const claim = claims.get({ namespace: pod.metadata.namespace ?? '', name: reference.name });
      if (claim && ownershipProblem(pod, claim) === undefined) return undefined;
    }
    // One may have been made before, without the pod having been told.
    const orphan =
      this.#made.get(placeOf(pod.metadata.uid, entry.name)) ??
      claims
        .byIndex(claimsByOwner, pod.metadata.uid ?? '')
        .find((claim) => claim.metadata.annotations?.[podClaimAnnotation] === entry.name && ownershipProblem(pod, claim) === undefined);
    return (orphan ?? (await this.#make(pod, entry, entry.resourceClaimTemplateName))).metadata.name;
  }

  async #make(pod: Pod, { name }: PodResourceClaim, templateName: string): Promise<ResourceClaim> {
    const { client, informers } = this.#host;
    const template = informers.informer(resourceclaimtemplates).get({ namespace: pod.metadata.namespace ?? '', name: templateName });
    const quoted = JSON.stringify(templateName);
    if (!template) throw new Error(`resource claim template ${quoted}: resourceclaimtemplate.resource.k8s.io ${quoted} not found`);
    const made = await client.create(resourceclaims, claimFrom(template, pod, name)).catch((error: unknown) => {
      throw new Error(`create ResourceClaim : ${(error as Error).message}`, { cause: error });
    });
    if (!informers.informer(resourceclaims).get(keyOf(made))) this.#made.set(placeOf(pod.metadata.uid, name), made);
    return made;
  }
}

const placeOf = (podUid: string | undefined, entry: string | undefined): string => `${podUid} ${entry}`;

function claimFrom({ spec }: ResourceClaimTemplate, { metadata }: Pod, entry: string): ResourceClaim {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: metadata.name ?? '', uid: metadata.uid ?? '', controller: true };
  return {
    metadata: {
      ...{ namespace: metadata.namespace ?? '', generateName: generatedName(metadata.name ?? '', entry) },
      ownerReferences: [owner],
      annotations: { ...spec.metadata?.annotations, [podClaimAnnotation]: entry },
      ...(spec.metadata?.labels ? { labels: spec.metadata.labels } : {}),
    },
    spec: spec.spec,
  };
}

/** Of both names so much is kept that neither is lost. */
function generatedName(podName: string, entry: string): string {
  const full = `${podName}-${entry}-`;
  if (full.length <= longestBase) return full;
  const kept = (part: string): string => part.slice(0, Math.trunc((part.length * longestBase) / full.length));
  return `${kept(podName)}-${kept(entry)}`;
}
