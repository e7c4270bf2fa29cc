import type { UntypedObject } from '../../api/object.ts';
import type { ApiError } from '../../api/status.ts';
import type { UserInfo } from '../authentication/contract.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/**
 * Looks at a write after authorization and before it is stored. All `mutate` methods run first, in order, each seeing the result of the one before;
 * then the `validate` methods run in order until one denies: that denial is the answer. Reads are never admitted.
 */
export interface AdmissionPlugin {
  /** Cheap pre-selection: a request for which this answers false never reaches the plugin. Absent: everything does. */
  handles?(request: AdmissionRequest): boolean;
  /** Changes the object: answer `replace` with a new object, or `allow` to leave it. */
  mutate?(request: AdmissionRequest, signal: AbortSignal): MutationOutcome | Promise<MutationOutcome>;
  /** Judges the final object. */
  validate?(request: AdmissionRequest, signal: AbortSignal): ValidationOutcome | Promise<ValidationOutcome>;
}

/** Objects are frozen. `object` is absent for DELETE and CONNECT; `oldObject` is present for UPDATE and DELETE. */
export interface AdmissionRequest {
  /** Unique per request. */
  readonly uid: string;
  /** The same for all that is asked of admission on behalf of one request. */
  readonly requestId?: string;
  readonly operation: AdmissionOperation;
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** `''` for the main resource. */
  readonly subresource: string;
  /** `''` for cluster-scoped resources. */
  readonly namespace: string;
  /** `''` while generateName has not been resolved. */
  readonly name: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly object?: UntypedObject;
  readonly oldObject?: UntypedObject;
  /** The CreateOptions, UpdateOptions, DeleteOptions or, for CONNECT, PodExecOptions and kin. */
  readonly options?: UntypedObject | Record<string, unknown>;
}

export type Allowed = { readonly kind: 'allow'; readonly warnings?: readonly string[] };
/** `error` is what the client gets; built-in plugins use `forbidden(...)`. */
export type Denied = { readonly kind: 'deny'; readonly error: ApiError };
export type MutationOutcome = Allowed | { readonly kind: 'replace'; readonly object: UntypedObject; readonly warnings?: readonly string[] } | Denied;
export type ValidationOutcome = Allowed | Denied;

export const allow: Allowed = { kind: 'allow' };
