import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyRule } from '../api/generated/rbac-v1.ts';
import { unavailable } from '../api/status.ts';
import type { Client } from '../client/client.ts';
import { ensureBootstrapObjects } from '../components/api-server/bootstrap/ensure-bootstrap-objects.ts';
import { nodeRules } from '../components/api-server/bootstrap/rbac-objects.ts';
import { createStoreLookup } from '../components/api-server/bootstrap/store-lookup.ts';
import type { ClusterCertificates } from '../components/api-server/certificates/ensure-certificates.ts';
import { startFlowControlUpkeep } from '../components/api-server/fairness/flow-control-upkeep.ts';
import type { ApiServer } from '../components/api-server/options.ts';
import { startApiServer } from '../components/api-server/start-api-server.ts';
import { openObjectStore } from '../components/api-server/store/object-store.ts';
import type { AccessOptions } from '../components/cli/access-options.ts';
import type { StageReporter } from '../components/cli/distribution.ts';
import type { AdmissionPlugin } from '../extension-points/admission/contract.ts';
import type { AdmissionObserver } from '../extension-points/admission/run.ts';
import type { Authenticator } from '../extension-points/authentication/contract.ts';
import { createAccessServices } from '../extension-points/authorization/access-services.ts';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../extension-points/authorization/contract.ts';
import { authorize } from '../extension-points/authorization/run.ts';
import { devicedecisionreports } from '../extension-points/devices/decision.ts';
import type { ResourceDefinition } from '../extension-points/resources/contract.ts';
import type { Storage } from '../extension-points/storage/contract.ts';
import { createServiceAccountIssuer } from '../extensions/authentication/service-account/service-account-issuer.ts';
import { createNodeAuthorizer } from '../extensions/authorization/node/node.ts';
import { createRbacAuthorizer } from '../extensions/authorization/rbac/rbac.ts';
import { openSqliteStorage } from '../extensions/storage/sqlite/sqlite-storage.ts';
import type { Clock } from '../kernel/clock.ts';
import type { DisposalStack } from '../kernel/disposal.ts';
import { ExtensionPoint } from '../kernel/extension-point.ts';
import type { Log } from '../kernel/log.ts';
import { openAuthenticators, openAuthorizers, openServerAccess } from './access.ts';
import { admissionPlugins, authenticators, type Listed, resources } from './control-plane.ts';

/** The extension points of the API server. */
export interface ApiPoints {
  readonly resources: ExtensionPoint<ResourceDefinition>;
  readonly admission: ExtensionPoint<AdmissionPlugin>;
  readonly authentication: ExtensionPoint<Authenticator>;
  readonly authorization: ExtensionPoint<Authorizer>;
}

export const createApiPoints = (): ApiPoints => ({
  resources: new ExtensionPoint('resources'),
  admission: new ExtensionPoint('admission'),
  authentication: new ExtensionPoint('authentication'),
  authorization: new ExtensionPoint('authorization'),
});

export interface ApiOptions {
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly certificates: ClusterCertificates;
  readonly points: ApiPoints;
  /** All points of the process, for `/debug/extensions`. */
  readonly allPoints: readonly ExtensionPoint<object>[];
  readonly access: AccessOptions;
  /** What resource definitions reach by name, besides what this adds. */
  readonly services?: ReadonlyMap<string, unknown>;
  /** Told of every admission step that changed or refused a write. */
  readonly observeAdmission?: AdmissionObserver;
  readonly clock: Clock;
  readonly log: Log;
}

/** What nodes of ours may do beside what upstream's role has. */
const reportingRule: PolicyRule = { apiGroups: [devicedecisionreports.group], resources: [devicedecisionreports.resource], verbs: ['create'] };

/** Opens the store and serves the API on it; what it starts is put on `stack`. Rejects, saying what to do, when the store is unusable or the port is taken. */
export async function startApi(options: ApiOptions, stack: DisposalStack, progress: StageReporter): Promise<ApiServer> {
  const { clock, log, points, certificates } = options;
  const store = await progress.stage('store', async (note) => {
    const path = join(options.dataDirectory, 'store.db');
    // It holds Secrets; what SQLite puts beside it gets the same mode.
    closeSync(openSync(path, 'a', 0o600));
    const storage = stack.use(await openSqliteStorage({ path, log: log.scope('storage') }));
    const opened = stack.use(await openObjectStore({ storage, clock, log: log.scope('store') }));
    note(`${path}, revision ${opened.revision}`);
    return { storage, objects: opened };
  });
  const lookup = createStoreLookup(store.objects);
  const rbac = stack.use(createRbacAuthorizer({ lookup }));
  const node = stack.use(createNodeAuthorizer({ lookup, rules: [...nodeRules(), reportingRule] }));
  const issuer = createServiceAccountIssuer({ key: certificates.serviceAccountKey.privateKeyPem, lookups: lookup, clock });
  const ask = (attributes: AuthorizationAttributes, signal: AbortSignal): Promise<AuthorizationDecision> =>
    authorize(points.authorization, attributes, signal, log);
  addAll(points.resources, resources());
  const access = { options: options.access, stack, clock, log: log.scope('access') };
  const added = await openAuthenticators(access, { issuer: issuer.issuer });
  addAll(points.authentication, [...added.first, ...authenticators({ issuer, lookup, clock }), ...added.tokens]);
  await openAuthorizers(access, { point: points.authorization, node, rbac });
  let own: Client | undefined;
  const ownClient = (): Client => {
    if (!own) throw unavailable('the API server has not started yet');
    return own;
  };
  addAll(points.admission, admissionPlugins({ lookup, clock, rbac, authorize: ask, ownClient }));
  return progress.stage('API server', async (note) => {
    const nodeClient = await certificates.apiServerToNodeAgent();
    const state = { isBootstrapped: false };
    const server = await startApiServer({
      store: store.objects,
      ...{ resources: points.resources, authenticators: points.authentication, authorizers: points.authorization, admission: points.admission },
      tls: { certificate: certificates.apiServer.certificatePem, key: certificates.apiServer.privateKeyPem, clientCa: certificates.ca.certificatePem },
      nodeTls: { certificate: nodeClient.certificatePem, key: nodeClient.privateKeyPem, ca: certificates.ca.certificatePem },
      host: options.host,
      port: options.port,
      localSocket: join(options.dataDirectory, 'wherry.sock'),
      clock,
      log,
      audiences: issuer.apiAudiences,
      ...(await openServerAccess(access)),
      ...(added.allowsAnonymous ? { allowsAnonymous: added.allowsAnonymous } : {}),
      extensionPoints: options.allPoints,
      services: new Map([
        ...(options.services ?? []),
        ...createAccessServices({ authentication: points.authentication, authorization: points.authorization, issuer, log }),
      ]),
      ...(options.observeAdmission ? { observeAdmission: options.observeAdmission } : {}),
      storageSizeBytes: async () => (await store.storage.statistics()).sizeBytes,
    }).catch((error: unknown) => Promise.reject(listenError(error, options.port)));
    own = server.client({ name: 'system:apiserver', groups: ['system:masters'] });
    stack.use(server);
    stack.use(addHealthChecks(server, store.storage, state));
    await ensureBootstrapObjects(store.objects, {
      nowMs: clock.now(),
      apiServerAddress: options.host,
      apiServerPort: server.port,
      apiServerUrl: server.url,
      caPem: certificates.ca.certificatePem,
    });
    state.isBootstrapped = true;
    stack.use(startFlowControlUpkeep({ store: store.objects, clock, log }));
    note(server.url);
    return server;
  });
}

/** The checks of `/livez` and `/readyz` under upstream's names. Objects are served from memory, so what upstream's informers do is done once the store is read. */
function addHealthChecks(server: ApiServer, storage: Storage, state: { readonly isBootstrapped: boolean }): Disposable {
  const readStorage = async (): Promise<void> => void (await storage.statistics());
  const bootstrapped = (): void => {
    if (!state.isBootstrapped) throw new Error('not finished');
  };
  const added = [
    server.addHealthCheck({ name: 'etcd', liveness: true, check: readStorage }),
    server.addHealthCheck({ name: 'etcd-readiness', check: readStorage }),
    server.addHealthCheck({ name: 'informer-sync', check: () => {} }),
    ...['rbac/bootstrap-roles', 'scheduling/bootstrap-system-priority-classes', 'start-system-namespaces-controller'].map((name) =>
      server.addHealthCheck({ name: `poststarthook/${name}`, liveness: true, check: bootstrapped }),
    ),
  ];
  return { [Symbol.dispose]: () => added.forEach((check) => check[Symbol.dispose]()) };
}

/** Adds a list to a point, in order, as built-in. */
export function addAll<Contract extends object>(point: ExtensionPoint<Contract>, list: readonly Listed<Contract>[]): void {
  for (const { name, implementation } of list) point.add({ name, origin: 'built-in', implementation });
}

function listenError(error: unknown, port: number): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new Error(`port ${port} is taken; free it, or choose another with --port (0 takes any free one)`);
  if (code === 'EACCES') return new Error(`port ${port} needs root; choose one above 1023 with --port`);
  if (code === 'EADDRNOTAVAIL') return new Error('this machine does not have the address to listen on; choose another with --host');
  return error instanceof Error ? error : new Error(String(error));
}
