import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { registryMissing, startRegistry } from '../../../../test/fixtures/images/registry.ts';
import { containerConfig } from '../../../extension-points/runtime/conformance-configs.ts';
import { createLog, silentLog } from '../../../kernel/log.ts';
import { layoutOf } from './layout.ts';
import { removeContainerd } from './remove-containerd.ts';
import { startContainerd } from './start-containerd.ts';
import { cgroupOf, skip, startPod, testContainerd, testImages } from './testing/test-containerd.ts';

describe('a private containerd', { skip, concurrency: 2 }, () => {
  it('is taken over by the next start, and pods run on', async () => {
    await using first = await testContainerd();
    const pod = await startPod(first, 'survivor');
    const { pid } = first.containerd;
    await first.containerd[Symbol.asyncDispose]();
    const second = await startContainerd({ directory: first.directory, log: silentLog, podCidr: readRange(first.directory) });
    assert.deepEqual([second.origin, second.pid], ['adopted', pid]);
    assert.equal((await second.runtime.containerStatus(pod.containerId)).state, 'running');
    assert.equal((await second.runtime.execSync(pod.containerId, ['true'], 5)).exitCode, 0);
    await second[Symbol.asyncDispose]();
  });

  it('is started anew when its configuration changed, and pods run on', async () => {
    await using first = await testContainerd();
    const pod = await startPod(first, 'survivor');
    await first.containerd[Symbol.asyncDispose]();
    const second = await startContainerd({
      directory: first.directory,
      log: silentLog,
      podCidr: readRange(first.directory),
      pauseImage: 'registry.example/pause:9',
    });
    assert.equal(second.origin, 'started');
    assert.equal((await second.runtime.containerStatus(pod.containerId)).state, 'running');
    await second[Symbol.asyncDispose]();
  });

  it('is started again after it was killed, while pods run on', async () => {
    const lines: string[] = [];
    await using subject = await testContainerd({ log: createLog((line) => void lines.push(line)) });
    const pod = await startPod(subject, 'survivor');
    const killed = subject.containerd.pid!;
    process.kill(killed, 'SIGKILL');
    await until(
      async () =>
        subject.containerd.pid !== killed &&
        (await subject.containerd.runtime.status().then(
          () => true,
          () => false,
        )),
    );
    assert.equal((await subject.containerd.runtime.containerStatus(pod.containerId)).state, 'running');
    assert.equal((await subject.containerd.runtime.execSync(pod.containerId, ['echo', 'alive'], 5)).exitCode, 0);
    assert.ok(
      lines.some((line) => line.includes('containerd has ended and is started again')),
      'it said so',
    );
  });

  it('leaves nothing on the machine when everything is removed', async () => {
    const subject = await testContainerd();
    const { sandboxId } = await startPod(subject, 'left', {
      sandbox: { portMappings: [{ protocol: 'TCP', containerPort: 80, hostPort: 31_987, hostIp: '' }] },
    });
    const shims = processesOf(subject.directory);
    assert.ok(shims.length >= 2, 'containerd and a shim run');
    await subject.containerd.removeEverything();
    assertNothingLeft(subject.directory, [sandboxId]);
  });

  it('leaves nothing on the machine even when it was killed before', async () => {
    const subject = await testContainerd();
    const { sandboxId } = await startPod(subject, 'orphan');
    await subject.containerd[Symbol.asyncDispose]();
    process.kill(subject.containerd.pid!, 'SIGKILL');
    await removeContainerd({ directory: subject.directory, log: silentLog, cgroups: [subject.cgroup] });
    assertNothingLeft(subject.directory, [sandboxId]);
    await removeContainerd({ directory: subject.directory, log: silentLog });
  });

  it('gives pods a network with a way in and out', async () => {
    await using subject = await testContainerd();
    await subject.containerd.importImages([testImages().nginx]);
    const hostPort = 30_000 + (process.pid % 2_000);
    const web = await startPod(subject, 'web', {
      image: 'nginx',
      words: [],
      sandbox: { portMappings: [{ protocol: 'TCP', containerPort: 80, hostPort, hostIp: '' }] },
    });
    const client = await startPod(subject, 'client');
    await until(async () => (await fetchText(`http://${web.ip}/`).catch(() => '')).includes('Welcome to nginx'));
    const inside = await subject.containerd.runtime.execSync(client.containerId, ['wget', '-qO-', `http://${web.ip}/`], 10);
    assert.match(Buffer.from(inside.stdout).toString(), /Welcome to nginx/);
    // Rules of the machine's packet filter are written anew whenever any pod on it comes or goes.
    await until(async () => (await fetchText(`http://127.0.0.1:${hostPort}/`).catch(() => '')).includes('Welcome to nginx'));
    const own = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal && !address.address.startsWith('10.'));
    if (own) await until(async () => (await fetchText(`http://${own.address}:${hostPort}/`).catch(() => '')).includes('Welcome to nginx'));
    const itself = await subject.containerd.runtime.execSync(web.containerId, ['wget', '-qO-', `http://${web.ip}/`], 10);
    assert.equal(itself.exitCode, 0);
  });

  it('changes the range of its pods when the agent says so', async () => {
    await using subject = await testContainerd();
    await subject.containerd.runtime.updateRuntimeConfig?.('10.127.126.0/24');
    await until(async () => (await startPod(subject, `moved-${Date.now()}`)).ip.startsWith('10.127.126.'));
    await assert.rejects(subject.containerd.runtime.updateRuntimeConfig!('nonsense'), { code: 'INVALID_ARGUMENT' });
  });

  it('reaps orphans where containers share the processes of their pod', async () => {
    await using subject = await testContainerd();
    const namespaces = { network: 'pod', pid: 'pod', ipc: 'pod' } as const;
    const { config } = await startPod(subject, 'template');
    const shared = {
      ...config,
      metadata: { ...config.metadata, name: 'shared' },
      linux: { ...config.linux, security: { ...config.linux.security, namespaces } },
    };
    const { runtime } = subject.containerd;
    const sandboxId = await runtime.runPodSandbox(shared, '');
    const image = (await runtime.imageStatus('busybox'))!.id;
    const plain = containerConfig('main', image, ['sleep', '3600']);
    const containerId = await runtime.createContainer(
      sandboxId,
      { ...plain, linux: { ...plain.linux, security: { ...plain.linux.security, namespaces } } },
      shared,
    );
    await runtime.startContainer(containerId);
    const { stdout } = await runtime.execSync(containerId, ['sh', '-c', '(sleep 0 &); sleep 0.3; ps -o pid,stat,comm'], 5);
    const listed = Buffer.from(stdout).toString();
    assert.match(listed, /^ *1 S.*pause$/m);
    assert.doesNotMatch(listed, / Z/);
  });

  it('never lets the sandbox image be collected', async () => {
    await using subject = await testContainerd();
    const images = await subject.containerd.runtime.listImages();
    assert.deepEqual(
      images.filter(({ pinned }) => pinned).map(({ tags }) => tags),
      [['wherry.local/pause:1']],
    );
  });

  it('pulls from a registry on this machine over plain HTTP', { skip: registryMissing() ?? false }, async () => {
    await using registry = await startRegistry();
    await using subject = await testContainerd();
    const name = await registry.push(testImages().nginx, 'team/web:1');
    const reference = await subject.containerd.runtime.pullImage(name, undefined, undefined);
    const image = await subject.containerd.runtime.imageStatus(name);
    assert.equal(image?.id, reference);
    assert.match(image?.digests[0] ?? '', /^localhost:\d+\/team\/web@sha256:/);
    await assert.rejects(subject.containerd.runtime.pullImage(`${registry.host}/team/none:1`, undefined, undefined), { code: 'NOT_FOUND' });
    await subject.containerd.runtime.removeImage(name);
    assert.equal(await subject.containerd.runtime.imageStatus(name), undefined);
  });

  it('says what containerd said when it does not start', async () => {
    await using subject = await testContainerd();
    const broken = join(subject.directory, 'broken');
    execFileSync('mkdir', ['-p', broken]);
    execFileSync('touch', [join(broken, 'root')]);
    await assert.rejects(startContainerd({ directory: broken, log: silentLog }), /containerd ended at once.*not a directory/s);
  });

  it('refuses a directory that cannot hold its socket', async () => {
    await assert.rejects(startContainerd({ directory: `/tmp/${'deep/'.repeat(30)}`, log: silentLog }), /too deep/);
    await assert.rejects(startContainerd({ directory: 'relative', log: silentLog }), /must be absolute/);
  });
});

function readRange(directory: string): string {
  const configuration = readFileSync(join(directory, 'cni/10-wherry.conflist'), 'utf8');
  return /"subnet": "([^"]+)"/.exec(configuration)![1]!;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 100_000; !(await isTrue()); await new Promise((resolve) => setTimeout(resolve, 25)))
    if (Date.now() > deadline) assert.fail(`not true in time: ${isTrue}`);
}

/** Without a connection that stays open. */
function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, timeout: 2_000 }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .on('end', () => resolve(text));
    })
      .on('error', reject)
      .on('timeout', () => reject(new Error('no answer')));
  });
}

/** Command lines of processes that name the directory. */
function processesOf(directory: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return /containerd/.test(words.split('\0')[0]!) && words.includes(directory) ? [words] : [];
      } catch {
        return [];
      }
    });
}

function assertNothingLeft(directory: string, sandboxes: readonly string[]): void {
  const { networkName } = layoutOf(directory);
  const cgroups = readdirSync('/sys/fs/cgroup').filter((tree) => existsSync(join('/sys/fs/cgroup', tree, cgroupOf(directory))));
  const results = existsSync('/var/lib/cni/results')
    ? readdirSync('/var/lib/cni/results').filter((name) => name.startsWith(networkName) || sandboxes.some((id) => name.includes(id)))
    : [];
  assert.deepEqual(
    {
      directory: existsSync(directory),
      mounts: readFileSync('/proc/self/mountinfo', 'utf8').includes(directory),
      bridge: Object.keys(networkInterfaces()).includes(networkName) || existsSync(`/sys/class/net/${networkName}`),
      rules: execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' }).includes(networkName),
      processes: processesOf(directory),
      cgroups,
      results,
    },
    { directory: false, mounts: false, bridge: false, rules: false, processes: [], cgroups: [], results: [] },
  );
}
