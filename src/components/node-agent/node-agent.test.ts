import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Node, Pod, PodSpec } from '../../api/generated/core-v1.ts';
import { configmaps, leases, nodes, pods } from '../../api/generated/resource-types.ts';
import { isNotFound } from '../../api/status.ts';
import { createInformers } from '../../client/shared-informers.ts';
import { settle } from '../../client/testing/settle.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { type NodeAgent, startNodeAgent } from './node-agent.ts';
import type { NodeAgentOptions } from './options.ts';
import { FakeRuntime } from './testing/fake-runtime.ts';
import { NodeClient } from './testing/node-client.ts';
import { testContainer } from './testing/pods.ts';
import { RecordingEvents } from './testing/recording-events.ts';

/** An agent on a runtime in memory. Simulated, so that nothing touches the disk; everything else is as on a real node. */
class Fixture implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client = new NodeClient({ clock: this.clock });
  readonly runtime = new FakeRuntime(this.clock);
  readonly events = new RecordingEvents();
  #agent: NodeAgent | undefined;

  async start(options: Partial<NodeAgentOptions> = {}): Promise<this> {
    const { clock, client, runtime, events } = this;
    this.#agent = await startNodeAgent({
      client,
      runtime,
      clock,
      events,
      nodeName: 'node-1',
      directory: '/nowhere',
      logDirectory: '/nowhere/logs',
      nodeAddress: '192.0.2.1',
      clusterDomain: 'cluster.local',
      isSimulated: true,
      log: silentLog,
      ...options,
    });
    await this.#agent.ready;
    await this.rest();
    return this;
  }

  async stop(): Promise<void> {
    await this.#agent?.[Symbol.asyncDispose]();
    this.#agent = undefined;
  }

  [Symbol.asyncDispose] = (): Promise<void> => this.stop();

  /** Lets everything that is due happen; time passes by `ms`. */
  async rest(ms = 0): Promise<void> {
    await this.clock.advance(ms);
    for (let turn = 0; turn < 3; turn++) {
      await settle(10);
      await this.#agent?.settled();
    }
  }

  async create(name: string, spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Promise<Pod> {
    const created = await this.client.create(pods, {
      metadata: { name, namespace: 'default', ...metadata },
      spec: { nodeName: 'node-1', containers: [testContainer('web')], ...spec },
    });
    await this.rest(1_000);
    return created;
  }

  get(name: string): Promise<Pod> {
    return this.client.get(pods, { namespace: 'default', name });
  }

  async isGone(name: string): Promise<boolean> {
    return this.get(name).then(
      () => false,
      (error: unknown) => isNotFound(error),
    );
  }

  async waiting(name: string): Promise<string | undefined> {
    return (await this.get(name)).status?.containerStatuses?.[0]?.state?.waiting?.reason;
  }
}

describe('the node', () => {
  it('is registered ready, and its lease renewed', async () => {
    await using fixture = await new Fixture().start({ capacity: { cpu: '7' }, labels: { zone: 'a' }, taints: [{ key: 'k', effect: 'NoSchedule' }] });
    const node: Node = await fixture.client.get(nodes, { name: 'node-1' });
    assert.deepEqual(
      node.status?.conditions?.map(({ type, status }) => `${type}=${status}`),
      ['MemoryPressure=False', 'DiskPressure=False', 'PIDPressure=False', 'Ready=True'],
    );
    assert.deepEqual(
      [
        node.status?.capacity?.['cpu'],
        node.status?.allocatable?.['pods'],
        node.metadata.labels?.['zone'],
        node.metadata.labels?.['kubernetes.io/hostname'],
        node.spec.taints?.[0]?.key,
      ],
      ['7', '110', 'a', 'node-1', 'k'],
    );
    assert.deepEqual(node.status?.addresses, [
      { type: 'InternalIP', address: '192.0.2.1' },
      { type: 'Hostname', address: 'node-1' },
    ]);
    const renewed = async (): Promise<string | undefined> =>
      (await fixture.client.get(leases, { namespace: 'kube-node-lease', name: 'node-1' })).spec.renewTime;
    const first = await renewed();
    await fixture.rest(11_000);
    assert.notEqual(await renewed(), first);
  });

  it('registers again when its Node was deleted', async () => {
    await using fixture = await new Fixture().start();
    const { metadata } = await fixture.client.get(nodes, { name: 'node-1' });
    await fixture.client.delete(nodes, { name: 'node-1' });
    await fixture.rest(1_000);
    const again = await fixture.client.get(nodes, { name: 'node-1' });
    assert.notEqual(again.metadata.uid, metadata.uid);
    assert.equal(again.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  });

  it('of many in one process registers again too', async () => {
    const fixture = new Fixture();
    await using informers = createInformers({ client: fixture.client, clock: fixture.clock, log: silentLog });
    await using _fixture = await fixture.start({ informers });
    await fixture.client.delete(nodes, { name: 'node-1' });
    await fixture.rest(1_000);
    assert.equal((await fixture.client.get(nodes, { name: 'node-1' })).metadata.name, 'node-1');
  });

  it('becomes ready as soon as the network is', async () => {
    const fixture = new Fixture();
    fixture.runtime.isNetworkReady = false;
    await using _fixture = await fixture.start();
    const ready = async () => (await fixture.client.get(nodes, { name: 'node-1' })).status?.conditions?.at(-1);
    const before = await ready();
    assert.deepEqual(
      [before?.status, before?.reason, before?.message],
      ['False', 'KubeletNotReady', 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized'],
    );
    await fixture.create('early');
    assert.equal(fixture.runtime.calls.length, 0);
    fixture.runtime.isNetworkReady = true;
    await fixture.rest(200);
    assert.equal((await ready())?.status, 'True');
    assert.equal((await fixture.get('early')).status?.phase, 'Running');
  });
});

describe('a pod', () => {
  it('is started and reported in one status write, then stopped and removed', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod');
    const { status } = await fixture.get('pod');
    assert.deepEqual([status?.phase, status?.podIP, status?.hostIP, status?.containerStatuses?.[0]?.ready], ['Running', '10.0.0.1', '192.0.2.1', true]);
    assert.deepEqual(fixture.client.writes.filter(({ resource, verb }) => resource === 'pods' && verb === 'patch').length, 1);
    await fixture.client.delete(pods, { namespace: 'default', name: 'pod' });
    await fixture.rest();
    assert.ok(await fixture.isGone('pod'));
    assert.deepEqual(fixture.runtime.calls, [
      'runPodSandbox pod 0',
      'pullImage web:1',
      'createContainer web 0',
      'startContainer web',
      'stopContainer web 30',
      'stopPodSandbox pod',
      'removeContainer web',
      'removePodSandbox',
    ]);
    assert.deepEqual(
      fixture.events.of('pod').map((text) => text.split(':')[0]),
      ['Pulling', 'Pulled', 'Created', 'Started', 'Killing'],
    );
  });

  it('that is done stays for its logs until it is deleted', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('job', { restartPolicy: 'Never' });
    fixture.runtime.exit('web', 3);
    await fixture.rest(1_000);
    const { status } = await fixture.get('job');
    assert.deepEqual([status?.phase, status?.containerStatuses?.[0]?.state?.terminated?.exitCode], ['Failed', 3]);
    assert.equal(fixture.runtime.containers.size, 1);
    await fixture.client.delete(pods, { namespace: 'default', name: 'job' });
    await fixture.rest(1_000);
    assert.equal(fixture.runtime.containers.size + fixture.runtime.sandboxes.size, 0);
  });

  it('that crashes waits longer and longer', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod');
    fixture.runtime.exit('web', 1);
    await fixture.rest(1_000);
    assert.equal((await fixture.get('pod')).status?.containerStatuses?.[0]?.restartCount, 1);
    fixture.runtime.exit('web', 1);
    await fixture.rest(1_000);
    const [web] = (await fixture.get('pod')).status?.containerStatuses ?? [];
    assert.match(web?.state?.waiting?.message ?? '', /^back-off 10s restarting failed container=web pod=pod_default\(/);
    assert.deepEqual([web?.state?.waiting?.reason, web?.lastState?.terminated?.exitCode], ['CrashLoopBackOff', 1]);
    await fixture.rest(10_000);
    assert.equal((await fixture.get('pod')).status?.containerStatuses?.[0]?.restartCount, 2);
    assert.ok(fixture.events.of('pod').some((text) => text.startsWith('BackOff: Back-off restarting failed container web in pod pod_default(')));
  });

  it('that waits is told of now and then, whatever else happens to it', async () => {
    const fixture = new Fixture();
    fixture.runtime.pullFailures.set('bad:1', 'denied');
    await using _fixture = await fixture.start();
    await fixture.create('pod', { containers: ['one', 'two', 'bad', 'calm'].map((name) => testContainer(name)) });
    for (const name of ['one', 'two']) fixture.runtime.exit(name, 1);
    await fixture.rest(1_000); // their first restart is free
    for (const name of ['one', 'two']) fixture.runtime.exit(name, 1);
    const count = (text: string): number => fixture.events.of('pod').filter((event) => event.startsWith(text)).length;
    for (let second = 0; second < 8; second++) {
      fixture.runtime.exit('calm', 0); // wakes the worker: first it restarts, then it backs off too
      await fixture.client.patch(pods, { namespace: 'default', name: 'pod' }, { type: 'merge', body: { metadata: { labels: { second: String(second) } } } });
      await fixture.rest(1_000);
    }
    assert.deepEqual(
      [
        count('BackOff: Back-off restarting failed container one'),
        count('BackOff: Back-off restarting failed container two'),
        count('BackOff: Back-off pulling image "bad:1"'),
        count('Failed: Error: ImagePullBackOff'),
      ],
      [1, 1, 1, 1],
    );
  });

  it('is shown as ended only when all of it was stopped', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod', { restartPolicy: 'Never', initContainers: [testContainer('proxy', { restartPolicy: 'Always' })] });
    const stopping = Promise.withResolvers<void>();
    const { stopContainer } = fixture.runtime;
    fixture.runtime.stopContainer = async (...args) => {
      await stopping.promise;
      return stopContainer.apply(fixture.runtime, args);
    };
    fixture.runtime.exit('web', 0);
    await fixture.clock.advance(2_000);
    await settle(20);
    await fixture.clock.advance(2_000); // the interim status is sent
    await settle(20);
    const { status } = await fixture.get('pod');
    assert.deepEqual([status?.phase, status?.containerStatuses?.[0]?.state?.terminated?.exitCode], ['Running', 0]);
    stopping.resolve();
    await fixture.rest(1_000);
    const ended = (await fixture.get('pod')).status;
    assert.deepEqual([ended?.phase, ended?.initContainerStatuses?.[0]?.state?.terminated?.exitCode], ['Succeeded', 137]);
  });

  it('keeps its containers while a finalizer holds it', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod', {}, { finalizers: ['example.com/hold'] });
    await fixture.client.delete(pods, { namespace: 'default', name: 'pod' });
    await fixture.rest(1_000);
    assert.equal(fixture.runtime.container('web').status.state, 'exited');
    await fixture.client.patch(pods, { namespace: 'default', name: 'pod' }, { type: 'merge', body: { metadata: { finalizers: [] } } });
    await fixture.rest(1_000);
    assert.ok(await fixture.isGone('pod'));
    assert.equal(fixture.runtime.containers.size, 0);
  });

  it('runs init containers first, and sidecars until the end', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod', { restartPolicy: 'Never', initContainers: [testContainer('setup'), testContainer('proxy', { restartPolicy: 'Always' })] });
    assert.equal((await fixture.get('pod')).status?.phase, 'Pending');
    fixture.runtime.exit('setup', 0);
    await fixture.rest(1_000);
    assert.equal((await fixture.get('pod')).status?.phase, 'Running');
    fixture.runtime.exit('web', 0);
    await fixture.rest(1_000);
    assert.equal((await fixture.get('pod')).status?.phase, 'Succeeded');
    assert.deepEqual(
      fixture.runtime.calls.filter((call) => /^(start|stop)/.test(call)),
      ['startContainer setup', 'startContainer proxy', 'startContainer web', 'stopContainer proxy 30', 'stopPodSandbox pod'],
    );
  });

  it('waits for what its configuration refers to', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod', { containers: [testContainer('web', { envFrom: [{ configMapRef: { name: 'settings' } }] })] });
    assert.equal(await fixture.waiting('pod'), 'CreateContainerConfigError');
    assert.ok(fixture.events.of('pod').includes('Failed: Error: configmap "settings" not found'));
    await fixture.client.create(configmaps, { metadata: { name: 'settings', namespace: 'default' }, data: { A: '1' } });
    await fixture.rest(10_000);
    assert.equal((await fixture.get('pod')).status?.phase, 'Running');
    assert.deepEqual(
      fixture.runtime.container('web').config.environment.find(({ name }) => name === 'A'),
      { name: 'A', value: '1' },
    );
  });

  it('whose image cannot be pulled says so', async () => {
    const fixture = new Fixture();
    fixture.runtime.pullFailures.set('web:1', 'denied');
    await using _fixture = await fixture.start();
    await fixture.create('pod');
    assert.equal(await fixture.waiting('pod'), 'ErrImagePull');
    await fixture.rest(2_000);
    assert.equal(await fixture.waiting('pod'), 'ImagePullBackOff');
    fixture.runtime.pullFailures.clear();
    await fixture.rest(11_000);
    assert.equal((await fixture.get('pod')).status?.phase, 'Running');
  });

  it('that does not fit fails, and can be deleted', async () => {
    await using fixture = await new Fixture().start({ capacity: { cpu: '1' } });
    await fixture.create('pod', { containers: [testContainer('web', { resources: { requests: { cpu: '2' } } })] });
    const { status } = await fixture.get('pod');
    assert.deepEqual(
      [status?.phase, status?.reason, status?.message],
      ['Failed', 'OutOfcpu', "Pod was rejected: Node didn't have enough resource: cpu, requested: 2000, used: 0, capacity: 1000"],
    );
    await fixture.client.delete(pods, { namespace: 'default', name: 'pod' });
    await fixture.rest();
    assert.ok(await fixture.isGone('pod'));
  });

  it('past its deadline fails', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod', { activeDeadlineSeconds: 30 });
    await fixture.rest(31_000);
    const { status } = await fixture.get('pod');
    assert.deepEqual([status?.phase, status?.reason], ['Failed', 'DeadlineExceeded']);
    assert.ok(fixture.runtime.calls.some((call) => call.startsWith('stopContainer web')));
  });

  it('deleted by force is stopped at once', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod');
    await fixture.client.delete(pods, { namespace: 'default', name: 'pod' }, { gracePeriodSeconds: 0 });
    await fixture.client.delete(pods, { namespace: 'default', name: 'pod' }, { gracePeriodSeconds: 0 }).catch(() => {});
    await fixture.rest(1_000);
    assert.ok(fixture.runtime.calls.includes('stopContainer web 1'));
    assert.equal(fixture.runtime.containers.size, 0);
  });

  it('whose sandbox dies gets another', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod');
    for (const sandbox of fixture.runtime.sandboxes.values()) sandbox.isReady = false;
    fixture.runtime.exit('web', 137);
    await fixture.rest(1_000);
    assert.ok(fixture.runtime.calls.includes('runPodSandbox pod 1'));
    assert.equal((await fixture.get('pod')).status?.phase, 'Running');
    assert.ok(fixture.events.of('pod').includes('SandboxChanged: Pod sandbox changed, it will be killed and re-created.'));
  });

  it('restarts what fails its liveness probe', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod', {
      containers: [
        testContainer('web', { livenessProbe: { exec: { command: ['check'] }, periodSeconds: 1, failureThreshold: 2, terminationGracePeriodSeconds: 5 } }),
      ],
    });
    fixture.runtime.execExitCode = 1;
    await fixture.rest(3_000);
    fixture.runtime.execExitCode = 0;
    await fixture.rest(1_000);
    assert.equal((await fixture.get('pod')).status?.containerStatuses?.[0]?.restartCount, 1);
    assert.ok(fixture.runtime.calls.includes('stopContainer web 5'));
    assert.ok(fixture.events.of('pod').includes('Killing: Container web failed liveness probe, will be restarted'));
  });

  it('is ready only when its readiness probe says so', async () => {
    const fixture = new Fixture();
    fixture.runtime.execExitCode = 1;
    await using _fixture = await fixture.start();
    await fixture.create('pod', { containers: [testContainer('web', { readinessProbe: { exec: { command: ['check'] }, periodSeconds: 1 } })] });
    assert.equal((await fixture.get('pod')).status?.containerStatuses?.[0]?.ready, false);
    fixture.runtime.execExitCode = 0;
    await fixture.rest(1_000);
    assert.equal((await fixture.get('pod')).status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  });

  it('runs its hooks', async () => {
    await using fixture = await new Fixture().start();
    const lifecycle = { postStart: { exec: { command: ['hello'] } }, preStop: { exec: { command: ['bye'] } } };
    await fixture.create('pod', { containers: [testContainer('web', { lifecycle })] });
    await fixture.client.delete(pods, { namespace: 'default', name: 'pod' });
    await fixture.rest();
    assert.deepEqual(fixture.runtime.calls.slice(3, 7), ['startContainer web', 'execSync web hello', 'execSync web bye', 'stopContainer web 30']);
  });

  it('gets ephemeral containers while it runs', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod');
    await fixture.client.patch(
      pods,
      { namespace: 'default', name: 'pod' },
      { type: 'merge', body: { spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox:1', targetContainerName: 'web' }] } } },
    );
    await fixture.rest(1_000);
    assert.equal((await fixture.get('pod')).status?.ephemeralContainerStatuses?.[0]?.state?.running !== undefined, true);
    assert.equal(fixture.runtime.container('debug').config.linux.security.namespaces.targetId, fixture.runtime.container('web').id);
  });

  it('keeps an ephemeral container back until the one that it is to see is there', async () => {
    await using fixture = await new Fixture().start();
    fixture.runtime.pullFailures.set('web:1', 'denied');
    await fixture.create('pod');
    const ephemeralContainers = [{ name: 'debug', image: 'busybox:1', targetContainerName: 'web' }];
    await fixture.client.patch(pods, { namespace: 'default', name: 'pod' }, { type: 'merge', body: { spec: { ephemeralContainers } } });
    await fixture.rest(1_000);
    const stateOf = async () => (await fixture.get('pod')).status?.ephemeralContainerStatuses?.[0]?.state;
    assert.deepEqual(await stateOf(), { waiting: { reason: 'CreateContainerConfigError', message: 'unable to find target container web' } });
    assert.ok(fixture.events.of('pod').includes('Failed: Error: unable to find target container web'));
    fixture.runtime.pullFailures.clear();
    for (let seconds = 0; seconds < 60 && !(await stateOf())?.running; seconds += 5) await fixture.rest(5_000);
    assert.ok((await stateOf())?.running);
    assert.equal(fixture.runtime.container('debug').config.linux.security.namespaces.targetId, fixture.runtime.container('web').id);
  });
});

describe('a resize', () => {
  const sized = (cpu: string, policy?: string) => [
    testContainer('web', { resources: { requests: { cpu } }, ...(policy ? { resizePolicy: [{ resourceName: 'cpu', restartPolicy: policy }] } : {}) }),
  ];
  const resize = async (fixture: Fixture, cpu: string, policy?: string): Promise<Pod> => {
    await fixture.client.patch(pods, { namespace: 'default', name: 'pod' }, { type: 'merge', body: { spec: { containers: sized(cpu, policy) } } });
    await fixture.rest(1_000);
    return fixture.get('pod');
  };

  it('is made in place', async () => {
    await using fixture = await new Fixture().start({ capacity: { cpu: '4' } });
    await fixture.create('pod', { containers: sized('1') });
    const [web] = (await resize(fixture, '2')).status?.containerStatuses ?? [];
    assert.deepEqual([web?.restartCount, web?.allocatedResources], [0, { cpu: '2' }]);
    assert.ok(fixture.runtime.calls.includes('updateContainerResources web'));
  });

  it('restarts the container where its policy says so', async () => {
    await using fixture = await new Fixture().start({ capacity: { cpu: '4' } });
    await fixture.create('pod', { containers: sized('1', 'RestartContainer') });
    assert.equal((await resize(fixture, '2', 'RestartContainer')).status?.containerStatuses?.[0]?.restartCount, 1);
  });

  it('that does not fit waits, and says why', async () => {
    await using fixture = await new Fixture().start({ capacity: { cpu: '4' } });
    await fixture.create('pod', { containers: sized('1') });
    const { status } = await resize(fixture, '8');
    const pending = status?.conditions?.find(({ type }) => type === 'PodResizePending');
    assert.deepEqual([pending?.reason, pending?.message], ['Infeasible', "Node didn't have enough capacity: cpu, requested: 8000, capacity: 4000"]);
    assert.deepEqual(status?.containerStatuses?.[0]?.allocatedResources, { cpu: '1' });
    assert.equal(
      (await resize(fixture, '1')).status?.conditions?.some(({ type }) => type === 'PodResizePending'),
      false,
    );
  });
});

describe('static pods', () => {
  it('run, are shown by a mirror that cannot be deleted, and go with their file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'wherry-manifests-'));
    try {
      const path = join(directory, 'web.yaml');
      await writeFile(path, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'static' }, spec: { containers: [testContainer('web')] } }));
      await using fixture = await new Fixture().start({ staticPodDirectory: directory });
      await fixture.rest(1_000);
      const mirror = await fixture.get('static-node-1');
      assert.equal(mirror.status?.phase, 'Running');
      assert.ok(mirror.metadata.annotations?.['kubernetes.io/config.mirror']);
      await fixture.client.delete(pods, { namespace: 'default', name: 'static-node-1' }, { gracePeriodSeconds: 0 });
      await fixture.rest(1_000);
      assert.equal((await fixture.get('static-node-1')).status?.phase, 'Running');
      assert.equal(fixture.runtime.calls.filter((call) => call.startsWith('startContainer')).length, 1);
      await rm(path);
      for (let turn = 0; turn < 200 && fixture.runtime.containers.size > 0; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 5)); // the folder is read by real I/O
        await fixture.rest(20_000);
      }
      assert.equal(fixture.runtime.containers.size, 0);
      assert.ok(await fixture.isGone('static-node-1'));
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('after a restart of the agent', () => {
  it('running containers are taken over as they are', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod');
    const calls = [...fixture.runtime.calls];
    await fixture.stop();
    await fixture.start();
    await fixture.rest(1_000);
    assert.deepEqual(fixture.runtime.calls, calls);
    assert.equal((await fixture.get('pod')).status?.containerStatuses?.[0]?.restartCount, 0);
  });

  it('what ended meanwhile is started again, with the next count', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod');
    await fixture.stop();
    fixture.runtime.exit('web', 1);
    await fixture.start();
    await fixture.rest(1_000);
    const [web] = (await fixture.get('pod')).status?.containerStatuses ?? [];
    assert.deepEqual([web?.restartCount, web?.lastState?.terminated?.exitCode], [1, 1]);
  });

  it('a pod that was being deleted is removed', async () => {
    await using fixture = await new Fixture().start();
    await fixture.create('pod');
    await fixture.stop();
    await fixture.client.delete(pods, { namespace: 'default', name: 'pod' });
    await fixture.start();
    await fixture.rest(1_000);
    assert.ok(await fixture.isGone('pod'));
    assert.equal(fixture.runtime.containers.size, 0);
  });
});
