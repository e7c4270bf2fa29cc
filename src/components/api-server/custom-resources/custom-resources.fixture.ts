import { customresourcedefinitions } from '../../../api/generated/resource-types.ts';
import { definitionStrategy } from '../../../extension-points/resources/custom-resource-definition/strategy.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { type Answer, startTestServer, type TestServer } from '../test-server.fixture.ts';

export type Json = Record<string, any>;

export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const cronTabsPath = '/apis/stable.example.com/v1/namespaces/default/crontabs';

/** A test server that also serves CustomResourceDefinitions, without the rules for them. */
export async function startCustomServer(more: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(more);
  serveDefinitions(server);
  return server;
}

/** Starts a server on what another one has stored. */
export const restarted = ({ storage }: TestServer): Promise<TestServer> =>
  startCustomServer({
    prepare(fresh) {
      for (const [key, record] of storage.records) fresh.records.set(key, record);
      Object.assign(fresh, { changes: [...storage.changes], revision: storage.revision });
    },
  });

export function serveDefinitions({ points }: TestServer): void {
  const implementation = defineBuiltIn(customresourcedefinitions, definitionStrategy);
  points.resources.add({ name: 'customresourcedefinitions.apiextensions.k8s.io', origin: 'built-in', implementation });
}

const cronTabSchema: Json = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { cronSpec: { type: 'string' }, image: { type: 'string' }, replicas: { type: 'integer' } } },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, labelSelector: { type: 'string' } } },
  },
};

export const versionNamed = (name: string, more: Json = {}): Json => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: cronTabSchema },
  ...more,
});

/** The CronTab of Kubernetes' documentation. */
export function cronTabs(spec: Json = {}): Json {
  const { names, ...rest } = spec;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names?.plural ?? 'crontabs'}.stable.example.com` },
    spec: {
      group: 'stable.example.com',
      scope: 'Namespaced',
      conversion: { strategy: 'None' },
      names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', listKind: 'CronTabList', shortNames: ['ct'], ...names },
      versions: [versionNamed('v1')],
      ...rest,
    },
  };
}

export const cronTab = (name: string, more: Json = {}): Json => ({
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name, ...more['metadata'] },
  spec: { cronSpec: '* * * * */5', image: 'my-awesome-cron-image', ...more['spec'] },
  ...(more['status'] ? { status: more['status'] } : {}),
});

/** The answer, when it is the wanted one. */
export async function must(answer: Promise<Answer>, status: number): Promise<Json> {
  const { status: got, text, json } = await answer;
  if (got !== status) throw new Error(`expected ${status}, got ${got}: ${text}`);
  return json;
}

export const define = (server: TestServer, definition: Json = cronTabs()): Promise<Json> =>
  must(server.call('POST', definitionsPath, { body: definition }), 201);

/** `Type=Status Reason: message` of each condition. */
export const conditionsOf = (definition: Json): string[] =>
  (definition['status'].conditions as Json[]).map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);

/** Asks until the condition holds; the clock of the test runner ends a wait in vain. */
export async function until<T>(ask: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (isDone(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
