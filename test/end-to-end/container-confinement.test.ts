import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Container, Pod, PodSpec } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { assertSome, podOf, shell, statusOf, stay, workbenchOf, writing } from '../fixtures/workload.ts';

const ownCapabilities = /^CapEff:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];

describe('what containers may', { concurrency: 4, skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  /** Runs a script in a pod of its own; answers what it wrote. */
  const outputOf = async (name: string, container: Container, spec: Partial<PodSpec> = {}): Promise<string> => {
    await bench.create(podOf(name, [container], { restartPolicy: 'Never', ...spec }));
    return bench.written(name);
  };

  describe('by their security context', () => {
    const status = (field: string): string => `grep ^${field}: /proc/self/status | tr -s '\\t ' ' '`;
    const cases: { name: string; script: string; container?: Container['securityContext']; pod?: PodSpec['securityContext']; output: string }[] = [
      {
        name: 'run-as',
        script: 'id -u; id -g; id -G | tr " " "\\n" | sort -n | xargs',
        pod: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000] },
        output: '1000\n3000\n2000 3000 4000\n',
      },
      {
        name: 'container-over-pod',
        script: 'id -u; id -g',
        pod: { runAsUser: 1000, runAsGroup: 3000 },
        container: { runAsUser: 1001 },
        output: '1001\n3000\n',
      },
      { name: 'read-only-root', script: 'touch /x 2>&1', container: { readOnlyRootFilesystem: true }, output: 'touch: /x: Read-only file system\n' },
      { name: 'default-capabilities', script: status('CapEff'), output: 'CapEff: 00000000a80425fb\n' },
      {
        name: 'other-capabilities',
        script: status('CapEff'),
        container: { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'CHOWN'] } },
        output: 'CapEff: 0000000000000401\n',
      },
      { name: 'no-more-privileges', script: status('NoNewPrivs'), container: { allowPrivilegeEscalation: false }, output: 'NoNewPrivs: 1\n' },
      {
        name: 'privileged',
        script: `${status('CapEff')}; [ -w /proc/sys/kernel/domainname ] && echo writable`,
        container: { privileged: true },
        output: `CapEff: ${ownCapabilities}\nwritable\n`,
      },
      {
        name: 'not-privileged',
        script: 'echo x > /proc/sys/kernel/domainname',
        output: "sh: can't create /proc/sys/kernel/domainname: Read-only file system\n",
      },
      { name: 'default-seccomp', script: status('Seccomp'), container: { seccompProfile: { type: 'RuntimeDefault' } }, output: 'Seccomp: 2\n' },
      { name: 'no-seccomp', script: status('Seccomp'), output: 'Seccomp: 0\n' },
      {
        name: 'sysctl',
        script: 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start',
        pod: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '81' }] },
        output: '81\n',
      },
    ];
    for (const { name, script, container, pod, output } of cases) {
      it(name.replaceAll('-', ' '), async () => {
        assert.equal(await outputOf(name, writing(script, container ? { securityContext: container } : {}), pod ? { securityContext: pod } : {}), output);
      });
    }

    const refusals: { name: string; context: PodSpec['securityContext']; message: (pod: Pod) => string }[] = [
      {
        name: 'root-by-image',
        context: { runAsNonRoot: true },
        message: (pod) => `container has runAsNonRoot and image will run as root (pod: "root-by-image_default(${pod.metadata.uid})", container: main)`,
      },
      {
        name: 'root-by-request',
        context: { runAsNonRoot: true, runAsUser: 0 },
        message: (pod) => `container's runAsUser breaks non-root policy (pod: "root-by-request_default(${pod.metadata.uid})", container: main)`,
      },
    ];
    for (const { name, context, message } of refusals) {
      it(`not as root when root is excluded: ${name.replaceAll('-', ' ')}`, async () => {
        await bench.create(podOf(name, [shell(stay)], { securityContext: context }));
        const pod = await bench.podWhen(name, (current) => assert.ok(statusOf(current).state?.waiting?.message));
        assert.deepEqual(statusOf(pod).state?.waiting, { reason: 'CreateContainerConfigError', message: message(pod) });
        await eventually(async () => assertSome(await bench.events(name), `Warning Failed Error: ${message(pod)}`));
      });
    }
  });

  describe('see of others', () => {
    it("the host's network when they are in it", async () => {
      await bench.create(podOf('host-network', [shell(stay)], { hostNetwork: true }));
      const pod = await bench.podReady('host-network');
      assert.equal(pod.status?.podIP, pod.status?.hostIP);
      const seen = await bench.exec('host-network', 'ls /sys/class/net; hostname');
      // Interfaces of pods, of this cluster's and of others beside it, come and go meanwhile.
      const lasting = Object.keys(networkInterfaces()).filter((name) => !/^(?:veth|wherry)/.test(name));
      for (const name of lasting) assert.match(seen, new RegExp(`^${name}$`, 'm'));
      assert.match(seen, new RegExp(`^${pod.spec.nodeName}$`, 'mi'));
    });

    it("the host's processes when they are among them", async () => {
      assert.equal(
        await outputOf('host-processes', writing(`tr '\\0' ' ' < /proc/${process.pid}/cmdline`), { hostPID: true }),
        readFileSync('/proc/self/cmdline', 'utf8').replaceAll('\0', ' '),
      );
    });

    it('the processes of their pod when it shares them', async () => {
      await bench.create(podOf('sharing', [{ ...shell(''), command: ['sleep', '4711'] }, shell(stay, { name: 'other' })], { shareProcessNamespace: true }));
      await bench.podReady('sharing');
      assert.match(await bench.exec('sharing', 'ps', 'other'), /^ +1 [^\n]*pause[^]* sleep 4711$/m);
      await bench.create(podOf('not-sharing', [{ ...shell(''), command: ['sleep', '4712'] }, shell(stay, { name: 'other' })]));
      await bench.podReady('not-sharing');
      assert.doesNotMatch(await bench.exec('not-sharing', 'ps', 'other'), /4712/);
    });

    it('other pods at their addresses', async () => {
      await bench.create(podOf('answering', [{ ...shell(''), command: ['httpd', '-f', '-p', '8080', '-h', '/etc'] }]));
      const { status } = await bench.podReady('answering');
      assert.match(await outputOf('asking', writing(`wget -q -O - http://${status!.podIP}:8080/passwd`)), /^root:x:0:0/);
    });

    it('a port of the host that is theirs', { skip: existsSync('/usr/sbin/iptables') ? false : 'needs iptables' }, async () => {
      await bench.create(
        podOf('published', [{ ...shell(''), command: ['httpd', '-f', '-p', '8080', '-h', '/etc'], ports: [{ containerPort: 8080, hostPort: 38_117 }] }]),
      );
      const { status } = await bench.podReady('published');
      const response = await eventually(() => fetch(`http://${status!.hostIP}:38117/passwd`));
      assert.match(await response.text(), /^root:x:0:0/);
    });
  });

  describe('use', () => {
    it('what their limits allow, container by container and as a pod', async () => {
      const container = (name: string, cpu: string, memory: string, script: string): Container =>
        shell(script, { name, resources: { requests: { cpu: '250m', memory: '16Mi' }, limits: { cpu, memory } } });
      // The number tells its process from all others of the machine.
      const pod = podOf('limited', [{ ...container('main', '500m', '64Mi', ''), command: ['sleep', '86399.125'] }, container('other', '300m', '32Mi', stay)]);
      await bench.create(pod);
      assert.equal((await bench.podReady('limited')).status?.qosClass, 'Burstable');
      const own = cgroupOf('sleep\u000086399.125\u0000');
      assert.deepEqual(own.read(), { memory: 64 * 2 ** 20, quota: 50_000, ...(own.hasShares ? { shares: 256 } : {}) });
      assert.deepEqual(own.parent().read(), { memory: 96 * 2 ** 20, quota: 80_000, ...(own.hasShares ? { shares: 512 } : {}) });
    });

    const classes: { name: string; resources: Container['resources'] }[] = [
      { name: 'Guaranteed', resources: { limits: { cpu: '100m', memory: '16Mi' } } },
      { name: 'Burstable', resources: { requests: { cpu: '100m' } } },
      { name: 'BestEffort', resources: {} },
    ];
    for (const { name, resources } of classes) {
      it(`by class: ${name}`, async () => {
        const output = await outputOf(`class-${name.toLowerCase()}`, writing('cat /proc/self/oom_score_adj', { resources: resources! }));
        assert.equal((await bench.pod(`class-${name.toLowerCase()}`)).status?.qosClass, name);
        assert.match(await bench.kubectl('describe', 'pod', `class-${name.toLowerCase()}`), new RegExp(`QoS Class: +${name}`));
        assert.match(output, /^-?\d+\n$/);
      });
    }

    it('no more memory than they may', async () => {
      await bench.create(
        podOf('hungry', [{ ...shell(''), command: ['tail', '/dev/zero'], resources: { limits: { memory: '24Mi' } } }], { restartPolicy: 'Never' }),
      );
      const pod = await bench.podInPhase('hungry', 'Failed');
      assert.deepEqual([statusOf(pod).state?.terminated?.reason, statusOf(pod).state?.terminated?.exitCode], ['OOMKilled', 137]);
      assert.equal((await bench.row('pod', 'hungry'))[2], 'OOMKilled');
    });

    it('nothing of pods that are gone', async () => {
      await bench.create(podOf('passing', [{ ...shell(''), command: ['sleep', '86398.125'], resources: { limits: { cpu: '100m', memory: '16Mi' } } }]));
      await bench.podReady('passing');
      const { path } = cgroupOf('sleep\u000086398.125\u0000').parent();
      assert.ok(existsSync(path));
      await bench.kubectl('delete', 'pod', 'passing');
      await eventually(() => assert.ok(!existsSync(path), `${path} is still there`));
    });
  });
});

interface Cgroup {
  /** Of its memory controller. */
  readonly path: string;
  /** Version 1 only: the weights of version 2 differ between runtimes. */
  readonly hasShares: boolean;
  /** Bytes; microseconds per 100 ms. */
  read(): { memory: number; quota: number; shares?: number };
  parent(): Cgroup;
}

/** The cgroup of the one process with this command line, as the host sees it. */
function cgroupOf(commandLine: string): Cgroup {
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && readOr(`/proc/${name}/cmdline`) === commandLine);
  const lines = readFileSync(`/proc/${pid ?? assert.fail('no such process')}/cgroup`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(':') as [string, string, string]);
  const pathOf = (controller: string): string | undefined => lines.find(([, controllers]) => controllers.split(',').includes(controller))?.[2];
  const memory = pathOf('memory');
  return memory === undefined ? unified(lines.find(([id]) => id === '0')![2]) : divided(memory, pathOf('cpu')!);
}

function divided(memory: string, cpu: string): Cgroup {
  const number = (controller: string, path: string, file: string): number => Number(readFileSync(join('/sys/fs/cgroup', controller, path, file), 'utf8'));
  return {
    path: join('/sys/fs/cgroup/memory', memory),
    hasShares: true,
    read: () => ({
      memory: number('memory', memory, 'memory.limit_in_bytes'),
      quota: number('cpu', cpu, 'cpu.cfs_quota_us'),
      shares: number('cpu', cpu, 'cpu.shares'),
    }),
    parent: () => divided(dirname(memory), dirname(cpu)),
  };
}

function unified(path: string): Cgroup {
  const directory = join('/sys/fs/cgroup', path);
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
  return {
    path: directory,
    hasShares: false,
    read: () => ({ memory: Number(read('memory.max')), quota: Number(read('cpu.max').split(' ')[0]) }),
    parent: () => unified(dirname(path)),
  };
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has ended meanwhile
  }
}
