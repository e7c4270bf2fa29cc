import assert from 'node:assert/strict';
import { Agent, request } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { decodeProtobuf as decode } from '../../src/components/api-server/protobuf/decode-body.ts';
import { framesOf } from '../../src/components/api-server/protobuf/watch-frames.fixture.ts';
import { certificateOf } from '../fixtures/api-request.ts';
import { startTestCluster, type TestCluster } from '../fixtures/cluster.ts';

type Fields = Record<string, any>;
const protobuf = 'application/vnd.kubernetes.protobuf';
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const watchQuery = 'watch=1&timeoutSeconds=5&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

describe('encodings of a whole cluster', () => {
  let cluster: TestCluster;
  let agent: Agent;
  /** Paths of everything that can be listed and watched. */
  let collections: string[] = [];

  const ask = (path: string, accept = 'application/json'): Promise<{ status: number; type: string; bytes: Buffer }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${cluster.url()}${path}`, { agent, headers: { accept } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', bytes: Buffer.concat(chunks) }));
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  const json = async (path: string): Promise<Fields> => JSON.parse((await ask(path)).bytes.toString()) as Fields;

  before(async () => {
    cluster = await startTestCluster({ simulate: true });
    agent = new Agent({
      keepAlive: true,
      maxSockets: 32,
      ca: certificateOf(cluster, 'ca.crt'),
      cert: certificateOf(cluster, 'admin.crt'),
      key: certificateOf(cluster, 'admin.key'),
    });
    await cluster.mustKubectl(['create', 'deployment', 'web', '--image=nginx', '--replicas=2']);
    await cluster.mustKubectl(['expose', 'deployment', 'web', '--port=80', '--target-port=http']);
    await cluster.mustKubectl(['create', 'cronjob', 'tick', '--image=busybox', '--schedule=* * * * *']);
    await cluster.mustKubectl(['create', 'configmap', 'settings', '--from-literal=a=b']);
    await cluster.mustKubectl(['rollout', 'status', 'deployment/web', '--timeout=120s']);
    const groups = (await json('/apis'))['groups'] as Fields[];
    const roots = ['/api/v1', ...groups.flatMap(({ versions }) => (versions as Fields[]).map(({ groupVersion }) => `/apis/${groupVersion}`))];
    const lists = await Promise.all(roots.map(async (root) => ({ root, resources: (await json(root))['resources'] as Fields[] })));
    collections = lists.flatMap(({ root, resources }) => resources.filter(({ verbs }) => verbs.includes('watch')).map(({ name }) => `${root}/${name}`));
    assert.ok(collections.length > 40, collections.join(' '));
  });
  after(async () => {
    agent?.destroy();
    await cluster?.[Symbol.asyncDispose]();
  });

  it('says the same of every object in protobuf and in JSON', async () => {
    let compared = 0;
    for (const path of collections) {
      const binary = await ask(path, protobuf);
      // Kinds of the cluster's own have no protobuf form, as custom resources have none.
      if (binary.status === 406) continue;
      assert.equal(binary.type, protobuf, path);
      const list = decode(binary.bytes);
      const same = await json(`${path}?resourceVersion=${(list['metadata'] as Fields)['resourceVersion']}&resourceVersionMatch=Exact`);
      assert.equal(list['kind'], same['kind']);
      assert.deepEqual(essence(list['items'] ?? []), essence(same['items']), path);
      compared += ((list['items'] ?? []) as unknown[]).length;
    }
    assert.ok(compared > 100, String(compared));
  });

  it('watches every kind in protobuf, as metadata, and as tables with bookmarks', async () => {
    await Promise.all(
      collections.map(async (path) => {
        const lines = (await ask(`${path}?${watchQuery}`, table)).bytes.toString().trimEnd().split('\n');
        const events = lines.map((line) => JSON.parse(line) as Fields);
        const mark = events.find(({ type }) => type === 'BOOKMARK');
        assert.equal(mark?.['object'].rows[0].object.metadata.annotations['k8s.io/initial-events-end'], 'true', path);
        const definitions = events.filter(({ object }) => object.columnDefinitions.length > 0);
        assert.equal(definitions.length, 1, path);
        for (const { object } of events) assert.equal(object.rows[0].cells.length, events[0]!['object'].columnDefinitions.length, path);
        const metadata = await ask(`${path}?${watchQuery}`, `${protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`);
        const frames = framesOf(metadata.bytes);
        assert.ok(frames.length > 0, path);
        for (const { document } of frames) assert.equal(decode(document)['kind'], 'PartialObjectMetadata', path);
        const whole = await ask(`${path}?${watchQuery}`, protobuf);
        if (whole.status !== 406)
          assert.ok(
            framesOf(whole.bytes).some(({ type }) => type === 'BOOKMARK'),
            path,
          );
      }),
    );
  });

  for (const version of ['1.27', '1.33']) {
    it(`prints scales as a table (kubectl ${version})`, async () => {
      const text = await cluster.mustKubectl(['get', 'deployment/web', '--subresource=scale'], { version });
      assert.match(text, /^NAME +DESIRED +AVAILABLE +AGE *\nweb +2 +2 +\S+\n$/);
    });
  }
});

/** What an object says: empty structs, which protobuf cannot leave out, and zero values that mean the same as none, are not it. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => essence(item) ?? null);
  if (typeof value !== 'object' || value === null) return value === null || value === '' || value === 0 || value === false ? undefined : value;
  const fields = Object.entries(value)
    .map(([name, inner]) => [name, essence(inner)] as const)
    .filter(([, inner]) => inner !== undefined && !(Array.isArray(inner) && inner.length === 0));
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}
