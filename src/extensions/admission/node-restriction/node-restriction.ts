import type { UntypedObject } from '../../../api/object.ts';
import { type AdmissionPlugin, type AdmissionRequest, allow, type ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import { nodeNameOf } from '../../../extension-points/authentication/node-identity.ts';
import type { AuthorizationAttributes, AuthorizationDecision } from '../../../extension-points/authorization/contract.ts';
import { judgeCertificateRequest } from './certificate-request.ts';
import { judgeClaimStatus } from './claim-status.ts';
import { judgeNode } from './own-node.ts';
import { judgePod } from './own-pods.ts';
import { judgeToken } from './pod-token.ts';

export interface NodeRestrictionDependencies {
  readonly lookup: ObjectLookup;
  /** Asks the whole chain of authorizers: whether a node may have tokens for an audience that no pod of its own names. Absent: it may not. */
  readonly authorize?: (attributes: AuthorizationAttributes, signal: AbortSignal) => Promise<AuthorizationDecision>;
}

/** A request by a node, and what judging it takes. */
export interface NodeRequest {
  readonly node: string;
  readonly request: AdmissionRequest;
  readonly dependencies: NodeRestrictionDependencies;
  readonly signal: AbortSignal;
}

/** Nodes change nothing but their own Node, Lease, CSINode and slices, the pods bound to them, and tokens for those. */
export function createNodeRestriction(dependencies: NodeRestrictionDependencies): AdmissionPlugin {
  return {
    handles: ({ user, operation }) => operation !== 'CONNECT' && user.groups.includes('system:nodes'),
    validate(request, signal) {
      const node = nodeNameOf(request.user);
      if (node === undefined) return allow;
      if (node === '') return forbidRequest(request, `could not determine node from user ${JSON.stringify(request.user.name)}`);
      const { group, resource } = request.resource;
      const judge = judges[group === '' ? resource : `${resource}.${group}`];
      return judge ? judge({ node, request, dependencies, signal }) : allow;
    },
  };
}

type Judge = (asked: NodeRequest) => ValidationOutcome | Promise<ValidationOutcome>;

const judges: Readonly<Record<string, Judge>> = {
  pods: judgePod,
  nodes: judgeNode,
  persistentvolumeclaims: judgeClaimStatus,
  serviceaccounts: judgeToken,
  'leases.coordination.k8s.io': judgeLease,
  'csinodes.storage.k8s.io': judgeCsiNode,
  'resourceslices.resource.k8s.io': judgeSlice,
  'certificatesigningrequests.certificates.k8s.io': judgeCertificateRequest,
};

const requestedName = ({ request }: NodeRequest): string => (request.operation === 'CREATE' ? (request.object?.metadata.name ?? '') : request.name);

function judgeLease(asked: NodeRequest): ValidationOutcome {
  if (asked.request.namespace !== 'kube-node-lease') return forbidRequest(asked.request, 'can only access leases in the "kube-node-lease" system namespace');
  return requestedName(asked) === asked.node ? allow : forbidRequest(asked.request, 'can only access node lease with the same name as the requesting node');
}

function judgeCsiNode(asked: NodeRequest): ValidationOutcome {
  return requestedName(asked) === asked.node ? allow : forbidRequest(asked.request, 'can only access CSINode with the same name as the requesting node');
}

function judgeSlice({ node, request }: NodeRequest): ValidationOutcome {
  const verb = { CREATE: 'create', DELETE: 'delete' }[request.operation as string];
  const slice: UntypedObject | undefined = request.operation === 'CREATE' ? request.object : request.oldObject;
  if (verb === undefined || (slice?.['spec'] as { nodeName?: string } | undefined)?.nodeName === node) return allow;
  return forbidRequest(request, `can only ${verb} ResourceSlice with the same NodeName as the requesting node`);
}
