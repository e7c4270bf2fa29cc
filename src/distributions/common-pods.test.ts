import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Pod, PodSpec } from '../api/generated/core-v1.ts';
import { nodes, pods, priorityclasses, serviceaccounts } from '../api/generated/resource-types.ts';
import type { Client } from '../client/client.ts';
import { type ClusterCertificates, ensureCertificates } from '../components/api-server/certificates/ensure-certificates.ts';
import type { ApiServer } from '../components/api-server/options.ts';
import { systemClock } from '../kernel/clock.ts';
import { DisposalStack } from '../kernel/disposal.ts';
import { silentLog } from '../kernel/log.ts';
import { createApiPoints, startApi } from './api.ts';

/** Pods of one template share their spec in memory; nobody may see that. */
describe('pods of one template', () => {
  const stack = new DisposalStack();
  let directory: string;
  let server: ApiServer;
  let certificates: ClusterCertificates;
  let client: Client;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wherry-pods-'));
    certificates = await ensureCertificates({ directory: join(directory, 'certificates'), serverAddresses: [] });
    server = await startApi(
      {
        dataDirectory: directory,
        host: '127.0.0.1',
        port: 0,
        access: {},
        certificates,
        points: createApiPoints(),
        allPoints: [],
        clock: systemClock,
        log: silentLog,
      },
      stack,
      { stage: (_name, work) => work(() => {}), say: () => {} },
    );
    client = server.client({ name: 'admin', groups: ['system:masters'] });
    await client.create(serviceaccounts, { metadata: { name: 'default', namespace: 'default' } });
    await client.create(nodes, { metadata: { name: 'n1' }, spec: {} });
  });
  after(async () => {
    await stack[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  /** What the server sends: the bytes it stores. */
  const sent = (path: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { ca, admin } = certificates;
      const asked = request(
        { host: '127.0.0.1', port: server.port, path, ca: ca.certificatePem, cert: admin.certificatePem, key: admin.privateKeyPem, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
        },
      );
      asked.on('error', reject);
      asked.end();
    });

  const template = (image: string): PodSpec => ({
    containers: [{ name: 'a', image, resources: { limits: { cpu: '500m', memory: '64Mi' } }, ports: [{ containerPort: 80 }] }],
    initContainers: [{ name: 'i', image }],
    tolerations: [{ key: 'k', operator: 'Exists' }],
  });
  const make = (name: string, spec: PodSpec): Promise<Pod> => client.create(pods, { metadata: { name, namespace: 'default', labels: { name } }, spec });

  /** Without what differs between any two pods; the volume of the token has the name that the template got. */
  const comparable = ({ metadata, ...rest }: Pod): unknown => {
    const { name, generateName, labels, uid, resourceVersion, creationTimestamp, managedFields, ...more } = metadata;
    const owned = managedFields?.map(({ time, ...entry }) => entry);
    const text = JSON.stringify({ ...rest, more, owned }).replaceAll(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access');
    return JSON.parse(text.replaceAll(/"lastTransitionTime":"[^"]*"/g, '"lastTransitionTime":""')) as unknown;
  };

  it('are stored and served as pods with a spec of their own are', async () => {
    const made: Pod[] = [];
    for (let round = 0; round < 4; round++) for (const image of ['i', 'j']) made.push(await make(`${image}-${round}`, template(image)));
    for (const [index, pod] of made.entries()) {
      assert.deepEqual(comparable(pod), comparable(made[index % 2]!));
      assert.deepEqual(await sent(`/api/v1/namespaces/default/pods/${pod.metadata.name}`), pod);
    }
    assert.notEqual(made[0]!.spec, made[1]!.spec);
    assert.equal(made[4]!.spec, made[6]!.spec);
  });

  it('have names of their own when they are generated', async () => {
    const made: Pod[] = [];
    for (let round = 0; round < 3; round++)
      made.push(await client.create(pods, { metadata: { generateName: 'g-', namespace: 'default' }, spec: template('g') }));
    assert.equal(new Set(made.map(({ metadata }) => metadata.name)).size, 3);
    for (const pod of made) assert.deepEqual(comparable(pod), comparable(made[0]!));
  });

  it('are bound, changed and patched one by one', async () => {
    const bound = ['c-0', 'c-1', 'c-2', 'c-3'];
    for (const name of bound) await make(name, template('c'));
    for (const name of bound.slice(1)) {
      await client.createSubresource(pods, { namespace: 'default', name }, 'binding', { metadata: { name }, target: { kind: 'Node', name: 'n1' } });
      await client.patch(pods, { namespace: 'default', name }, { type: 'merge', body: { status: { phase: 'Running' } } }, { subresource: 'status' });
    }
    await client.patch(pods, { namespace: 'default', name: 'c-2' }, { type: 'strategic', body: { spec: { containers: [{ name: 'a', image: 'other' }] } } });
    const [c0, c1, c2, c3] = (await Promise.all(bound.map((name) => client.get(pods, { namespace: 'default', name })))) as [Pod, Pod, Pod, Pod];
    assert.deepEqual(
      [c0, c1, c2, c3].map(({ spec, status }) => [spec.nodeName, status?.phase, spec.containers[0]!.image]),
      [
        [undefined, 'Pending', 'c'],
        ['n1', 'Running', 'c'],
        ['n1', 'Running', 'other'],
        ['n1', 'Running', 'c'],
      ],
    );
    assert.deepEqual(comparable(c3), comparable(c1));
    for (const pod of [c0, c1, c2, c3]) assert.deepEqual(await sent(`/api/v1/namespaces/default/pods/${pod.metadata.name}`), pod);
    assert.deepEqual(comparable(await make('c-4', template('c'))), comparable(c0));
  });

  it('may be patched through their status in any way, and keep their spec', async () => {
    for (const name of ['s-0', 's-1', 's-2']) await make(name, template('s'));
    const before = await client.get(pods, { namespace: 'default', name: 's-2' });
    const patches: readonly { op: string; from?: string; path: string; value?: unknown }[][] = [
      [{ op: 'copy', from: '/spec', path: '/status' }],
      [{ op: 'move', from: '/spec', path: '/status/spec' }],
      [{ op: 'copy', from: '/spec', path: '/metadata/annotations' }],
      [{ op: 'add', path: '/spec/containers/0/image', value: 'other' }],
      [{ op: 'replace', path: '/spec', value: { containers: [] } }],
      [
        { op: 'copy', from: '/spec', path: '/spec/spec' },
        { op: 'add', path: '/spec/spec/nodeName', value: 'n9' },
      ],
    ];
    const outcomeOf = (name: string, body: readonly unknown[]): Promise<unknown> =>
      client.patch(pods, { namespace: 'default', name }, { type: 'json', body }, { subresource: 'status' }).then(
        ({ spec, status }) => JSON.parse(JSON.stringify([spec, status]).replaceAll(/kube-api-access-[a-z0-9]{5}/g, '')) as unknown,
        (error: Error) =>
          error.message
            .replaceAll(/s-[0-9]/g, '')
            .replaceAll(/kube-api-access-[a-z0-9]{5}|"(?:uid|resourceVersion|creationTimestamp|time)\\*":\\*"[^"]*"/g, ''),
      );
    // The first has a spec of its own.
    for (const body of patches) assert.deepEqual(await outcomeOf('s-1', body), await outcomeOf('s-0', body), JSON.stringify(body));
    assert.deepEqual(await client.get(pods, { namespace: 'default', name: 's-2' }), before);
  });

  it('are refused each in the same words', async () => {
    const wrong: PodSpec = { containers: [{ name: 'a', image: 'i', imagePullPolicy: 'Sometimes' as 'Always' }] };
    for (let round = 0; round < 4; round++) {
      await assert.rejects(make('w', wrong), /Pod "w" is invalid: spec.containers\[0\].imagePullPolicy: Unsupported value: "Sometimes"/);
    }
  });

  it('follow what admission looks up at the time', async () => {
    const spec: PodSpec = { ...template('p'), priorityClassName: 'urgent' };
    const tried = async (): Promise<unknown> => (await client.create(pods, { metadata: { generateName: 'p-', namespace: 'default' }, spec })).spec.priority;
    for (const value of [7, 9]) {
      for (let round = 0; round < 3; round++) await assert.rejects(tried(), /no PriorityClass with name urgent was found/);
      await client.create(priorityclasses, { metadata: { name: 'urgent' }, value });
      for (let round = 0; round < 3; round++) assert.equal(await tried(), value);
      await client.delete(priorityclasses, { name: 'urgent' });
    }
  });
});
