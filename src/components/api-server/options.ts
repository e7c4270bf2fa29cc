import type { Client, ClientIdentity } from '../../client/client.ts';
import type { AdmissionPlugin } from '../../extension-points/admission/contract.ts';
import type { AdmissionObserver } from '../../extension-points/admission/run.ts';
import type { Authenticator } from '../../extension-points/authentication/contract.ts';
import type { Authorizer } from '../../extension-points/authorization/contract.ts';
import type { ResourceDefinition } from '../../extension-points/resources/contract.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import type { Auditor } from './audit/auditor.ts';
import type { AuditTrail } from './http/audit-trail.ts';
import type { ObjectStore } from './store/contract.ts';

/** Everything an API server needs. Certificates and keys are PEM. */
export interface ApiServerOptions {
  readonly store: ObjectStore;
  readonly resources: ExtensionPoint<ResourceDefinition>;
  readonly authenticators: ExtensionPoint<Authenticator>;
  readonly authorizers: ExtensionPoint<Authorizer>;
  readonly admission: ExtensionPoint<AdmissionPlugin>;
  /** `clientCa` verifies client certificates. */
  readonly tls: { readonly certificate: string; readonly key: string; readonly clientCa: string };
  readonly host: string;
  /** Told of every admission step that changed or refused a write. */
  readonly observeAdmission?: AdmissionObserver;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where a socket for programs of the same user is made. Default: there is none. */
  readonly localSocket?: string;
  /** What resource definitions reach through `ResourceServices.service`. `service-account-issuer` also answers the OpenID paths. */
  readonly services: ReadonlyMap<string, unknown>;
  /** The client certificate for talking to node agents, and the authority that signed theirs. Absent: node sub-resources answer 503. */
  readonly nodeTls?: { readonly certificate: string; readonly key: string; readonly ca: string };
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<ServerLimits>;
  /** The text of `gitVersion`. Default `v1.36.0+wherry`. */
  readonly gitVersion?: string;
  /** What `GET /debug/extensions` lists. */
  readonly extensionPoints?: readonly ExtensionPoint<object>[];
  /** Bytes the storage takes, for metrics. */
  readonly storageSizeBytes?: () => Promise<number>;
  /** Records requests as an audit policy has it. Absent: nothing is recorded. */
  readonly auditor?: Auditor;
  /** PEM of the authority of proxies that may name users in headers. */
  readonly requestHeaderCa?: string;
  /** Whether a request without credentials may be anonymous there. Default: everywhere. */
  readonly allowsAnonymous?: (path: string) => boolean;
  /** Audiences of bearer tokens meant for this server. */
  readonly audiences?: readonly string[];
}

/** Bounds on what one server takes in. */
export interface ServerLimits {
  /** Their sum is the seats that priority and fairness divides. The latter is also how many uploads one user may have under way. */
  readonly readsInFlight: number;
  readonly writesInFlight: number;
  readonly bodyBytes: number;
  /** Seconds a client has to send a body. */
  readonly bodySeconds: number;
  /** Seconds a client has to take a large answer; it keeps its seat as long. As upstream's request timeout. */
  readonly answerSeconds: number;
  /** Events a watcher may lag behind before it is dropped. */
  readonly watchBacklogEvents: number;
  /** Bytes it may lag behind. */
  readonly watchBacklogBytes: number;
  /** Seconds after which a watch without `timeoutSeconds` ends: between this and twice this. */
  readonly watchTimeoutSeconds: number;
  /** Items per list answer held in memory before yielding to other requests. */
  readonly listChunkItems: number;
  /** Responses larger than this are compressed for clients that accept gzip. */
  readonly gzipBytes: number;
}

export const defaultLimits: ServerLimits = {
  readsInFlight: 400,
  writesInFlight: 200,
  bodyBytes: 3 * 1024 * 1024,
  bodySeconds: 60,
  answerSeconds: 60,
  watchBacklogEvents: 20_000,
  watchBacklogBytes: 64 * 1024 * 1024,
  watchTimeoutSeconds: 1_800,
  listChunkItems: 64,
  gzipBytes: 128 * 1024,
};

/** Who an in-process client acts as. */
export type InProcessIdentity = ClientIdentity & { readonly uid?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };

/** A check behind `/readyz` (and `/livez` when `liveness`): answers or resolves when fine, throws or rejects when not. */
export interface HealthCheck {
  readonly name: string;
  readonly liveness?: boolean;
  check(): void | Promise<void>;
}

/** A serving API server. Disposing ends watches with a clean end of stream, waits shortly for requests under way and closes the port. */
export interface ApiServer extends AsyncDisposable {
  /** `https://host:port` */
  readonly url: string;
  readonly port: number;
  /** The path of the socket for programs of the same user, if there is one. */
  readonly localSocket: string | undefined;
  /** A client that calls the pipeline directly, without sockets or JSON. */
  client(identity: InProcessIdentity): Client;
  addHealthCheck(check: HealthCheck): Disposable;
  /** The newest requests, and a place to observe all of them. */
  readonly audit: AuditTrail;
}
