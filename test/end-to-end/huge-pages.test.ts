import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Node, Pod, PodSpec } from '../../src/api/generated/core-v1.ts';
import { quantityValue } from '../../src/api/quantity.ts';
import type { CgroupHierarchy } from '../../src/components/node-agent/cgroups/hierarchies.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { podOfOneSize, podOfTwoSizes } from '../fixtures/huge-page-pods.ts';
import { addHugePages, hugePageCount, hugePageTree, podHugePages } from '../fixtures/huge-pages.ts';
import { testImages } from '../fixtures/images/index.ts';
import { podOf, shell, stay, workbenchOf } from '../fixtures/workload.ts';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
const groupFile = '/proc/sys/vm/hugetlb_shm_group';
const group = 4242;

const small = canRunContainers ? addHugePages(2048, 128) : undefined;
const large = small && addHugePages(1_048_576, 2);
const release = (): void => {
  small?.[Symbol.dispose]();
  large?.[Symbol.dispose]();
};
process.once('exit', release);

const skip = !canRunContainers ? 'needs root, containerd, runc and the CNI plugins' : small ? false : 'the kernel gives no 128 huge pages of 2 MiB';
const skipLarge = large ? false : 'the kernel gives no 2 huge pages of 1 GiB';

describe('huge pages', { skip }, () => {
  let cluster: TestCluster;
  let nodeName: string;
  let counts: number[];
  let tree: CgroupHierarchy | undefined;
  let mounted: Disposable;
  const bench = workbenchOf(() => cluster);
  const node = (): Promise<Node> => bench.read<Node>(`/api/v1/nodes/${nodeName}`);
  /** Capacity and what of it pods may use. */
  const amounts = async (): Promise<[Record<string, string>, Record<string, string>]> => {
    const { capacity = {}, allocatable = {} } = (await node()).status ?? {};
    const texts = (list: object) => Object.fromEntries(Object.entries(list).map(([name, amount]) => [name, String(amount)]));
    return [texts(capacity), texts(allocatable)];
  };
  const limits = (pages: string, memory = '100Mi'): Pick<Pod['spec']['containers'][number], 'resources'> => ({
    resources: { limits: { memory, 'hugepages-2Mi': pages } },
  });
  /** A container of the image with the programs that use huge pages. */
  const user = (script: string, rest: Parameters<typeof shell>[1] = {}) => shell(script, { image: 'fedora', ...rest });
  const onPages = (medium: string): Pick<PodSpec, 'volumes'> => ({ volumes: [{ name: 'pages', emptyDir: { medium } }] });
  const mountedAt = { volumeMounts: [{ name: 'pages', mountPath: '/pages' }] };
  const limitOf = async (name: string, size = '2MB'): Promise<number> => podHugePages(tree!, (await bench.pod(name)).metadata.uid!, size, 'limit');
  const usageOf = async (name: string): Promise<number> => podHugePages(tree!, (await bench.pod(name)).metadata.uid!, '2MB', 'usage');
  const mountsOnHost = (): string[] =>
    readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(cluster.dataDirectory) && line.includes(' hugetlbfs '));

  before(async () => {
    ({ tree, mounted } = hugePageTree());
    counts = [hugePageCount(2048)];
    cluster = await startTestCluster({ images: await testImages('busybox', 'fedora') });
    counts.push(hugePageCount(2048));
    nodeName = (await bench.read<{ items: Node[] }>('/api/v1/nodes')).items[0]!.metadata.name!;
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    mounted?.[Symbol.dispose]();
    release();
  });

  it('are what a node has, and no memory for pods', async () => {
    const [capacity, allocatable] = await amounts();
    assert.ok(
      counts.map((count) => count * 2 * mebibyte).includes(quantityValue(capacity['hugepages-2Mi']!)),
      `${capacity['hugepages-2Mi']} is none of ${counts} pages`,
    );
    assert.equal(allocatable['hugepages-2Mi'], capacity['hugepages-2Mi']);
    const withoutPages = quantityValue(capacity['memory']!) - quantityValue(allocatable['memory']!);
    assert.ok(withoutPages >= (100 + 256) * mebibyte, `pods may use all but ${withoutPages} bytes`);
  });

  describe('of the pods of the page', () => {
    const run = async (manifest: string): Promise<string> => {
      assert.equal(await cluster.mustKubectl(['apply', '-f', '-'], { input: manifest }), 'pod/huge-pages-example created\n');
      await bench.kubectl('wait', 'pod/huge-pages-example', '--for=condition=Ready', '--timeout=120s');
      return bench.exec('huge-pages-example', 'grep hugetlbfs /proc/mounts');
    };
    const remove = async (): Promise<void> => {
      await bench.kubectl('delete', 'pod', 'huge-pages-example', '--grace-period=1');
      await eventually(() => assert.deepEqual(mountsOnHost(), []));
    };

    it('of one size are mounted, limited and used', async (test) => {
      assert.match(await run(podOfOneSize), /^\S+ \/hugepages hugetlbfs \S*pagesize=2M\S* 0 0\n$/);
      const pod = await bench.pod('huge-pages-example');
      assert.deepEqual(pod.spec.containers[0]?.resources, {
        limits: { 'hugepages-2Mi': '100Mi', memory: '100Mi' },
        requests: { 'hugepages-2Mi': '100Mi', memory: '100Mi' },
      });
      assert.equal(await bench.exec('huge-pages-example', 'map-huge-pages /hugepages/file 20; ls -l /hugepages | wc -l'), 'mapped 20 MiB\n2\n');
      if (tree) assert.deepEqual([await limitOf('huge-pages-example'), await usageOf('huge-pages-example')], [100 * mebibyte, 20 * mebibyte]);
      else test.diagnostic('limits not read back: no cgroup tree has them');
      await remove();
    });

    it('of two sizes are mounted, limited and used', { skip: skipLarge }, async (test) => {
      const lines = (await run(podOfTwoSizes)).trim().split('\n').sort();
      assert.match(lines[0]!, / \/hugepages-1Gi hugetlbfs \S*pagesize=1024M/);
      assert.match(lines[1]!, / \/hugepages-2Mi hugetlbfs \S*pagesize=2M/);
      assert.equal(
        await bench.exec('huge-pages-example', 'map-huge-pages /hugepages-2Mi/file 100; map-huge-pages /hugepages-1Gi/file 2048'),
        'mapped 100 MiB\nmapped 2048 MiB\n',
      );
      if (tree) assert.deepEqual([await limitOf('huge-pages-example'), await limitOf('huge-pages-example', '1GB')], [100 * mebibyte, 2 * gibibyte]);
      else test.diagnostic('limits not read back: no cgroup tree has them');
      await remove();
    });
  });

  describe('beyond what a pod asked for', () => {
    it('are not on its volume', async () => {
      await bench.create(podOf('full', [user(stay, { ...limits('6Mi'), ...mountedAt })], onPages('HugePages-2Mi')));
      await bench.podReady('full');
      assert.equal(await bench.exec('full', 'map-huge-pages /pages/a 4'), 'mapped 4 MiB\n');
      assert.equal(await bench.exec('full', 'map-huge-pages /pages/b 4 2>&1 || true'), 'mmap: Cannot allocate memory\n');
      assert.equal(await bench.exec('full', 'map-huge-pages /pages/b 4 noreserve 2>/dev/null || echo ended with $?'), 'ended with 135\n');
    });

    it('end a program with SIGBUS, or are not mapped at all', async (test) => {
      if (!tree) return test.skip('no cgroup tree limits huge pages');
      await bench.create(podOf('greedy', [user(stay, limits('4Mi'))]), podOf('none', [user(stay)]));
      for (const [name, limit] of [
        ['greedy', 4],
        ['none', 0],
      ] as const) {
        await bench.podReady(name);
        assert.equal(await limitOf(name), limit * mebibyte);
        assert.equal(await bench.exec(name, `map-huge-pages - ${limit + 4} noreserve 2>/dev/null || echo ended with $?`), 'ended with 135\n');
        assert.equal(await bench.exec(name, `map-huge-pages - ${limit + 4} 2>&1 || true`), 'mmap: Cannot allocate memory\n');
      }
      assert.equal(await bench.exec('greedy', 'map-huge-pages - 4'), 'mapped 4 MiB\n');
    });

    it('are not given by the scheduler', async () => {
      await bench.create(podOf('waiting', [shell(stay, limits('1Ti'))]));
      await bench.told('waiting', /FailedScheduling 0\/1 nodes are available: 1 Insufficient hugepages-2Mi/);
    });

    it('are not given by the node', async () => {
      const capacity = quantityValue((await amounts())[1]['hugepages-2Mi']!);
      await bench.create(podOf('refused', [shell(stay, limits('1Ti'))], { nodeName }));
      const { status } = await bench.podInPhase('refused', 'Failed');
      assert.equal(status?.reason, 'OutOfhugepages-2Mi');
      const [, used] =
        /^Pod was rejected: Node didn't have enough resource: hugepages-2Mi, requested: 1099511627776, used: (\d+), capacity: (\d+)$/.exec(
          status?.message ?? '',
        ) ?? [];
      assert.ok(used !== undefined && status?.message?.endsWith(`capacity: ${capacity}`), status?.message ?? 'no message');
    });
  });

  it('of the pod as a whole limit it, and its containers follow', async (test) => {
    const pod = podOf('whole', [user(stay, { resources: { limits: { 'hugepages-2Mi': '4Mi', memory: '50Mi' } } })], {
      resources: { limits: { 'hugepages-2Mi': '8Mi', memory: '100Mi' } },
      ...onPages('HugePages'),
    });
    await bench.create(pod);
    const { spec } = await bench.podReady('whole');
    assert.deepEqual(spec.resources?.requests, { 'hugepages-2Mi': '8Mi', memory: '50Mi' });
    assert.deepEqual(spec.containers[0]?.resources?.requests, { 'hugepages-2Mi': '4Mi', memory: '50Mi' });
    if (tree) assert.equal(await limitOf('whole'), 8 * mebibyte);
    else test.diagnostic('limit not read back: no cgroup tree has it');
  });

  it('are shown to a container in variables and files', async () => {
    const reference = (resource: string, divisor = '0') => ({ resourceFieldRef: { containerName: 'main', resource, divisor } });
    const env = [
      { name: 'LIMIT', valueFrom: reference('limits.hugepages-2Mi') },
      { name: 'REQUEST', valueFrom: reference('requests.hugepages-2Mi', '1Mi') },
    ];
    const volumes = [{ name: 'about', downwardAPI: { items: [{ path: 'limit', ...reference('limits.hugepages-2Mi', '1Ki') }] } }];
    const main = shell(stay, { ...limits('2Mi'), env, volumeMounts: [{ name: 'about', mountPath: '/about' }] });
    await bench.create(podOf('shown', [main], { volumes }));
    await bench.podReady('shown');
    assert.equal(await bench.exec('shown', 'echo $LIMIT $REQUEST; cat /about/limit'), '2097152 2\n2048');
  });

  describe('of a volume that a pod cannot have', () => {
    const cases: { name: string; medium: string; pages?: Record<string, string>; error: string }[] = [
      {
        name: 'unasked',
        medium: 'HugePages-2Mi',
        error: 'medium HugePages-2Mi: hugePages storage requested, but there is no resource request for huge pages',
      },
      {
        name: 'ambiguous',
        medium: 'HugePages',
        pages: { 'hugepages-2Mi': '2Mi', 'hugepages-1Gi': '0' },
        error: "medium: HugePages can't be used if container requests multiple huge page sizes",
      },
      { name: 'unknown', medium: 'Paper', error: 'unknown storage medium "Paper"' },
    ];
    for (const { name, medium, pages = {}, error } of cases)
      it(`are told of in an event: ${name}`, async () => {
        await bench.create(podOf(name, [shell(stay, { ...mountedAt, resources: { limits: { memory: '10Mi', ...pages } } })], onPages(medium)));
        await bench.told(name, `Warning FailedMount MountVolume.SetUp failed for volume "pages" : ${error}`);
      });
  });

  it('are shared memory of a program in the group that may have them', async () => {
    const before = readFileSync(groupFile, 'utf8').trim();
    try {
      writeFileSync(groupFile, String(group));
      const pod = (name: string, supplementalGroups: number[]): Pod =>
        podOf(name, [user(stay, limits('4Mi'))], { securityContext: { runAsUser: 1000, runAsGroup: 1000, supplementalGroups } });
      await bench.create(pod('member', [group]), pod('stranger', []));
      await bench.podReady('member');
      await bench.podReady('stranger');
      // Without the right to lock memory, which an old rule takes for enough.
      const share = 'ulimit -l 0; share-huge-pages 4 2>&1 || true';
      assert.equal(await bench.exec('member', share), 'shared 4 MiB\n');
      assert.equal(await bench.exec('stranger', share), 'shmget: Operation not permitted\n');
    } finally {
      writeFileSync(groupFile, before);
    }
  });

  it('stay through a restart of the agent, which no longer shows those that others made up', async () => {
    await bench.create(podOf('lasting', [user(stay, { ...limits('4Mi'), ...mountedAt })], onPages('HugePages-2Mi')));
    const { metadata } = await bench.podReady('lasting');
    await bench.exec('lasting', 'map-huge-pages /pages/file 2');
    const patch = ['capacity', 'allocatable'].flatMap((list) => [
      { op: 'add', path: `/status/${list}/hugepages-3Mi`, value: '9Mi' },
      { op: 'add', path: `/status/${list}/example.com~1dongle`, value: '4' },
    ]);
    await bench.kubectl('patch', 'node', nodeName, '--subresource=status', '--type=json', '-p', JSON.stringify(patch));
    const [capacity] = await amounts();
    assert.deepEqual([capacity['hugepages-3Mi'], capacity['example.com/dongle']], ['9Mi', '4']);
    const mountsOfPod = (): string[] => mountsOnHost().filter((line) => line.includes(metadata.uid!));
    const mountsBefore = mountsOfPod();
    assert.equal(mountsBefore.length, 1);
    await cluster.killHard();
    await cluster.start();
    await eventually(async () => assert.equal((await amounts())[0]['hugepages-3Mi'], undefined));
    assert.equal(await eventually(() => bench.exec('lasting', 'ls /pages')), 'file\n');
    assert.deepEqual(mountsOfPod(), mountsBefore);
    await bench.kubectl('delete', 'pod', 'lasting');
    await eventually(() => assert.deepEqual(mountsOfPod(), []));
  });
});
