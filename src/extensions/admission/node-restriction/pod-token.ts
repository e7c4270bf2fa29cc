import type { TokenRequest } from '../../../api/generated/authentication-v1.ts';
import type { Pod, Volume } from '../../../api/generated/core-v1.ts';
import { csidrivers, persistentvolumeclaims, persistentvolumes, pods } from '../../../api/generated/resource-types.ts';
import { notFound } from '../../../api/status.ts';
import { allow, type ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import type { NodeRequest } from './node-restriction.ts';

/** A node gets tokens only for pods it runs, and only for audiences those pods' volumes name. */
export async function judgeToken(asked: NodeRequest): Promise<ValidationOutcome> {
  const { node, request, dependencies } = asked;
  if (request.operation !== 'CREATE' || request.subresource !== 'token') return allow;
  const { boundObjectRef: bound, audiences = [] } = (request.object as unknown as TokenRequest).spec;
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name) return forbidRequest(request, 'node requested token not bound to a pod');
  if (!bound.uid) return forbidRequest(request, 'node requested token with a pod binding without a uid');
  const pod = dependencies.lookup.get(pods, { namespace: request.namespace, name: bound.name });
  if (!pod) return { kind: 'deny', error: notFound(pods, bound.name) };
  if (bound.uid !== pod.metadata.uid) {
    return forbidRequest(
      request,
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (pod.spec?.nodeName !== node) return forbidRequest(request, 'node requested token bound to a pod scheduled on a different node');
  return judgeAudience(asked, pod, audiences);
}

async function judgeAudience({ node, request, dependencies, signal }: NodeRequest, pod: Pod, audiences: readonly string[]): Promise<ValidationOutcome> {
  if (audiences.length > 1) return forbidRequest(request, 'node may only request 0 or 1 audiences');
  const audience = audiences[0] ?? '';
  if (audiencesOf(pod, dependencies.lookup).has(audience)) return allow;
  const decision = await dependencies.authorize?.(
    {
      user: request.user,
      verb: 'request-serviceaccounts-token-audience',
      path: '',
      resource: { group: '', version: 'v1', resource: audience, subresource: '', namespace: request.namespace, name: request.name },
    },
    signal,
  );
  if (decision?.kind === 'allow') return allow;
  return forbidRequest(
    request,
    `audience ${JSON.stringify(audience)} not found in pod spec volume, system:node:${node} is not authorized to request tokens for this audience`,
  );
}

/** `''` stands for the API server's own audience. */
function audiencesOf(pod: Pod, lookup: ObjectLookup): Set<string> {
  const audiences = new Set<string>();
  for (const volume of pod.spec?.volumes ?? []) {
    for (const { serviceAccountToken } of volume.projected?.sources ?? []) {
      if (serviceAccountToken) audiences.add(serviceAccountToken.audience ?? '');
    }
    const driver = driverOf(volume, pod, lookup);
    for (const { audience } of (driver && lookup.get(csidrivers, { name: driver })?.spec.tokenRequests) || []) audiences.add(audience ?? '');
  }
  return audiences;
}

function driverOf(volume: Volume, pod: Pod, lookup: ObjectLookup): string | undefined {
  if (volume.csi) return volume.csi.driver;
  const claim = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral && `${pod.metadata.name}-${volume.name}`);
  if (!claim) return undefined;
  const volumeName = lookup.get(persistentvolumeclaims, { ...(pod.metadata.namespace ? { namespace: pod.metadata.namespace } : {}), name: claim })?.spec
    .volumeName;
  return volumeName ? lookup.get(persistentvolumes, { name: volumeName })?.spec?.csi?.driver : undefined;
}
