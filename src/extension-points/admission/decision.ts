import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import type { AdmissionOperation } from './contract.ts';

/** What admission made of one write that it changed or refused. JSON throughout: this is also what the API serves. */
export interface AdmissionRecord {
  readonly time: string;
  readonly operation: AdmissionOperation;
  /** What was to be written. `name` is absent while it was to be generated, `namespace` for cluster-scoped objects. */
  readonly target: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly user: string;
  readonly dryRun: boolean;
  readonly result: 'Changed' | 'Denied' | 'Failed';
  /** In the order in which they were taken. */
  readonly steps: readonly AdmissionStepRecord[];
}

export interface AdmissionStepRecord {
  readonly plugin: string;
  readonly result: 'Changed' | 'Denied' | 'Failed';
  /** What the plugin changed, as a JSON patch (RFC 6902). Values of Secrets are left out. */
  readonly patch?: readonly AdmissionPatchOperation[];
  /** Operations that the patch had no room for. */
  readonly omittedOperations?: number;
  /** Why it was refused, as the client was told. */
  readonly code?: number;
  readonly message?: string;
}

export interface AdmissionPatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** One remembered write. */
export interface RecordedAdmission {
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  /** Put into words when it is read. */
  readonly record: AdmissionRecord;
}

export interface AdmissionReader {
  find(namespace: string, name: string): RecordedAdmission | undefined;
  /** In no order. Default: of all namespaces. */
  all(namespace?: string): Iterable<RecordedAdmission>;
}

/** An `AdmissionRecord`, as the API serves it: read-only, kept in memory only. Those of cluster-scoped objects are in the namespace `default`, as events are. */
export interface AdmissionDecision extends KubernetesObject, AdmissionRecord {}

export const admissiondecisions: ResourceType<AdmissionDecision> = {
  group: 'decisions.wherry.dev',
  version: 'v1alpha1',
  resource: 'admissiondecisions',
  kind: 'AdmissionDecision',
  namespaced: true,
};

/** Under this name the API server is given an `AdmissionReader`. */
export const admissionReaderService = 'admission-decisions';
