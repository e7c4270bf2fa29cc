import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import type { NumaMask } from './numa-mask.ts';

/** On which NUMA nodes a resource could be had. */
export interface TopologyHint {
  /** Undefined: any will do. */
  readonly affinity: NumaMask | undefined;
  /** Whether this is as few nodes as the request can ever do with. */
  readonly isPreferred: boolean;
}

/** By resource. Undefined: no preference. Empty: it cannot be had at all. No resources: no preference either. */
export type ResourceHints = ReadonlyMap<string, readonly TopologyHint[] | undefined>;

export const noHints: ResourceHints = new Map();
/** What is handed to providers when nobody aligns anything. */
export const anyAffinity: TopologyHint = { affinity: undefined, isPreferred: false };

/** Who hands out a resource that is nearer to some NUMA nodes than to others. */
export interface HintProvider {
  containerHints(pod: Pod, container: Container): ResourceHints;
  podHints(pod: Pod): ResourceHints;
  /** Gives the container what it asks for, as near to where the hint says as can be. Idempotent. Throws with the reason when it cannot, or when the signal aborts. */
  allocateContainer(pod: Pod, container: Container, hint: TopologyHint, signal: AbortSignal): Promise<void>;
}

/** A refusal with a reason of its own, which the pod's status shows. */
export class AdmissionError extends Error {
  override readonly name = 'AdmissionError';
  readonly reason: string;
  /** For those who ask why: more than the status has room for. */
  readonly detail: string | undefined;

  constructor(reason: string, message: string, detail?: string) {
    super(message);
    this.reason = reason;
    this.detail = detail;
  }
}
