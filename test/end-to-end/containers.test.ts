import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Container, Pod, PodSpec } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { assertSome, conditionOf, podOf, shell, statusOf, stay, workbenchOf, writing } from '../fixtures/workload.ts';

/** A volume that all containers of a pod see. */
const shared: Pick<PodSpec, 'volumes'> = { volumes: [{ name: 'shared', emptyDir: {} }] };
const mounted: Pick<Container, 'volumeMounts'> = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
const waitFor = (name: string): string => `until [ -f /shared/${name} ]; do sleep 0.1; done`;

describe('containers', { concurrency: 4, skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('nginx', 'busybox') });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  describe('that initialise', () => {
    it('run one after the other before the main one', async () => {
      const gate = (name: string): Container => shell(`echo ${name}; ${waitFor(name)}`, { name, ...mounted });
      await bench.create(podOf('ordered', [shell(stay)], { ...shared, initContainers: [gate('first'), gate('second')] }));
      const begun = await bench.podWhen('ordered', (pod) => assert.ok(statusOf(pod, 'first').state?.running));
      assert.deepEqual(
        [statusOf(begun, 'second').state, statusOf(begun).state],
        [{ waiting: { reason: 'PodInitializing' } }, { waiting: { reason: 'PodInitializing' } }],
      );
      assert.deepEqual(conditionOf(begun, 'Initialized'), {
        status: 'False',
        reason: 'ContainersNotInitialized',
        message: 'containers with incomplete status: [first second]',
      });
      assert.deepEqual((await bench.row('pod', 'ordered')).slice(1, 4), ['0/1', 'Init:0/2', '0']);
      await bench.exec('ordered', 'touch /shared/first', 'first');
      const half = await bench.podWhen('ordered', (pod) => assert.ok(statusOf(pod, 'second').state?.running));
      const { state, ready } = statusOf(half, 'first');
      assert.deepEqual([state?.terminated?.exitCode, state?.terminated?.reason, ready], [0, 'Completed', true]);
      assert.equal(conditionOf(half, 'Initialized').message, 'containers with incomplete status: [second]');
      assert.deepEqual((await bench.row('pod', 'ordered')).slice(1, 3), ['0/1', 'Init:1/2']);
      await bench.exec('ordered', 'touch /shared/second', 'second');
      const ready2 = await bench.podReady('ordered');
      assert.deepEqual(conditionOf(ready2, 'Initialized'), { status: 'True' });
      assert.deepEqual((await bench.row('pod', 'ordered')).slice(1, 3), ['1/1', 'Running']);
      await eventually(async () => assert.equal(await bench.kubectl('logs', 'ordered', '-c', 'first'), 'first\n'));
    });

    const failures = [
      { policy: 'Never' as const, phase: 'Failed', shown: 'Init:Error', restarts: 0 },
      { policy: 'Always' as const, phase: 'Pending', shown: 'Init:CrashLoopBackOff', restarts: 1 },
    ];
    for (const { policy, phase, shown, restarts } of failures) {
      it(`and fail leave the pod ${phase} with restartPolicy ${policy}`, async () => {
        const name = `init-${policy.toLowerCase()}`;
        await bench.create(podOf(name, [shell(stay)], { restartPolicy: policy, initContainers: [shell('exit 5', { name: 'bad' })] }));
        const pod = await bench.podWhen(name, (current) => {
          assert.equal(current.status?.phase, phase);
          assert.equal(statusOf(current, 'bad').restartCount, restarts);
          assert.ok(restarts === 0 || statusOf(current, 'bad').state?.waiting?.reason === 'CrashLoopBackOff');
        });
        const { state, lastState } = statusOf(pod, 'bad');
        assert.equal((restarts === 0 ? state : lastState)?.terminated?.exitCode, 5);
        assert.deepEqual(statusOf(pod).state, { waiting: { reason: 'PodInitializing' } });
        assert.equal((await bench.row('pod', name))[2], shown);
      });
    }
  });

  describe('beside the main one', () => {
    it('start first, hold it back until they have started, and end after it', async () => {
      const script = `trap 'printf told > /dev/termination-log; exit 0' TERM; while true; do sleep 0.1; done`;
      const side = shell(script, {
        name: 'side',
        restartPolicy: 'Always',
        startupProbe: { exec: { command: ['test', '-f', '/shared/started'] }, periodSeconds: 1, failureThreshold: 100 },
        ...mounted,
      });
      await bench.create(
        podOf('job-like', [shell(waitFor('go'), mounted)], { ...shared, restartPolicy: 'Never', initContainers: [side], terminationGracePeriodSeconds: 10 }),
      );
      const held = await bench.podWhen('job-like', (pod) => assert.ok(statusOf(pod, 'side').state?.running));
      assert.deepEqual([statusOf(held, 'side').started, statusOf(held).state], [false, { waiting: { reason: 'PodInitializing' } }]);
      assert.deepEqual((await bench.row('pod', 'job-like')).slice(1, 3), ['0/2', 'Init:0/1']);
      await bench.exec('job-like', 'touch /shared/started', 'side');
      await bench.podReady('job-like');
      assert.deepEqual((await bench.row('pod', 'job-like')).slice(1, 3), ['2/2', 'Running']);
      await bench.exec('job-like', 'touch /shared/go');
      const ended = await bench.podInPhase('job-like', 'Succeeded');
      const [main, beside] = [statusOf(ended), statusOf(ended, 'side')].map((status) => status.state?.terminated);
      assert.deepEqual([main?.exitCode, beside?.exitCode], [0, 0]);
      assert.ok(main!.finishedAt! <= beside!.finishedAt!, `${main!.finishedAt} is after ${beside!.finishedAt}`);
      assert.equal(beside?.message, 'told');
      assert.deepEqual((await bench.row('pod', 'job-like')).slice(1, 3), ['0/2', 'Completed']);
    });

    it('are started again whatever the pod says', async () => {
      const side = shell(`[ -f /shared/x ] || { touch /shared/x; exit 1; }; ${stay}`, { name: 'side', restartPolicy: 'Always', ...mounted });
      await bench.create(podOf('stubborn', [shell(stay)], { ...shared, restartPolicy: 'Never', initContainers: [side] }));
      const pod = await bench.podWhen('stubborn', (current) => {
        assert.equal(statusOf(current, 'side').restartCount, 1);
        assert.ok(statusOf(current, 'side').state?.running);
      });
      assert.equal(statusOf(pod, 'side').lastState?.terminated?.exitCode, 1);
      assert.equal(statusOf(pod).restartCount, 0);
    });
  });

  describe('get their environment', () => {
    it('with references expanded in commands, arguments and variables', async () => {
      const variables = { A: 'one', B: '$(A)-two', C: '$$(A)', D: '$(MISSING)', E: '$(LATER)', LATER: 'x' };
      const env = Object.entries(variables).map(([name, value]) => ({ name, value }));
      const main: Container = {
        name: 'main',
        image: 'busybox',
        imagePullPolicy: 'IfNotPresent',
        workingDir: '/usr/bin',
        env,
        command: writing('echo "$B|$C|$D|$E|$0|$1|$(pwd)|$(A)"').command!,
        args: ['$(B)', '$$(A)'],
      };
      await bench.create(podOf('expanded', [main], { restartPolicy: 'Never' }));
      assert.equal(await bench.written('expanded'), 'one-two|$(A)|$(MISSING)|$(LATER)|one-two|$(A)|/usr/bin|one\n');
    });

    it('from the pod, its resources, ConfigMaps, Secrets and services', async () => {
      await bench.create(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'colours' }, data: { sky: 'blue', grass: 'green' } },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { door: 'open sesame' } },
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'back-end' }, spec: { ports: [{ port: 80, name: 'web' }] } },
      );
      const field = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } });
      const resource = (name: string, reference: object): object => ({ name, valueFrom: { resourceFieldRef: reference } });
      const env = [
        field('F_NAME', 'metadata.name'),
        field('F_NAMESPACE', 'metadata.namespace'),
        field('F_UID', 'metadata.uid'),
        field('F_LABEL', "metadata.labels['tier']"),
        field('F_NOTE', "metadata.annotations['note']"),
        field('F_NODE', 'spec.nodeName'),
        field('F_ACCOUNT', 'spec.serviceAccountName'),
        field('F_IP', 'status.podIP'),
        field('F_HOST', 'status.hostIP'),
        resource('R_CPU', { resource: 'limits.cpu' }),
        resource('R_MILLI', { resource: 'limits.cpu', divisor: '1m' }),
        resource('R_MEMORY', { resource: 'limits.memory', divisor: '1Mi' }),
        resource('R_REQUEST', { resource: 'requests.memory' }),
        resource('R_FREE', { containerName: 'free', resource: 'limits.cpu' }),
        { name: 'K_SKY', valueFrom: { configMapKeyRef: { name: 'colours', key: 'sky' } } },
        { name: 'K_DOOR', valueFrom: { secretKeyRef: { name: 'keys', key: 'door' } } },
        { name: 'K_NONE', valueFrom: { configMapKeyRef: { name: 'colours', key: 'sea', optional: true } } },
      ] as Container['env'];
      const main = writing('env | sort', {
        env,
        envFrom: [{ prefix: 'E_', configMapRef: { name: 'colours' } }, { secretRef: { name: 'keys' } }, { configMapRef: { name: 'none', optional: true } }],
        resources: { limits: { cpu: '500m', memory: '64Mi' }, requests: { memory: '32Mi' } },
      });
      await bench.create(
        podOf(
          'informed',
          [main, shell('exit 0', { name: 'free' })],
          { restartPolicy: 'Never' },
          { labels: { tier: 'back' }, annotations: { note: 'two words' } },
        ),
      );
      const pod = await bench.podWhen('informed', (current) => assert.ok(statusOf(current).state?.running));
      const seen = new Map(
        (await bench.written('informed')).split('\n').map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      const node = await bench.read<{ status: { allocatable: Record<string, string> } }>(`/api/v1/nodes/${pod.spec.nodeName}`);
      const expected = {
        F_NAME: 'informed',
        F_NAMESPACE: 'default',
        F_UID: pod.metadata.uid,
        F_LABEL: 'back',
        F_NOTE: 'two words',
        F_NODE: pod.spec.nodeName,
        F_ACCOUNT: 'default',
        F_IP: pod.status?.podIP,
        F_HOST: pod.status?.hostIP,
        R_CPU: '1',
        R_MILLI: '500',
        R_MEMORY: '64',
        R_REQUEST: String(32 * 1024 * 1024),
        R_FREE: node.status.allocatable['cpu'],
        K_SKY: 'blue',
        K_DOOR: 'open sesame',
        K_NONE: undefined,
        E_sky: 'blue',
        E_grass: 'green',
        door: 'open sesame',
        HOSTNAME: 'informed',
        BACK_END_SERVICE_PORT_WEB: '80',
        BACK_END_PORT_80_TCP_PROTO: 'tcp',
      };
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, seen.get(name)])), expected);
      assert.match(seen.get('KUBERNETES_SERVICE_HOST') ?? '', /^\d+\.\d+\.\d+\.\d+$/);
      assert.match(seen.get('KUBERNETES_SERVICE_PORT_HTTPS') ?? '', /^\d+$/);
    });

    it('as soon as what they refer to is there', async () => {
      await bench.create(
        podOf('patient', [shell(`echo $COLOUR; ${stay}`, { env: [{ name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'late', key: 'colour' } } }] })]),
      );
      const refusal =
        (message: string) =>
        (pod: Pod): void =>
          assert.deepEqual(statusOf(pod).state, { waiting: { reason: 'CreateContainerConfigError', message } });
      await bench.podWhen('patient', refusal('configmap "late" not found'));
      assert.equal((await bench.row('pod', 'patient'))[2], 'CreateContainerConfigError');
      await eventually(async () => assertSome(await bench.events('patient'), 'Warning Failed Error: configmap "late" not found'));
      const logs = await bench.attempt('logs', 'patient');
      assert.equal(logs.stderr, 'Error from server (BadRequest): container "main" in pod "patient" is waiting to start: CreateContainerConfigError\n');
      await bench.kubectl('create', 'configmap', 'late', '--from-literal=shape=round');
      await bench.podWhen('patient', refusal("couldn't find key colour in ConfigMap default/late"));
      await bench.kubectl('patch', 'configmap', 'late', '-p', '{"data":{"colour":"red"}}');
      await bench.podWhen('patient', (pod) => assert.ok(statusOf(pod).state?.running));
      await eventually(async () => assert.equal(await bench.kubectl('logs', 'patient'), 'red\n'));
    });

    it('with their names and addresses in files', async () => {
      const spec: Partial<PodSpec> = {
        restartPolicy: 'Never',
        hostname: 'own-name',
        subdomain: 'sub',
        hostAliases: [{ ip: '192.0.2.1', hostnames: ['one.example', 'two.example'] }],
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['192.0.2.53'], searches: ['example.org'], options: [{ name: 'ndots', value: '2' }] },
      };
      await bench.create(podOf('named', [writing('hostname; echo ---; cat /etc/hosts; echo ---; cat /etc/resolv.conf')], spec));
      const pod = await bench.podReady('named');
      const [name, hosts, resolver] = (await bench.written('named')).split('---\n');
      assert.equal(name, 'own-name\n');
      assert.match(hosts!, new RegExp(`^${pod.status!.podIP!.replaceAll('.', '\\.')}\\s+own-name.sub.default.svc.cluster.local\\s+own-name$`, 'm'));
      assert.match(hosts!, /^192\.0\.2\.1\s+one\.example\s+two\.example$/m);
      assert.deepEqual(resolver!.trim().split('\n').sort(), ['nameserver 192.0.2.53', 'options ndots:2', 'search example.org']);
    });
  });

  describe('that end', () => {
    const ends = [
      { name: 'never-and-failed', policy: 'Never', script: 'exit 3', phase: 'Failed', shown: 'Error', restarts: 0, ready: 'PodFailed' },
      { name: 'never-and-done', policy: 'Never', script: 'exit 0', phase: 'Succeeded', shown: 'Completed', restarts: 0, ready: 'PodCompleted' },
      {
        name: 'on-failure',
        policy: 'OnFailure',
        script: '[ -f /shared/x ] || { touch /shared/x; exit 3; }',
        phase: 'Succeeded',
        shown: 'Completed',
        restarts: 1,
        ready: 'PodCompleted',
      },
    ] as const;
    for (const { name, policy, script, phase, shown, restarts, ready } of ends) {
      it(`with "${script}" and restartPolicy ${policy} leave the pod ${phase}`, async () => {
        await bench.create(podOf(name, [shell(script, mounted)], { ...shared, restartPolicy: policy }));
        const pod = await bench.podInPhase(name, phase);
        const { state, lastState, restartCount } = statusOf(pod);
        assert.equal(restartCount, restarts);
        assert.deepEqual([state?.terminated?.exitCode, state?.terminated?.reason], phase === 'Failed' ? [3, 'Error'] : [0, 'Completed']);
        assert.equal(lastState?.terminated?.exitCode, restarts > 0 ? 3 : undefined);
        assert.deepEqual(
          [conditionOf(pod, 'Ready'), conditionOf(pod, 'ContainersReady')],
          [
            { status: 'False', reason: ready },
            { status: 'False', reason: ready },
          ],
        );
        assert.equal((await bench.row('pod', name))[2], shown);
      });
    }

    it('again and again are started later and later', async () => {
      await bench.create(
        podOf('looping', [shell('n=$(cat /shared/n 2>/dev/null || echo 0); echo run $n; echo $((n + 1)) > /shared/n; sleep 3; exit 4', mounted)], shared),
      );
      // A machine that stands still may miss the first times.
      const heldBack = (atLeast: number): Promise<Pod> =>
        bench.podWhen('looping', (current) => {
          const { state, restartCount } = statusOf(current);
          assert.deepEqual([state?.waiting?.reason, restartCount >= atLeast], ['CrashLoopBackOff', true]);
        });
      const previousRun = (atLeast: number): Promise<void> =>
        eventually(async () => assert.ok(Number(/^run (\d+)\n$/.exec(await bench.kubectl('logs', 'looping', '--previous'))?.[1]) >= atLeast));
      const pod = await heldBack(1);
      await previousRun(1);
      const { state, lastState, ready, started, restartCount } = statusOf(pod);
      const delay = ['10s', '20s', '40s', '1m20s'][restartCount - 1];
      assert.equal(state?.waiting?.message, `back-off ${delay} restarting failed container=main pod=looping_default(${pod.metadata.uid})`);
      assert.deepEqual([lastState?.terminated?.exitCode, lastState?.terminated?.reason, ready, started], [4, 'Error', false, false]);
      await eventually(async () => assert.deepEqual((await bench.row('pod', 'looping')).slice(1, 3), ['0/1', 'CrashLoopBackOff']));
      await eventually(async () =>
        assertSome(await bench.events('looping'), `Warning BackOff Back-off restarting failed container main in pod looping_default(${pod.metadata.uid})`),
      );
      await heldBack(restartCount + 1);
      await previousRun(2);
    });

    const words = [
      { name: 'file', container: shell('printf bye > /dev/termination-log; exit 1'), message: 'bye' },
      { name: 'other-file', container: shell('printf elsewhere > /tmp/end; exit 0', { terminationMessagePath: '/tmp/end' }), message: 'elsewhere' },
      { name: 'log', container: shell('echo from the log; sleep 2; exit 1', { terminationMessagePolicy: 'FallbackToLogsOnError' }), message: 'from the log\n' },
      { name: 'nothing', container: shell('echo from the log; exit 0', { terminationMessagePolicy: 'FallbackToLogsOnError' }), message: undefined },
    ];
    for (const { name, container, message } of words) {
      it(`leave a last message: ${name}`, async () => {
        await bench.create(podOf(`last-${name}`, [container], { restartPolicy: 'Never' }));
        const pod = await bench.podWhen(`last-${name}`, (current) => assert.ok(statusOf(current).state?.terminated));
        assert.equal(statusOf(pod).state?.terminated?.message, message);
      });
    }

    it('past the active deadline of their pod leave it Failed', async () => {
      await bench.create(podOf('expired', [shell(stay)], { activeDeadlineSeconds: 1 }));
      const { status } = await bench.podInPhase('expired', 'Failed');
      assert.deepEqual([status?.reason, status?.message], ['DeadlineExceeded', 'Pod was active on the node longer than the specified deadline']);
      await eventually(async () =>
        assertSome(await bench.events('expired'), 'Normal DeadlineExceeded Pod was active on the node longer than the specified deadline'),
      );
    });
  });

  describe('are told of their start and end', () => {
    it('by commands', async () => {
      const lifecycle: Container['lifecycle'] = {
        postStart: { exec: { command: ['sh', '-c', 'echo started > /shared/start'] } },
        preStop: { exec: { command: ['sh', '-c', 'printf stopping > /dev/termination-log'] } },
      };
      await bench.create(
        podOf('hooked', [shell(stay, { ...mounted, lifecycle })], { ...shared, terminationGracePeriodSeconds: 10 }, { finalizers: ['example.com/look'] }),
      );
      await bench.podReady('hooked');
      assert.equal(await bench.exec('hooked', 'cat /shared/start'), 'started\n');
      await bench.kubectl('delete', 'pod', 'hooked', '--wait=false');
      const pod = await bench.podWhen('hooked', (current) => assert.ok(statusOf(current).state?.terminated));
      assert.deepEqual([statusOf(pod).state?.terminated?.exitCode, statusOf(pod).state?.terminated?.message], [0, 'stopping']);
      await bench.kubectl('patch', 'pod', 'hooked', '-p', '{"metadata":{"finalizers":null}}');
      await bench.podGone('hooked');
    });

    it('by requests', async () => {
      await bench.create(podOf('told', [{ name: 'main', image: 'nginx', imagePullPolicy: 'IfNotPresent' }]));
      const { status } = await bench.podReady('told');
      const httpGet = (path: string): object => ({ httpGet: { host: status!.podIP!, port: 80, path } });
      await bench.create(podOf('telling', [shell(stay, { lifecycle: { postStart: httpGet('/started'), preStop: httpGet('/stopping') } })]));
      await bench.podReady('telling');
      await bench.kubectl('delete', 'pod', 'telling');
      await eventually(async () => assert.match(await bench.kubectl('logs', 'told'), /GET \/started [^]*GET \/stopping /));
    });

    it('and are killed when the first of it fails', async () => {
      await bench.create(podOf('unhooked', [shell(stay, { lifecycle: { postStart: { exec: { command: ['sh', '-c', 'exit 9'] } } } })]));
      await bench.podWhen('unhooked', (pod) => assert.ok(statusOf(pod).restartCount > 0));
      await bench.told('unhooked', /^Warning FailedPostStartHook PostStartHook failed/);
      await bench.told('unhooked', 'Normal Killing FailedPostStartHook');
    });

    const ends = [
      {
        name: 'who-listens',
        script: "trap 'printf caught > /dev/termination-log; exit 5' TERM; while true; do sleep 0.1; done",
        code: 5,
        message: 'caught',
        graceSeconds: 3,
      },
      { name: 'who-does-not-listen', script: "trap '' TERM; while true; do sleep 0.1; done", code: 137, message: undefined, graceSeconds: 10 },
    ];
    for (const { name, script, code, message, graceSeconds } of ends) {
      it(`with SIGTERM, and after the grace period with SIGKILL: ${name} ends with ${code}`, async () => {
        await bench.create(podOf(name, [shell(script)], { terminationGracePeriodSeconds: graceSeconds }, { finalizers: ['example.com/look'] }));
        await bench.podReady(name);
        await bench.kubectl('delete', 'pod', name, '--wait=false');
        // Whoever listens may have ended by now.
        if (code === 137) assert.equal((await bench.row('pod', name))[2], 'Terminating');
        const pod = await bench.podWhen(name, (current) => assert.ok(statusOf(current).state?.terminated));
        const ended = statusOf(pod).state?.terminated;
        assert.deepEqual([ended?.exitCode, ended?.reason, ended?.message], [code, 'Error', message], JSON.stringify(pod.status));
        await bench.told(name, 'Normal Killing Stopping container main');
        await bench.podInPhase(name, 'Failed');
        await bench.kubectl('patch', 'pod', name, '-p', '{"metadata":{"finalizers":null}}');
        await bench.podGone(name);
      });
    }

    it('not at all when they are deleted by force', async () => {
      await bench.create(podOf('forced', [shell("trap '' TERM; while true; do sleep 0.1; done")], { terminationGracePeriodSeconds: 600 }));
      await bench.podReady('forced');
      const { code, stdout, stderr } = await bench.attempt('delete', 'pod', 'forced', '--force', '--grace-period=0');
      assert.deepEqual({ code, stdout: stdout.replace(' from default namespace', '') }, { code: 0, stdout: 'pod "forced" force deleted\n' });
      assert.match(stderr, /^Warning: Immediate deletion does not wait for confirmation/);
      await bench.podGone('forced');
    });
  });
});
