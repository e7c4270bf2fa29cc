import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolumeClaim } from '../../../api/generated/core-v1.ts';
import { allow, type ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { NodeRequest } from './node-restriction.ts';

/** A node reports how far a volume has grown, and nothing else of a claim. */
export function judgeClaimStatus({ node, request }: NodeRequest): ValidationOutcome {
  if (request.subresource !== 'status') return forbidRequest(request, 'may only update PVC status');
  if (request.operation !== 'UPDATE') return forbidRequest(request, `unexpected operation ${JSON.stringify(request.operation)}`);
  const [current, old] = [request.object, request.oldObject].map((claim) => fixedPart(claim as unknown as PersistentVolumeClaim));
  if (isDeepStrictEqual(current, old)) return allow;
  return forbidRequest(request, `node ${JSON.stringify(node)} is not allowed to update fields other than status.capacity and status.conditions`);
}

/** What an update by a node must leave as it was. */
function fixedPart(claim: PersistentVolumeClaim): unknown {
  const { resourceVersion: _revision, managedFields: _fields, ...metadata } = claim.metadata;
  const { capacity: _capacity, conditions: _conditions, allocatedResources: _resources, allocatedResourceStatuses: _statuses, ...status } = claim.status ?? {};
  return { metadata, spec: claim.spec, status };
}
