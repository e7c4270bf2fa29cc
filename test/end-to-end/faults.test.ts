import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Node } from '../../src/api/generated/core-v1.ts';
import { mintCertificateAuthority, mintClientCertificate } from '../../src/components/api-server/certificates/mint-certificate.ts';
import { type Answer, callApi, certificateOf } from '../fixtures/api-request.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { podOf, shell, statusOf, stay, workbenchOf } from '../fixtures/workload.ts';

const canMount = process.platform === 'linux' && process.getuid?.() === 0;
const dayMs = 86_400_000;
const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, bytes = 0): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: 'x'.repeat(bytes) } });

describe('a node that loses something', { skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const readyCondition = async (): Promise<{ status?: string; reason?: string; message?: string }> => {
    const { items } = await bench.read<{ items: Node[] }>('/api/v1/nodes');
    return items[0]?.status?.conditions?.find(({ type }) => type === 'Ready') ?? {};
  };

  it('its containerd: pods run on, and it is started again', async () => {
    await bench.create(podOf('lasting', [shell(`echo started; ${stay}`)]));
    const before = await bench.podReady('lasting');
    const processFile = join(cluster.dataDirectory, 'containerd/process.json');
    const { pid } = JSON.parse(readFileSync(processFile, 'utf8')) as { pid: number };
    assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /containerd/);
    process.kill(pid, 'SIGKILL');
    await eventually(() => assert.notEqual((JSON.parse(readFileSync(processFile, 'utf8')) as { pid: number }).pid, pid));
    assert.equal(await eventually(() => bench.exec('lasting', 'echo reached')), 'reached\n');
    await eventually(async () => assert.equal((await readyCondition()).status, 'True'));
    const after = await bench.pod('lasting');
    assert.deepEqual([statusOf(after).containerID, statusOf(after).restartCount, statusOf(after).ready], [statusOf(before).containerID, 0, true]);
    await bench.create(podOf('later', [shell(stay)]));
    await bench.podReady('later');
    await bench.kubectl('delete', 'pod', 'later', 'lasting');
  });

  it('a container that dies unseen: it is started again', async () => {
    await bench.create(podOf('struck', [{ ...shell(''), command: ['sleep', '86397.125'] }]));
    await bench.podReady('struck');
    const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && commandLine(name) === 'sleep\u000086397.125\u0000');
    process.kill(Number(pid), 'SIGKILL');
    const pod = await bench.podWhen('struck', (current) => {
      assert.equal(statusOf(current).restartCount, 1);
      assert.ok(statusOf(current).state?.running);
    });
    assert.deepEqual([statusOf(pod).lastState?.terminated?.exitCode, statusOf(pod).lastState?.terminated?.reason], [137, 'Error']);
  });

  it('its network configuration: it is not Ready until it has one again', async () => {
    const directory = join(cluster.dataDirectory, 'containerd/cni');
    const [name] = readdirSync(directory).filter((entry) => entry.endsWith('.conflist')) as [string];
    const aside = join(cluster.directory, name);
    renameSync(join(directory, name), aside);
    const condition = await eventually(async () => {
      const found = await readyCondition();
      assert.equal(found.status, 'False');
      return found;
    });
    assert.deepEqual(
      [condition.reason, condition.message],
      [
        'KubeletNotReady',
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
      ],
    );
    await bench.create(podOf('on-host', [shell(stay)], { hostNetwork: true, tolerations: [{ operator: 'Exists' }] }));
    await bench.podReady('on-host');
    // Whole at once, and from within the directory: containerd does not notice what is moved in from elsewhere.
    cpSync(aside, join(directory, 'copy.new'));
    renameSync(join(directory, 'copy.new'), join(directory, name));
    await eventually(async () => assert.equal((await readyCondition()).status, 'True'));
    await bench.create(podOf('networked', [shell(stay)]));
    await bench.podReady('networked');
  });
});

describe('certificates that prove nothing', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const show = async (
    authority: { certificatePem: string; privateKeyPem: string },
    nowMs: number,
    days: number,
  ): Promise<Answer<{ reason?: string; message?: string }>> => {
    const { certificatePem, privateKeyPem } = await mintClientCertificate({
      ca: authority,
      commonName: 'kubernetes-admin',
      organizations: ['system:masters'],
      days,
      nowMs,
    });
    return callApi(cluster, '/api/v1/nodes', { credentials: { certificate: certificatePem, key: privateKeyPem } });
  };
  const own = (): { certificatePem: string; privateKeyPem: string } => ({
    certificatePem: certificateOf(cluster, 'ca.crt'),
    privateKeyPem: certificateOf(cluster, 'ca.key'),
  });

  it('one of its own authority is good', async () => assert.equal((await show(own(), Date.now(), 1)).code, 200));

  const cases: { name: string; show: () => Promise<Answer<{ reason?: string; message?: string }>> }[] = [
    { name: 'one that has expired', show: () => show(own(), Date.now() - 10 * dayMs, 9) },
    { name: 'one of the future', show: () => show(own(), Date.now() + 10 * dayMs, 9) },
    {
      name: 'one of a foreign authority',
      show: async () => show(await mintCertificateAuthority({ commonName: 'kubernetes', days: 30, nowMs: Date.now() }), Date.now(), 9),
    },
  ];
  for (const { name, show: act } of cases) {
    it(`${name} gets 401`, async () => {
      const { code, body } = await act();
      assert.deepEqual([code, body.reason, body.message], [401, 'Unauthorized', 'Unauthorized']);
    });
  }
});

describe('a disk', { skip: canMount ? false : 'needs root on Linux, to mount' }, () => {
  const mounted: string[] = [];
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
  });
  after(async () => {
    if (cluster && existsSync(cluster.dataDirectory)) await cluster.wherry('down');
    for (const path of mounted.reverse()) {
      unmount(path);
      if (path === cluster.dataDirectory) rmSync(path, { recursive: true }); // the empty place where it was mounted
    }
    await cluster?.[Symbol.asyncDispose]();
  });

  const mount = (path: string, ...args: string[]): void => {
    execFileSync('mount', [...args, path]);
    mounted.push(path);
  };
  const unmount = (path: string): void => void execFileSync('umount', [path]);
  const create = (name: string, bytes?: number): Promise<Answer<{ message?: string }>> =>
    callApi(cluster, configMaps, { method: 'POST', body: configMap(name, bytes) });

  it('that cannot be written is one line at the start, and nothing is changed', async () => {
    assert.equal((await create('kept')).code, 201);
    await cluster.stop();
    const file = join(cluster.dataDirectory, 'store.db');
    mount(file, '--bind', file);
    execFileSync('mount', ['-o', 'remount,bind,ro', file]);
    const { code, stderr } = await cluster.wherry('up', '--simulate', '--detach', '--port', '0');
    unmount(mounted.pop()!);
    const errors = stderr.split('\n').filter((line) => line.startsWith('error: '));
    assert.equal(code, 1);
    assert.equal(errors.length, 1, stderr);
    assert.match(errors[0]!, /store\.db/);
    assert.match(errors[0]!, /read-?only|cannot be written|not writable|permission/i);
    await cluster.start();
    assert.equal((await callApi(cluster, `${configMaps}/kept`)).code, 200);
  });

  it('that is full refuses writes, loses none that it took, and goes on when there is room', async () => {
    await cluster.stop();
    const aside = `${cluster.dataDirectory}-aside`;
    renameSync(cluster.dataDirectory, aside);
    mkdirSync(cluster.dataDirectory);
    mount(cluster.dataDirectory, '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs');
    cpSync(aside, cluster.dataDirectory, { recursive: true, preserveTimestamps: true });
    rmSync(aside, { recursive: true });
    await cluster.start();
    const filler = join(cluster.dataDirectory, 'filler');
    fill(filler);
    const taken: string[] = [];
    let refused: Answer<{ message?: string }> | undefined;
    for (let index = 0; index < 200 && !refused; index++) {
      const answer = await create(`full-${index}`, 100_000);
      if (answer.code === 201) taken.push(`full-${index}`);
      else refused = answer;
    }
    assert.ok(refused, 'every write was taken');
    assert.ok(refused.code === 503 || refused.code === 500 || refused.code === 507, JSON.stringify(refused));
    assert.match(refused.body.message ?? '', /full|space|storage/i);
    // Reads go on.
    assert.equal((await callApi(cluster, `${configMaps}/kept`)).code, 200);
    rmSync(filler);
    await eventually(async () => assert.equal((await create('roomy', 1_000)).code, 201));
    await cluster.killHard();
    await cluster.start();
    const { body } = await callApi<{ items: { metadata: { name: string } }[] }>(cluster, configMaps);
    const present = new Set(body.items.map((item) => item.metadata.name));
    assert.deepEqual(
      [...taken, 'kept', 'roomy'].filter((name) => !present.has(name)),
      [],
    );
  });
});

/** Writes until the file system takes no more; leaves a page or two. */
function fill(path: string): void {
  for (let bytes = 1024 * 1024; bytes >= 4096; bytes /= 2) {
    for (;;) {
      try {
        writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        break;
      }
    }
  }
  assert.ok(statSync(path).size > 0);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}
