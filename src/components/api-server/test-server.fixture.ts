import { Agent, request as httpsRequest } from 'node:https';
import type { Deployment } from '../../api/generated/apps-v1.ts';
import type { PodSpec, PodStatus } from '../../api/generated/core-v1.ts';
import {
  configmaps,
  deployments,
  events,
  events_events_v1,
  leases,
  namespaces,
  nodes,
  pods,
  secrets,
  selfsubjectaccessreviews,
} from '../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import type { AdmissionPlugin } from '../../extension-points/admission/contract.ts';
import type { Authenticator } from '../../extension-points/authentication/contract.ts';
import type { Authorizer } from '../../extension-points/authorization/contract.ts';
import type { ResourceDefinition } from '../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../extension-points/resources/define.ts';
import { ageColumn, nameColumn } from '../../extension-points/resources/printer.ts';
import { scaleSubresource } from '../../extension-points/resources/subresources.ts';
import { systemClock } from '../../kernel/clock.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import { type CertificateAndKey, mintCertificateAuthority, mintClientCertificate, mintServingCertificate } from './certificates/mint-certificate.ts';
import type { ApiServer, ApiServerOptions } from './options.ts';
import { startApiServer } from './start-api-server.ts';
import type { ObjectStore } from './store/contract.ts';
import { FakeStorage } from './store/fake-storage.fixture.ts';
import { openObjectStore } from './store/object-store.ts';

/** A server for tests: a memory store, a few kinds, everyone may do everything unless an authorizer is given. */
export interface TestServer extends AsyncDisposable {
  readonly server: ApiServer;
  readonly store: ObjectStore;
  readonly storage: FakeStorage;
  readonly ca: CertificateAndKey;
  readonly admin: CertificateAndKey;
  readonly points: {
    readonly resources: ExtensionPoint<ResourceDefinition>;
    readonly authenticators: ExtensionPoint<Authenticator>;
    readonly authorizers: ExtensionPoint<Authorizer>;
    readonly admission: ExtensionPoint<AdmissionPlugin>;
  };
  /** Sends a request as the administrator (or with the given headers) and reads the whole answer. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string | string[]>;
  /** Without the administrator's certificate. */
  readonly isAnonymous?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; fails for others. */
  readonly json: Record<string, any>;
}

let credentials: Promise<{ ca: CertificateAndKey; serving: CertificateAndKey; admin: CertificateAndKey }> | undefined;

/** Minted once per test process. */
const mintCredentials = (): NonNullable<typeof credentials> =>
  (credentials ??= (async () => {
    const nowMs = Date.now();
    const ca = await mintCertificateAuthority({ commonName: 'test', days: 1, nowMs });
    const serving = await mintServingCertificate(ca, { commonName: 'apiserver', days: 1, nowMs, serverNames: ['localhost'], serverAddresses: ['127.0.0.1'] });
    const admin = await mintClientCertificate({ ca, commonName: 'admin', organizations: ['system:masters'], days: 1, nowMs });
    return { ca, serving, admin };
  })());

export async function startTestServer(
  more: Partial<ApiServerOptions> & { authorizer?: Authorizer; prepare?: (storage: FakeStorage) => void } = {},
): Promise<TestServer> {
  const { authorizer, prepare, ...options } = more;
  const { ca, serving, admin } = await mintCredentials();
  const points: TestServer['points'] = {
    resources: new ExtensionPoint('resources'),
    authenticators: new ExtensionPoint('authentication'),
    authorizers: new ExtensionPoint('authorization'),
    admission: new ExtensionPoint('admission'),
  };
  testDefinitions().forEach((definition) =>
    points.resources.add({
      name: `${definition.resource}.${definition.group}`,
      origin: definition.group === 'example.com' ? 'test' : 'built-in',
      implementation: definition,
    }),
  );
  points.authenticators.add({ name: 'test', origin: 'test', implementation: testAuthenticator });
  points.authorizers.add({ name: 'test', origin: 'test', implementation: authorizer ?? { authorize: () => ({ kind: 'allow', reason: '' }) } });
  const storage = new FakeStorage();
  prepare?.(storage);
  const store = await openObjectStore({ storage, clock: systemClock, log: silentLog });
  const server = await startApiServer({
    store,
    ...points,
    tls: { certificate: serving.certificatePem, key: serving.privateKeyPem, clientCa: ca.certificatePem },
    host: '127.0.0.1',
    port: 0,
    services: new Map(),
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  const agent = new Agent({ keepAlive: true, ca: ca.certificatePem, cert: admin.certificatePem, key: admin.privateKeyPem });
  const anonymousAgent = new Agent({ keepAlive: true, ca: ca.certificatePem });
  return {
    server,
    store,
    storage,
    ca,
    admin,
    points,
    call: (method, path, call = {}) => send(server, call.isAnonymous ? anonymousAgent : agent, { method, path, call }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      anonymousAgent.destroy();
      await server[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

function send(server: ApiServer, agent: Agent, { method, path, call }: { method: string; path: string; call: CallOptions }): Promise<Answer> {
  const { body, headers = {} } = call;
  const bytes = body === undefined ? undefined : typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const type = bytes === undefined || headers['content-type'] ? {} : { 'content-type': 'application/json' };
    const outgoing = httpsRequest(
      { host: '127.0.0.1', port: server.port, method, path, agent, headers: { ...type, ...(bytes ? { 'content-length': bytes.length } : {}), ...headers } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const whole = Buffer.concat(chunks);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            bytes: whole,
            text: whole.toString(),
            get json() {
              return JSON.parse(whole.toString()) as Record<string, any>;
            },
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

/** Knows certificates, and tokens that are user names. */
const testAuthenticator: Authenticator = {
  authenticate({ certificate, token }) {
    if (certificate) return { kind: 'authenticated', user: { name: certificate.commonName, groups: certificate.organizations } };
    if (token?.startsWith('user-')) return { kind: 'authenticated', user: { name: token.slice(5), groups: [] } };
    return { kind: 'no-opinion' };
  },
};

const widgetSchema: Schema = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: { type: 'object', properties: { size: { type: 'integer', maximum: 10 }, color: { type: 'string', default: 'blue' } } },
    status: { type: 'object', properties: { ready: { type: 'boolean' } } },
  },
};

const widgets: ResourceDefinition = {
  group: 'example.com',
  resource: 'widgets',
  singular: 'widget',
  kind: 'Widget',
  namespaced: true,
  storageVersion: 'v1',
  schemas: new Map(),
  versions: [
    { name: 'v1', served: true, schema: widgetSchema },
    { name: 'v1beta1', served: true, schema: widgetSchema, deprecationWarning: 'example.com/v1beta1 Widget is deprecated' },
  ],
};

/** A pod that was not given its `name` field by the type generator is still a pod: fields are reached through these. */
const podSpec = (pod: { spec?: unknown }): Partial<PodSpec> => (pod.spec ?? {}) as Partial<PodSpec>;
const podStatus = (pod: { status?: unknown }): Partial<PodStatus> => (pod.status ?? {}) as Partial<PodStatus>;

function testDefinitions(): ResourceDefinition[] {
  return [
    defineBuiltIn(pods, {
      columns: [nameColumn, { name: 'Status', description: 'Phase', cell: (pod) => podStatus(pod).phase ?? '' }, ageColumn],
      prepareForCreate: (draft) => void (draft.status = { phase: 'Pending' }),
      deletionGracePeriodSeconds: (pod, requested) => (podSpec(pod).nodeName ? (requested ?? 30) : 0),
      validate: (pod) => (podSpec(pod).containers?.length ? [] : [{ path: 'spec.containers', type: 'FieldValueRequired' }]),
      selectableFields: { 'spec.nodeName': (pod) => podSpec(pod).nodeName, 'status.phase': (pod) => podStatus(pod).phase },
      subresources: {
        log: { kind: 'connect', verbs: ['get'] },
        exec: { kind: 'connect', verbs: ['get', 'post'] },
        attach: { kind: 'connect', verbs: ['get', 'post'] },
        portforward: { kind: 'connect', verbs: ['get', 'post'] },
        proxy: { kind: 'connect', verbs: ['get', 'post', 'put', 'delete', 'patch', 'options', 'head'] },
        binding: {
          kind: 'create',
          bodyKind: { group: '', version: 'v1', kind: 'Binding' },
          async create(parent, draft, context, services) {
            const target = draft['target'] as { name: string };
            await services.update(
              { group: '', resource: 'pods' },
              context.key,
              (pod) => void ((pod['spec'] as { nodeName?: string }).nodeName = target.name),
              context,
            );
            return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } as UntypedObject;
          },
        },
      },
    }),
    defineBuiltIn(deployments, {
      subresources: { scale: scaleSubresource((object) => (object as unknown as Deployment).spec?.selector) },
    }),
    defineBuiltIn(configmaps),
    defineBuiltIn(secrets),
    defineBuiltIn(nodes),
    defineBuiltIn(namespaces),
    defineBuiltIn(leases, { createsOnUpdate: true }),
    defineBuiltIn(events, { convert: (draft) => renameField(draft, 'note', 'message') }),
    defineBuiltIn(events_events_v1, { storedAs: { group: '', resource: 'events' }, convert: (draft) => renameField(draft, 'message', 'note') }),
    defineBuiltIn(selfsubjectaccessreviews, { review: async (draft) => ({ ...(draft as unknown as UntypedObject), status: { allowed: true } }) }),
    widgets,
  ];
}

function renameField(draft: UntypedObject, from: string, to: string): UntypedObject {
  const { [from]: value, ...rest } = draft;
  return { ...rest, ...(value === undefined ? {} : { [to]: value }) } as UntypedObject;
}

/** A small pod. */
export const podNamed = (name: string, more: Record<string, unknown> = {}): Record<string, any> => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...(more['metadata'] as object) },
  spec: { containers: [{ name: 'main', image: 'busybox' }], ...(more['spec'] as object) },
});
