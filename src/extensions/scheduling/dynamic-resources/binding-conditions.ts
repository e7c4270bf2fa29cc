import type { Condition } from '../../../api/generated/meta-v1.ts';
import type { AllocatedDeviceStatus, DeviceRequestAllocationResult, ResourceClaim } from '../../../api/generated/resource-v1.ts';

/** Whether the devices of a claim were made ready for their node. */
export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting' }
  /** It waits for longer than it may. */
  | { readonly kind: 'late' }
  /** A driver gave up; `problem` in upstream's words. */
  | { readonly kind: 'failed'; readonly problem: string };

const ready: Readiness = { kind: 'ready' };
const waiting: Readiness = { kind: 'waiting' };
const late: Readiness = { kind: 'late' };

/** Looks at the conditions that drivers set on the devices of an allocated claim; ready when they ask for none. */
export function readiness(claim: ResourceClaim, timeoutMs: number, nowMs: number): Readiness {
  const { allocation, devices = [] } = claim.status ?? {};
  const results = (allocation?.devices?.results ?? []).filter(({ bindingConditions }) => bindingConditions?.length);
  for (const result of results) {
    const conditions = devices.find((device) => isSame(device, result))?.conditions;
    for (const type of result.bindingFailureConditions ?? []) {
      const failed = conditions?.find((condition) => condition.type === type && condition.status === 'True');
      if (failed)
        return {
          kind: 'failed',
          problem: `device binding failed: claim=${claim.metadata.name}, reason=${failed.reason}, message=${JSON.stringify(failed.message)}`,
        };
    }
    if (!result.bindingConditions!.every((type) => isTrue(conditions, type))) return isLate(claim, timeoutMs, nowMs) ? late : waiting;
  }
  return ready;
}

export const hasBindingConditions = ({ status }: ResourceClaim): boolean =>
  status?.allocation?.devices?.results?.some(({ bindingConditions }) => bindingConditions?.length) ?? false;

function isLate({ status }: ResourceClaim, timeoutMs: number, nowMs: number): boolean {
  const since = status?.allocation?.allocationTimestamp;
  return since !== undefined && Date.parse(since) + timeoutMs < nowMs;
}

const isSame = (status: AllocatedDeviceStatus, result: DeviceRequestAllocationResult): boolean =>
  status.driver === result.driver && status.pool === result.pool && status.device === result.device && status.shareID === result.shareID;

const isTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
