import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Pod, PodStatus } from '../../../api/generated/core-v1.ts';
import { subjectaccessreviews, tokenreviews } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { groupResource } from '../../../api/resource-type.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { StreamTarget } from '../streaming/stream-target.ts';
import { createTestAuthority, type TestCertificate } from '../testing/certificates.ts';
import { FakeRuntime } from '../testing/fake-runtime.ts';
import { NodeClient } from '../testing/node-client.ts';
import { exitedContainer, observedContainer, testContainer, testObserved, testPod } from '../testing/pods.ts';
import { containerWithLogs } from './container-logs.ts';
import type { NodeEndpoint } from './node-endpoint.ts';
import { createNodeServer, type NodeServer } from './node-server.ts';

/** Answers reviews: the token `good` is user `robot`; `robot` and `viewer` may read metrics. */
class ReviewingClient extends NodeClient {
  override async create<T extends KubernetesObject>(type: ResourceType<T>, object: T): Promise<T> {
    const { spec } = object as { spec?: { token?: string; user?: string; resourceAttributes?: { subresource?: string } } };
    if (groupResource(type) === groupResource(tokenreviews))
      return { ...object, status: spec?.token === 'good' ? { authenticated: true, user: { username: 'robot', groups: [] } } : {} };
    if (groupResource(type) === groupResource(subjectaccessreviews))
      return { ...object, status: { allowed: spec?.resourceAttributes?.subresource === 'metrics' } };
    return super.create(type, object);
  }
}

let directory: string;
let server: NodeServer;
let authority: Awaited<ReturnType<typeof createTestAuthority>>;
let apiServer: TestCertificate;
const streamed: StreamTarget[] = [];
const runtime = new FakeRuntime(new ManualClock());

function endpoint(nodeName: string, pod: Pod, status: PodStatus, logPath: string): NodeEndpoint {
  const containers = [observedContainer('web', { logPath, restartCount: 1 }), exitedContainer('web', 1, { id: 'web-before', logPath: `${logPath}.previous` })];
  return {
    nodeName,
    runtime,
    isSimulated: true,
    directory,
    node: () => undefined,
    pods: () => [pod],
    statusOf: () => status,
    podByName: (namespace, name) => (namespace === pod.metadata.namespace && name === pod.metadata.name ? pod : undefined),
    observed: () => testObserved(containers),
  };
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wherry-server-'));
  const logPath = join(directory, 'web.log');
  await writeFile(logPath, '2026-01-01T00:00:00.0Z stdout F now\n');
  await writeFile(`${logPath}.previous`, '2026-01-01T00:00:00.0Z stdout F before\n');
  authority = await createTestAuthority();
  apiServer = await authority.client('CN=kube-apiserver-kubelet-client,O=system:masters');
  server = await createNodeServer({
    port: 0,
    certificate: authority.server.certificate,
    key: authority.server.key,
    clientCa: authority.ca,
    client: new ReviewingClient(),
    log: silentLog,
    clock: new ManualClock(),
    streaming: () => ({
      handleUpgrade: (_request, socket, _head, target) => {
        streamed.push(target);
        socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
      },
    }),
  });
  const status: PodStatus = {
    containerStatuses: [
      {
        name: 'web',
        ready: true,
        restartCount: 1,
        image: '',
        imageID: '',
        containerID: 'containerd://web-id',
        state: { running: {} },
        lastState: { terminated: { exitCode: 1, containerID: 'containerd://web-before' } },
      },
      { name: 'late', ready: false, restartCount: 0, image: '', imageID: '', state: { waiting: { reason: 'ContainerCreating' } } },
    ],
  };
  server.add(endpoint('node-1', testPod({ containers: [testContainer('web'), testContainer('late')] }), status, logPath));
  server.add(endpoint('node-2', testPod({}, { name: 'other', uid: 'uid-2' }), status, logPath));
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

interface Asked {
  readonly as?: TestCertificate | undefined;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

function ask(path: string, { as = apiServer, method = 'GET', headers = {} }: Asked = {}): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      { host: '127.0.0.1', port: server.port, path, method, headers, ca: authority.ca, agent: false, ...(as.key ? { cert: as.certificate, key: as.key } : {}) },
      (response) => {
        const chunks: Buffer[] = [];
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', () => resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    call.on('error', reject).end();
  });
}
const nobody: TestCertificate = { certificate: '', key: '' };

describe('the node API', () => {
  const cases: { path: string; want: [number, string | RegExp]; asked?: Asked }[] = [
    { path: '/healthz', want: [200, 'ok'] },
    { path: '/containerLogs/default/pod/web', want: [200, 'now\n'] },
    { path: '/containerLogs/default/pod/web?previous=true&timestamps=true', want: [200, '2026-01-01T00:00:00.0Z before\n'] },
    { path: '/containerLogs/default/other/web', want: [200, 'now\n'] },
    { path: '/containerLogs/default/pod/late', want: [400, 'container "late" in pod "pod" is waiting to start: ContainerCreating'] },
    { path: '/containerLogs/default/pod/late?previous=true', want: [400, 'previous terminated container "late" in pod "pod" not found'] },
    { path: '/containerLogs/default/pod/nope', want: [404, 'container "nope" not found in pod "pod"'] },
    { path: '/containerLogs/default/nope/web', want: [404, 'pod does not exist'] },
    { path: '/containerLogs/default/pod/web?tailLines=many', want: [400, /tailLines "many" is no number/] },
    {
      path: '/containerLogs/default/pod/web?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z',
      want: [422, 'at most one of `sinceTime` or `sinceSeconds` may be specified'],
    },
    { path: '/exec/default/pod/web?command=ls&stdout=1', want: [400, 'Upgrade request required'] },
    { path: '/metrics?node=node-1', want: [200, /^kubelet_node_name\{node="node-1"\} 1$/m] },
    { path: '/metrics/resource?node=node-1', want: [200, /^resource_scrape_error 0$/m] },
    { path: '/metrics', want: [400, 'this address serves several nodes: name one with ?node='] },
    { path: '/stats/summary?node=node-2', want: [200, /"nodeName":"node-2"/] },
    { path: '/pods', want: [200, /"name":"other"/] },
    { path: '/nothing', want: [404, '404 page not found'] },
    { path: '/pods', asked: { method: 'DELETE' }, want: [405, '405: Method Not Allowed'] },
    { path: '/%E0%A4%A', want: [400, 'malformed URL'] },
  ];
  for (const {
    path,
    want: [code, text],
    asked,
  } of cases) {
    it(`answers ${asked?.method ?? 'GET'} ${path} with ${code}`, async () => {
      const answer = await ask(path, asked);
      assert.equal(answer.code, code, answer.text);
      if (typeof text === 'string') assert.equal(answer.text, text);
      else assert.match(answer.text, text);
    });
  }

  it('lets nobody in without a certificate or token', async () => assert.deepEqual(await ask('/pods', { as: nobody }), { code: 401, text: 'Unauthorized' }));
  it('refuses certificates of another authority', async () => {
    const stranger = await (await createTestAuthority()).client('CN=x,O=system:masters');
    assert.equal((await ask('/pods', { as: stranger })).code, 401);
  });
  it('asks the API server what others may do', async () => {
    const viewer = await authority.client('CN=viewer,O=people');
    assert.equal((await ask('/metrics?node=node-1', { as: viewer })).code, 200);
    assert.deepEqual(await ask('/containerLogs/default/pod/web', { as: viewer }), {
      code: 403,
      text: 'Forbidden (user=viewer, verb=get, resource=nodes, subresource(s)=[proxy])',
    });
  });
  it('goes by the last of several names in a certificate', async () => {
    const viewer = await authority.client('CN=kube-apiserver-kubelet-client,CN=viewer,O=people');
    assert.match((await ask('/containerLogs/default/pod/web', { as: viewer })).text, /^Forbidden \(user=viewer,/);
  });
  it('takes bearer tokens', async () => {
    assert.equal((await ask('/metrics?node=node-1', { as: nobody, headers: { authorization: 'Bearer good' } })).code, 200);
    assert.equal((await ask('/metrics?node=node-1', { as: nobody, headers: { authorization: 'Bearer bad' } })).code, 401);
  });

  it('hands upgrades to streaming, with the container found', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    assert.equal((await ask('/exec/default/pod/web?command=ls&command=-l&stdin=1&stdout=1&stderr=1&tty=1', { headers, method: 'POST' })).code, 418);
    assert.equal((await ask('/portForward/default/pod', { headers, method: 'POST' })).code, 418);
    assert.deepEqual(streamed, [
      { kind: 'exec', containerId: 'web-id', command: ['ls', '-l'], stdin: true, stdout: true, stderr: false, tty: true },
      { kind: 'port-forward', sandboxId: 'sandbox-1', ports: [] },
    ]);
    assert.deepEqual((await ask('/exec/default/pod/late?command=ls&stdout=1', { headers })).text, 'container not found ("late")');
    assert.equal((await ask('/exec/default/pod/web?command=ls', { headers })).code, 400);
    assert.equal((await ask('/exec/default/pod/web?command=ls&stdout=1', { headers, as: nobody })).code, 401);
  });
});

describe('which container has the logs', () => {
  const names = { containerName: 'c', podName: 'p', previous: false };
  const status = { name: 'c', ready: false, restartCount: 0, image: '', imageID: '' };
  const last = { terminated: { exitCode: 1, containerID: 'containerd://last' } };
  it('is the one before while the next waits', () =>
    assert.equal(containerWithLogs({ ...status, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: last }, names), 'last'));
  it('is the one that ended', () =>
    assert.equal(containerWithLogs({ ...status, state: { terminated: { exitCode: 0, containerID: 'containerd://x' } }, lastState: last }, names), 'x'));
  it('is none while its image is missing', () =>
    assert.throws(() => containerWithLogs({ ...status, state: { waiting: { reason: 'ImagePullBackOff' } } }, names), {
      message: 'container "c" in pod "p" is waiting to start: trying and failing to pull image',
    }));
});
