import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Container, Pod } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { conditionOf, podOf, workbenchOf } from '../fixtures/workload.ts';

const example = join(import.meta.dirname, '../../examples/scheduling-plugin');

describe('a scheduling plugin that is a file', () => {
  const waiting = 1_000;
  let cluster: TestCluster;
  let directory: string;
  const bench = workbenchOf(() => cluster);
  const path = (name: string): string => join(directory, name);
  const edit = (name: string, from: string, to: string): void => writeFileSync(path(name), readFileSync(path(name), 'utf8').replace(from, to));
  const podsOf = async (app: string): Promise<Pod[]> =>
    (await bench.read<{ items: Pod[] }>(`/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`)).items;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'wp-'));
    cpSync(example, directory, { recursive: true });
    edit('scheduler.yaml', 'most: 2', 'most: 0');
    cluster = await startTestCluster({ simulate: true, nodes: 12, flags: ['--scheduler-config', path('scheduler.yaml')] });
    await bench.kubectl('label', 'nodes', '--all', 'size=small');
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    if (directory) rmSync(directory, { recursive: true });
  });

  it('takes effect when it is edited while a thousand pods wait for it, without a restart', async () => {
    const pid = cluster.pid();
    await bench.kubectl('create', 'deployment', 'web', '--image=nginx', `--replicas=${waiting}`);
    await eventually(async () => {
      const reasons = (await podsOf('web')).filter((pod) => conditionOf(pod, 'PodScheduled').reason === 'Unschedulable');
      assert.equal(reasons.length, waiting);
    }, 140_000);
    const [one] = await podsOf('web');
    assert.match(conditionOf(one!, 'PodScheduled').message ?? '', /^0\/12 nodes are available: 12 node\(s\) were small and had enough pods\./);
    edit('few-pods.ts', "=== 'small'", "=== 'tiny'");
    await eventually(async () => {
      const left = (await podsOf('web')).filter(({ spec }) => !spec?.nodeName);
      assert.equal(left.length, 0);
    }, 140_000);
    assert.equal((await podsOf('web')).length, waiting);
    assert.equal(cluster.pid(), pid);
    const { stdout } = await cluster.wherry('extensions');
    assert.match(stdout, /^POINT +EXTENSION +ORIGIN +GENERATION +CALLS +ERRORS +P99$/m);
    assert.match(stdout, /^scheduling +FewPods +few-pods\.ts +2 +[1-9]\d* +0 /m);
    await bench.kubectl('delete', 'deployment', 'web', '--wait=false');
  });

  it('is said to be broken where people look, and changes nothing then', async () => {
    edit('scheduler.yaml', 'plugins:', 'pluginz:');
    await eventually(async () => {
      const events = await bench.kubectl('get', 'events', '--field-selector', 'reason=PluginsNotLoaded', '-o', 'jsonpath={.items[*].message}');
      assert.match(
        events,
        /generation 2 of the scheduling plugins stays in use: .*scheduler\.yaml: strict decoding error: unknown field "profiles\[0\]\.pluginz"/,
      );
    });
    await bench.create(podOf('still', [{ name: 'main', image: 'app' }]));
    await bench.podReady('still');
  });

  it('is refused by its name when the configuration is wrong from the start', async () => {
    writeFileSync(
      path('wrong.yaml'),
      readFileSync(path('scheduler.yaml'), 'utf8').replace('pluginz:', 'plugins:').replaceAll('./few-pods.ts', './many-pods.ts'),
    );
    const other = await startTestCluster({ simulate: true, flags: ['--scheduler-config', path('wrong.yaml')] }).then(
      async (started) => (await started[Symbol.asyncDispose](), 'it started'),
      (error: unknown) => String(error),
    );
    assert.match(other, /error: .*many-pods\.ts: no such file/);
  });
});

describe('an HTTP extender', () => {
  let cluster: TestCluster;
  let directory: string;
  let server: Server;
  const bench = workbenchOf(() => cluster);
  const asked: { verb: string; body: Record<string, unknown> }[] = [];
  /** What each verb answers; absent: it is out of order. */
  const answers = new Map<string, (body: Record<string, unknown>) => unknown>();
  const gpus: Container = { name: 'main', image: 'app', resources: { limits: { 'example.com/gpu': '1' } } };

  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
        const verb = request.url!.slice(1);
        asked.push({ verb, body });
        const answer = answers.get(verb);
        response.writeHead(answer ? 200 : 503, { 'content-type': 'application/json' }).end(answer ? JSON.stringify(answer(body)) : '');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const urlPrefix = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    directory = mkdtempSync(join(tmpdir(), 'wq-'));
    const configuration = {
      apiVersion: 'kubescheduler.config.k8s.io/v1',
      kind: 'KubeSchedulerConfiguration',
      extenders: [
        {
          urlPrefix,
          filterVerb: 'filter',
          prioritizeVerb: 'prioritize',
          bindVerb: 'bind',
          preemptVerb: 'preempt',
          weight: 5,
          nodeCacheCapable: true,
          managedResources: [{ name: 'example.com/gpu', ignoredByScheduler: true }],
        },
        { urlPrefix: 'http://127.0.0.1:1', filterVerb: 'filter', ignorable: true },
      ],
    };
    writeFileSync(join(directory, 'scheduler.json'), JSON.stringify(configuration));
    cluster = await startTestCluster({ simulate: true, nodes: 3, flags: ['--scheduler-config', join(directory, 'scheduler.json')] });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    if (directory) rmSync(directory, { recursive: true });
  });

  const bindTo = async (body: Record<string, unknown>): Promise<void> => {
    const { PodName, PodNamespace, PodUID, Node } = body as Record<string, string>;
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: PodName, namespace: PodNamespace, uid: PodUID },
      target: { kind: 'Node', name: Node },
    };
    await cluster.mustKubectl(['create', '--raw', `/api/v1/namespaces/${PodNamespace}/pods/${PodName}/binding`, '-f', '-'], { input: JSON.stringify(binding) });
  };

  it('is left out for pods that ask for nothing it manages, and may be out of order when it is ignorable', async () => {
    await bench.create(podOf('plain', [{ name: 'main', image: 'app' }]));
    await bench.podReady('plain');
    assert.deepEqual(asked, []);
  });

  it('keeps a pod waiting while it is out of order, and says so', async () => {
    await bench.create(podOf('accelerated', [gpus]));
    const pod = await bench.podWhen('accelerated', (current) => assert.equal(conditionOf(current, 'PodScheduled').reason, 'SchedulerError'));
    assert.match(conditionOf(pod, 'PodScheduled').message ?? '', /^failed filter with extender at URL http:\/\/127\.0\.0\.1:\d+\/filter, code 503$/);
  });

  it('filters, scores and binds, though no node has the resource that only it accounts for', async () => {
    answers.set('filter', ({ NodeNames }) => ({
      NodeNames: (NodeNames as string[]).filter((name) => name !== 'node-1'),
      FailedNodes: { 'node-1': 'no gpu left' },
    }));
    answers.set('prioritize', () => [{ Host: 'node-3', Score: 10 }]);
    const bound: Promise<void>[] = [];
    answers.set('bind', (body) => (bound.push(bindTo(body)), {}));
    assert.equal((await bench.podReady('accelerated')).spec.nodeName, 'node-3');
    await Promise.all(bound);
    assert.deepEqual([...new Set(asked.map(({ verb }) => verb))], ['filter', 'prioritize', 'bind']);
    assert.deepEqual(asked.at(-1)!.body['Node'], 'node-3');
  });

  it('refuses nodes with its own reasons', async () => {
    answers.set('filter', () => ({
      NodeNames: [],
      FailedNodes: { 'node-1': 'no gpu left', 'node-2': 'no gpu left' },
      FailedAndUnresolvableNodes: { 'node-3': 'no gpu at all' },
    }));
    await bench.create(podOf('refused', [gpus]));
    const pod = await bench.podWhen('refused', (current) => assert.equal(conditionOf(current, 'PodScheduled').reason, 'Unschedulable'));
    assert.match(conditionOf(pod, 'PodScheduled').message ?? '', /^0\/3 nodes are available: 1 no gpu at all, 2 no gpu left\./);
    await bench.kubectl('delete', 'pod', 'refused');
  });

  it('has a say in which pods are preempted', async () => {
    const [node] = (await bench.read<{ items: { status: { allocatable: { cpu: string } } }[] }>('/api/v1/nodes')).items;
    const cpu = `${Math.floor(Number(node!.status.allocatable.cpu) * 600)}m`;
    const large: Container = { name: 'main', image: 'app', resources: { requests: { cpu } } };
    await bench.create({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'urgent' }, value: 1_000 });
    for (const name of ['victim-1', 'victim-2', 'victim-3']) {
      await bench.create(podOf(name, [large]));
      await bench.podReady(name);
    }
    const victimOn = async (nodeName: string): Promise<string> => {
      for (const name of ['victim-1', 'victim-2', 'victim-3']) if ((await bench.pod(name)).spec.nodeName === nodeName) return name;
      return assert.fail(`no victim on ${nodeName}`);
    };
    const chosen = await victimOn('node-2');
    answers.set('filter', ({ NodeNames }) => ({ NodeNames }));
    answers.set('preempt', ({ NodeNameToMetaVictims }) => ({
      NodeNameToMetaVictims: { 'node-2': (NodeNameToMetaVictims as Record<string, unknown>)['node-2'] },
    }));
    await bench.create(podOf('urgent', [{ ...large, resources: { requests: { cpu }, limits: { 'example.com/gpu': '1' } } }], { priorityClassName: 'urgent' }));
    assert.equal((await bench.podReady('urgent')).spec.nodeName, 'node-2');
    await bench.podGone(chosen);
    const preempt = asked.find(({ verb }) => verb === 'preempt');
    assert.deepEqual(Object.keys(preempt!.body['NodeNameToMetaVictims'] as object).sort(), ['node-1', 'node-2', 'node-3']);
  });
});
