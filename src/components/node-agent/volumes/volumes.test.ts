import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { PodSpec, ResourceList, ResourceRequirements, Volume } from '../../../api/generated/core-v1.ts';
import { configmaps, secrets } from '../../../api/generated/resource-types.ts';
import { until } from '../../../client/testing/settle.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { AgentDirectories } from '../directories.ts';
import { createObjectReader } from '../object-reader.ts';
import { NodeClient } from '../testing/node-client.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { RecordingEvents } from '../testing/recording-events.ts';
import { builtInVolumes } from './built-in-volumes.ts';
import { checkHostPath } from './host-path.ts';
import type { Mounter } from './mounter.ts';
import { createPodVolumes, type PodVolumes } from './pod-volumes.ts';
import { bindSubPath } from './sub-path.ts';
import { createTokenSource } from './token-source.ts';

const root = mkdtempSync(join(tmpdir(), 'wherry-volumes-'));
after(() => rmSync(root, { recursive: true }));
let serial = 0;

function setup(allocatable: ResourceList = { cpu: '4' }) {
  const clock = new ManualClock();
  const client = new NodeClient({ clock });
  const events = new RecordingEvents();
  const stale: string[] = [];
  const mounts: string[] = [];
  const mounter: Mounter = {
    mount: async (type, target, options) => void mounts.push(`${type} ${target.slice(root.length)} ${options.join()}`),
    bind: async () => {},
    unmount: async () => {},
    mountsBelow: async () => [],
  };
  const directories = new AgentDirectories(join(root, String(++serial)), join(root, 'logs'));
  const objects = createObjectReader(client);
  const volumes = createPodVolumes({
    directories,
    plugins: builtInVolumes,
    events,
    log: silentLog,
    onStale: (uid) => stale.push(uid),
    services: { client, objects, tokens: createTokenSource({ client, clock }), mounter, clock, nodeName: 'node-1', allocatable: () => allocatable },
  });
  return { clock, client, events, stale, mounts, volumes };
}

const none = { hostIps: ['192.0.2.1'], podIps: [] };
const withVolumes = (...volumes: Volume[]) => testPod({ volumes }, { labels: { app: 'shop' } });
const read = async (volumes: PodVolumes, volume: Volume, path: string): Promise<string> => {
  const mounted = await volumes.setUp(withVolumes(volume), none);
  return readFileSync(join(mounted.get(volume.name)!.path, path), 'utf8');
};

describe('volumes', () => {
  it('show ConfigMaps, whole and in part', async () => {
    const { client, volumes } = setup();
    await using _volumes = volumes;
    await client.create(configmaps, {
      metadata: { name: 'settings', namespace: 'default' },
      data: { a: '1', b: '2' },
      binaryData: { c: Buffer.from('3').toString('base64') },
    });
    assert.equal(await read(volumes, { name: 'all', configMap: { name: 'settings' } }, 'c'), '3');
    const part: Volume = { name: 'part', configMap: { name: 'settings', items: [{ key: 'a', path: 'deep/x', mode: 0o600 }] } };
    assert.equal(await read(volumes, part, 'deep/x'), '1');
    const path = (await volumes.setUp(withVolumes(part), none)).get('part')!.path;
    assert.deepEqual([existsSync(join(path, 'b')), statSync(join(path, 'deep/x')).mode & 0o777], [false, 0o600]);
  });

  it('say what is missing in an event', async () => {
    const { events, volumes } = setup();
    await using _volumes = volumes;
    const message = 'MountVolume.SetUp failed for volume "v" : configmap "none" not found';
    await assert.rejects(volumes.setUp(withVolumes({ name: 'v', configMap: { name: 'none' } }), none), { name: 'VolumeError', message });
    assert.deepEqual(events.of('pod'), [`FailedMount: ${message}`]);
    await volumes.setUp(withVolumes({ name: 'optional', secret: { secretName: 'none', optional: true } }), none);
  });

  it('refuse a key that is not there, and a source nobody serves', async () => {
    const { client, volumes } = setup();
    await using _volumes = volumes;
    await client.create(secrets, { metadata: { name: 'keys', namespace: 'default' }, data: {} });
    await assert.rejects(
      volumes.setUp(withVolumes({ name: 'v', secret: { secretName: 'keys', items: [{ key: 'x', path: 'x' }] } }), none),
      /references non-existent secret key: x/,
    );
    await assert.rejects(volumes.setUp(withVolumes({ name: 'v', nfs: { server: 's', path: '/' } }), none), /volume source nfs is not supported/);
  });

  it('follow changes of what they show', async () => {
    const { client, stale, volumes } = setup();
    await using _volumes = volumes;
    await client.create(configmaps, { metadata: { name: 'settings', namespace: 'default' }, data: { a: 'old' } });
    const volume: Volume = {
      name: 'v',
      projected: {
        sources: [{ configMap: { name: 'settings' } }, { downwardAPI: { items: [{ path: 'app', fieldRef: { fieldPath: "metadata.labels['app']" } }] } }],
      },
    };
    assert.equal(await read(volumes, volume, 'a'), 'old');
    await client.patch(configmaps, { namespace: 'default', name: 'settings' }, { type: 'merge', body: { data: { a: 'new' } } });
    await until(() => stale.length > 0, 'the change');
    assert.equal(await read(volumes, volume, 'a'), 'new');
    const pod = withVolumes(volume);
    const relabelled = await volumes.setUp({ ...pod, metadata: { ...pod.metadata, labels: { app: 'other' } } }, none);
    assert.equal(readFileSync(join(relabelled.get('v')!.path, 'app'), 'utf8'), 'other');
  });

  it('renew tokens at 80 % of their time', async () => {
    const { clock, volumes } = setup();
    await using _volumes = volumes;
    const volume: Volume = { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 1000 } }] } };
    assert.equal(await read(volumes, volume, 'token'), 'token-1');
    assert.equal(volumes.refreshAtMs('uid-1'), clock.now() + 800_000);
    assert.equal(await read(volumes, volume, 'token'), 'token-1');
    await clock.advance(800_000);
    assert.equal(await read(volumes, volume, 'token'), 'token-2');
  });

  it('of memory are mounted, no larger than the volume, the pod and all pods may be', async () => {
    const { mounts, volumes } = setup({ cpu: '4', memory: '1Gi' });
    await using _volumes = volumes;
    const limited = testContainer('web', { resources: { limits: { memory: '2Mi' } } });
    for (const [uid, containers, sizeLimit] of [
      ['a', [limited], '1Mi'],
      ['b', [limited], '4Mi'],
      ['c', [testContainer('web')], '2Gi'],
    ] as const)
      await volumes.setUp(testPod({ containers: [...containers], volumes: [{ name: 'm', emptyDir: { medium: 'Memory', sizeLimit } }] }, { uid }), none);
    assert.deepEqual(
      mounts.map((text) => text.replace(/ .* /, ' ')),
      ['tmpfs mode=0777,size=1048576', 'tmpfs mode=0777,size=2097152', 'tmpfs mode=0777,size=1073741824'],
    );
    assert.match(mounts[0]!, /\/a\/volumes\/kubernetes.io~empty-dir\/m /);
  });

  const pages = { memory: '1Gi', 'hugepages-2Mi': '6Mi' };
  const noRequest = (medium: string): string => `medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`;
  const media: {
    name: string;
    medium: string;
    resources?: ResourceRequirements;
    spec?: Partial<PodSpec>;
    sizeLimit?: string;
    mounted?: string;
    error?: string;
  }[] = [
    { name: 'with a size', medium: 'HugePages-2Mi', resources: { limits: pages }, mounted: 'pagesize=2097152,size=6291456' },
    { name: 'with the same size in other words', medium: 'HugePages-2048Ki', resources: { limits: pages }, mounted: 'pagesize=2097152,size=6291456' },
    { name: 'without a size', medium: 'HugePages', resources: { limits: pages }, mounted: 'pagesize=2097152,size=6291456' },
    { name: 'with a limit of their own', medium: 'HugePages', resources: { limits: pages }, sizeLimit: '2Mi', mounted: 'pagesize=2097152,size=2097152' },
    {
      name: 'that init containers ask for',
      medium: 'HugePages',
      spec: { initContainers: [testContainer('init', { resources: { limits: pages } })] },
      mounted: 'pagesize=2097152,size=6291456',
    },
    { name: 'that the pod asks for as a whole', medium: 'HugePages-2Mi', spec: { resources: { limits: pages } }, mounted: 'pagesize=2097152,size=6291456' },
    {
      name: 'of one of several sizes',
      medium: 'HugePages-1Gi',
      resources: { limits: { ...pages, 'hugepages-1Gi': '2Gi' } },
      mounted: 'pagesize=1073741824,size=2147483648',
    },
    {
      name: 'of several sizes without a size',
      medium: 'HugePages',
      resources: { limits: { ...pages, 'hugepages-1Gi': '2Gi' } },
      error: "medium: HugePages can't be used if container requests multiple huge page sizes",
    },
    {
      name: 'of one size per container without a size',
      medium: 'HugePages',
      resources: { limits: pages },
      spec: { initContainers: [testContainer('init', { resources: { limits: { 'hugepages-1Gi': '1Gi' } } })] },
      error: "medium: HugePages can't be used if container requests multiple huge page sizes",
    },
    { name: 'without a request', medium: 'HugePages', error: noRequest('HugePages') },
    { name: 'of another size than requested', medium: 'HugePages-1Gi', resources: { limits: pages }, error: noRequest('HugePages-1Gi') },
    {
      name: 'of a size that is none',
      medium: 'HugePages-big',
      resources: { limits: pages },
      error: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    },
    { name: 'of paper', medium: 'Paper', error: 'unknown storage medium "Paper"' },
  ];
  for (const { name, medium, resources = {}, spec, sizeLimit, mounted, error } of media)
    it(`on huge pages ${name} ${error ? 'are refused' : 'are mounted'}`, async () => {
      const { mounts, volumes } = setup();
      await using _volumes = volumes;
      const volume: Volume = { name: 'h', emptyDir: { medium, ...(sizeLimit ? { sizeLimit } : {}) } };
      const pod = testPod({ containers: [testContainer('web', { resources })], volumes: [volume], ...spec });
      if (error) await assert.rejects(volumes.setUp(pod, none), { message: `MountVolume.SetUp failed for volume "h" : ${error}` });
      else await volumes.setUp(pod, none);
      assert.deepEqual(
        mounts.map((text) => text.replace(/ .* /, ' ')),
        mounted ? [`hugetlbfs ${mounted}`] : [],
      );
    });

  it('show huge pages of a container in a file', async () => {
    const { volumes } = setup();
    await using _volumes = volumes;
    const item = (kind: string) => ({ path: kind, resourceFieldRef: { containerName: 'web', resource: `${kind}.hugepages-2Mi`, divisor: '1Mi' } });
    const volume: Volume = { name: 'd', downwardAPI: { items: [item('limits'), item('requests')] } };
    const pod = testPod({ containers: [testContainer('web', { resources: { limits: pages } })], volumes: [volume] });
    const { path } = (await volumes.setUp(pod, none)).get('d')!;
    assert.deepEqual(
      ['limits', 'requests'].map((file) => readFileSync(join(path, file), 'utf8')),
      ['6', '6'],
    );
  });

  it('are gone after tear-down', async () => {
    const { volumes } = setup();
    await using _volumes = volumes;
    const mounted = await volumes.setUp(withVolumes({ name: 'e', emptyDir: {} }), none);
    await volumes.tearDown('uid-1');
    assert.equal(existsSync(mounted.get('e')!.path), false);
  });
});

describe('host paths', () => {
  const here = (name: string): string => join(root, name);
  const cases: { type: string; name: string; want?: RegExp }[] = [
    { type: 'Directory', name: 'missing', want: /hostPath type check failed: .*missing is not a directory/ },
    { type: 'DirectoryOrCreate', name: 'made' },
    { type: 'FileOrCreate', name: 'file' },
    { type: 'File', name: 'made', want: /is not a file/ },
    { type: 'Socket', name: 'file', want: /is not a socket file/ },
    { type: 'CharDevice', name: 'file', want: /is not a character device/ },
    { type: '', name: 'whatever' },
  ];
  it('are checked by their type', async () => {
    for (const { type, name, want } of cases) {
      if (want) await assert.rejects(checkHostPath(here(name), type), want);
      else await checkHostPath(here(name), type);
    }
  });
});

describe('sub-paths', () => {
  const volumePath = join(root, 'sub');
  mkdirSync(join(volumePath, 'inside'), { recursive: true });
  writeFileSync(join(volumePath, 'inside/file'), 'x');
  symlinkSync('/etc', join(volumePath, 'escape'));
  const bind = async (subPath: string, mayCreate = false): Promise<string[]> => {
    const bound: string[] = [];
    const mounter: Mounter = { mount: async () => {}, unmount: async () => {}, mountsBelow: async () => [], bind: async (source) => void bound.push(source) };
    await bindSubPath({ volumePath, subPath, target: join(root, 'targets', String(++serial)), mayCreate, mounter });
    return bound;
  };
  it('are bound by the file that was checked', async () => assert.match((await bind('inside/file'))[0]!, /^\/proc\/\d+\/fd\/\d+$/));
  it('are made where the volume may be written to', async () => {
    await bind('new/folder', true);
    assert.ok(statSync(join(volumePath, 'new/folder')).isDirectory());
  });
  it('are made with the mode of the volume', async () => {
    chmodSync(volumePath, 0o2777);
    await bind('shared/deep', true);
    assert.deepEqual(
      ['shared', 'shared/deep'].map((path) => statSync(join(volumePath, path)).mode & 0o7777),
      [0o2777, 0o2777],
    );
  });
  it('may not lead out by a link', () => assert.rejects(bind('escape/passwd'), /leads outside of its volume/));
  it('may not lead out by making folders', () => assert.rejects(bind('escape/new', true), /leads outside of its volume/));
  it('may not climb', () => assert.rejects(bind('../x'), /must stay inside its volume/));
});
