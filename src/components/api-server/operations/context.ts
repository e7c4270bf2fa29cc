import type { ObjectKey } from '../../../api/object.ts';
import type { AdmissionOperation, AdmissionPlugin } from '../../../extension-points/admission/contract.ts';
import type { AdmissionObserver } from '../../../extension-points/admission/run.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import type { Authorizer } from '../../../extension-points/authorization/contract.ts';
import type { ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ExtensionPoint } from '../../../kernel/extension-point.ts';
import type { Log } from '../../../kernel/log.ts';
import type { ServerLimits } from '../options.ts';
import type { ResourceIndex, ServedResource } from '../resource-index.ts';
import type { Collection, ObjectStore } from '../store/contract.ts';
import { computedCollection } from './computed-collection.ts';
import type { WriteTurns } from './write-turns.ts';

/** What every operation works with; one per server. */
export interface Machinery {
  readonly store: ObjectStore;
  readonly resources: ResourceIndex;
  readonly admission: ExtensionPoint<AdmissionPlugin>;
  readonly observeAdmission: AdmissionObserver | undefined;
  readonly authorizers: ExtensionPoint<Authorizer>;
  readonly services: ResourceServices;
  readonly limits: ServerLimits;
  /** Lines up writers of the same object. */
  readonly turns: WriteTurns;
  readonly clock: Clock;
  readonly log: Log;
}

/** One request, whatever it came in by. */
export interface RequestContext {
  readonly user: UserInfo;
  /** Unique; the audit id. */
  readonly requestId: string;
  /** What the client calls itself; writes that name no field manager are tracked under it. */
  readonly userAgent?: string | undefined;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** Adds a `Warning` header to the answer. */
  warn(text: string): void;
}

/** What a request is about. `namespace` is `''` for cluster-scoped resources and for all namespaces; `name` is `''` for collections. */
export interface Target {
  readonly served: ServedResource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** The query parameters of a write. */
export interface WriteRequestOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** Apply only: take fields over from other managers. */
  readonly force: boolean;
}

/** Where the objects of a resource are read. */
export const collectionOf = (machinery: Machinery, served: ServedResource): Collection =>
  served.definition.computed
    ? computedCollection(machinery, served, served.definition.computed(machinery.services))
    : machinery.store.collection(served.prefix);

export const targetKey = (target: Target): ObjectKey => (target.namespace === '' ? { name: target.name } : { namespace: target.namespace, name: target.name });

/** What hooks of the definition are told about a write. */
export function writeContext(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  write: { operation: AdmissionOperation; dryRun: boolean; name?: string },
): WriteContext {
  return {
    operation: write.operation,
    user: context.user,
    nowMs: machinery.clock.now(),
    dryRun: write.dryRun,
    version: target.served.version,
    subresource: target.subresource,
    key: write.name === undefined ? targetKey(target) : targetKey({ ...target, name: write.name }),
  };
}
