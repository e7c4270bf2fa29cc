import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { nodes, pods } from '../../../api/generated/resource-types.ts';
import { notFound } from '../../../api/status.ts';
import { allow, type ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import { configMapNames, isMirrorPod, secretNames } from '../../../extension-points/admission/pod-references.ts';
import type { NodeRequest } from './node-restriction.ts';

/** A node makes and deletes mirror pods of its own, and reports on and evicts pods bound to it. */
export function judgePod(asked: NodeRequest): ValidationOutcome {
  const { request, node } = asked;
  switch (request.subresource) {
    case 'status':
      return judgeStatus(asked);
    case 'eviction':
      return judgeEviction(asked);
    case '':
      break;
    default:
      return forbidRequest(request, `unexpected pod subresource ${JSON.stringify(request.subresource)}, only 'status' and 'eviction' are allowed`);
  }
  if (request.operation === 'CREATE') return judgeMirrorPod(asked);
  if (request.operation === 'DELETE') return ifBound(asked, `node ${JSON.stringify(node)} can only delete pods with spec.nodeName set to itself`);
  return forbidRequest(
    request,
    `unexpected operation ${JSON.stringify(request.operation)}, node ${JSON.stringify(node)} can only create and delete mirror pods`,
  );
}

function ifBound({ request, node, dependencies }: NodeRequest, why: string): ValidationOutcome {
  const name = request.name || request.object?.metadata.name || '';
  if (name === '') return forbidRequest(request, 'could not determine pod from request data');
  const pod = dependencies.lookup.get(pods, { namespace: request.namespace, name });
  if (!pod) return { kind: 'deny', error: notFound(pods, name) };
  return pod.spec?.nodeName === node ? allow : forbidRequest(request, why);
}

function judgeStatus({ request, node }: NodeRequest): ValidationOutcome {
  if (request.operation !== 'UPDATE') return forbidRequest(request, `unexpected operation ${JSON.stringify(request.operation)}`);
  const [pod, old] = [request.object as unknown as Pod, request.oldObject as unknown as Pod];
  const subject = `node ${JSON.stringify(node)}`;
  if (old.spec?.nodeName !== node) return forbidRequest(request, `${subject} can only update pod status for pods with spec.nodeName set to itself`);
  if (!isDeepStrictEqual(pod.metadata.labels ?? {}, old.metadata.labels ?? {}))
    return forbidRequest(request, `${subject} cannot update labels through pod status`);
  if (!isDeepStrictEqual(pod.status?.resourceClaimStatuses ?? [], old.status?.resourceClaimStatuses ?? []))
    return forbidRequest(request, `${subject} cannot update resource claim statues`);
  if (!isDeepStrictEqual(pod.status?.extendedResourceClaimStatus, old.status?.extendedResourceClaimStatus))
    return forbidRequest(request, `${subject} cannot update extended resource claim status`);
  return allow;
}

function judgeEviction(asked: NodeRequest): ValidationOutcome {
  const { request, node } = asked;
  if (request.operation !== 'CREATE') return forbidRequest(request, `unexpected operation ${request.operation}`);
  return ifBound(asked, `node ${node} can only evict pods with spec.nodeName set to itself`);
}

function judgeMirrorPod(asked: NodeRequest): ValidationOutcome {
  const { request, node } = asked;
  const pod = request.object as unknown as Pod;
  const why = ownershipFault(asked, pod) ?? referenceFault(pod);
  return why === undefined ? allow : forbidRequest(request, why.replaceAll('{node}', JSON.stringify(node)));
}

/** Texts name the node as `{node}`. */
function ownershipFault({ node, dependencies }: NodeRequest, pod: Pod): string | undefined {
  if (!isMirrorPod(pod)) return 'pod does not have "kubernetes.io/config.mirror" annotation, node {node} can only create mirror pods';
  if (pod.spec?.nodeName !== node) return 'node {node} can only create pods with spec.nodeName set to itself';
  const owners = pod.metadata.ownerReferences ?? [];
  if (owners.length > 1) return 'node {node} can only create pods with a single owner reference set to itself';
  const owner = owners[0];
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    return 'node {node} can only create pods with an owner reference set to itself';
  if (!owner.controller) return 'node {node} can only create pods with a controller owner reference set to itself';
  if (owner.blockOwnerDeletion) return 'node {node} must not set blockOwnerDeletion on an owner reference';
  const own = dependencies.lookup.get(nodes, { name: node });
  if (!own) return `error looking up node ${node} to verify uid: ${notFound(nodes, node).message}`;
  return owner.uid === own.metadata.uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${own.metadata.uid}`;
}

/** A mirror pod may refer to nothing, or a node could make itself entitled to read it. */
function referenceFault(pod: Pod): string | undefined {
  const refers = (what: string): string => `node {node} can not create pods that reference ${what}`;
  const volumes = pod.spec?.volumes ?? [];
  if (pod.spec?.serviceAccountName) return refers('a service account');
  if (secretNames(pod).size > 0) return refers('secrets');
  if (configMapNames(pod).size > 0) return refers('configmaps');
  if (volumes.some((volume) => volume.projected?.sources?.some((source) => source.clusterTrustBundle))) return refers('clustertrustbundles');
  if (volumes.some((volume) => volume.persistentVolumeClaim)) return refers('persistentvolumeclaims');
  return pod.spec?.resourceClaims?.length ? refers('resourceclaims') : undefined;
}
