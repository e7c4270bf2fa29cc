import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ContainerDevices, noDevices } from '../contract.ts';
import { appliesCdi } from './applies-cdi.ts';
import { withCdiEdits } from './container-edits.ts';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'wherry-cdi-'));
  await mkdir(join(root, 'static'));
  await mkdir(join(root, 'dynamic'));
  const node = { path: '/dev/gpu0', hostPath: '/dev/null', permissions: 'rw' };
  const spec = {
    cdiVersion: '1.0.0',
    kind: 'example.com/gpu',
    containerEdits: { env: ['DRIVER=7'], mounts: [{ hostPath: '/lib', containerPath: '/gpu/lib', options: ['ro', 'rslave'] }] },
    devices: [
      { name: 'gpu0', containerEdits: { env: ['GPU=0', 'EMPTY='], additionalGids: [0, 44], deviceNodes: [node] } },
      { name: 'gpu1', containerEdits: { env: ['GPU=1'], deviceNodes: [{ path: '/dev/zero' }] } },
      { name: 'hooked', containerEdits: { hooks: [{ hookName: 'createContainer', path: '/bin/true' }] } },
      { name: 'absent', containerEdits: { deviceNodes: [{ path: '/dev/not-there' }] } },
      { name: 'file', containerEdits: { deviceNodes: [{ path: '/etc/passwd' }] } },
      { name: 'mismatch', containerEdits: { deviceNodes: [{ path: '/dev/null', type: 'b' }] } },
      { name: 'owned', containerEdits: { deviceNodes: [{ path: '/dev/owned', hostPath: '/dev/null', fileMode: 0o640, uid: 7, gid: 8 }] } },
      { name: 'pipe', containerEdits: { deviceNodes: [{ path: '/tmp/pipe', type: 'p' }] } },
      { name: 'again', containerEdits: { mounts: [{ hostPath: '/usr/lib', containerPath: '/gpu/lib' }] } },
      { name: 'scratch', containerEdits: { mounts: [{ hostPath: 'tmpfs', containerPath: '/scratch', type: 'tmpfs' }] } },
      { name: 'cache', containerEdits: { intelRdt: { closID: 'x' } } },
      { name: 'numbered', containerEdits: { deviceNodes: [{ path: '/tmp/numbered', type: 'c', major: 1, minor: 5 }] } },
    ],
  };
  await writeFile(join(root, 'static', 'gpu.json'), JSON.stringify(spec));
  await writeFile(
    join(root, 'dynamic', 'other.yaml'),
    'cdiVersion: "0.6.0"\nkind: example.com/net\ndevices:\n- name: eth\n  containerEdits:\n    env: [NET=eth]\n',
  );
  await writeFile(join(root, 'dynamic', 'broken.json'), '{');
});
after(() => rm(root, { recursive: true }));

const apply = (devices: Partial<ContainerDevices>): Promise<ContainerDevices> =>
  withCdiEdits(
    { ...noDevices, ...devices },
    { directories: [join(root, 'static'), join(root, 'dynamic'), join(root, 'none')], nodeDirectory: join(root, 'nodes') },
  );

describe('CDI devices for a runtime that knows none', () => {
  it('bring their variables, nodes and mounts; what all share comes once', async () => {
    assert.deepEqual(await apply({ cdiDevices: ['example.com/gpu=gpu0', 'example.com/gpu=gpu1'], environment: [{ name: 'GPU', value: 'x' }] }), {
      environment: [
        { name: 'DRIVER', value: '7' },
        { name: 'EMPTY', value: '' },
        { name: 'GPU', value: '1' },
      ],
      mounts: [{ hostPath: '/lib', containerPath: '/gpu/lib', readonly: true, propagation: 'host-to-container', seLinuxRelabel: false }],
      devices: [
        { containerPath: '/dev/gpu0', hostPath: '/dev/null', permissions: 'rw' },
        { containerPath: '/dev/zero', hostPath: '/dev/zero', permissions: 'rwm' },
      ],
      annotations: {},
      cdiDevices: [],
      additionalGroups: [44],
    });
  });

  it('put what is mounted last over what was mounted there before', async () => {
    const { mounts } = await apply({ cdiDevices: ['example.com/gpu=gpu0', 'example.com/gpu=again'] });
    assert.deepEqual(
      mounts.map(({ hostPath, containerPath, readonly }) => [hostPath, containerPath, readonly]),
      [['/usr/lib', '/gpu/lib', false]],
    );
  });

  it('may be named in annotations, and come from YAML', async () => {
    const { environment, annotations } = await apply({ annotations: { 'cdi.k8s.io/net': 'example.com/net=eth', other: 'x' } });
    assert.deepEqual([environment, annotations], [[{ name: 'NET', value: 'eth' }], { other: 'x' }]);
  });

  it('get a node made where only numbers are given', { skip: process.getuid?.() === 0 ? false : 'needs root' }, async () => {
    for (let times = 0; times < 2; times++) {
      const { devices } = await apply({ cdiDevices: ['example.com/gpu=numbered'] });
      assert.deepEqual(devices, [{ containerPath: '/tmp/numbered', hostPath: join(root, 'nodes', 'c-1-5-666-0-0'), permissions: 'rwm' }]);
      assert.ok((await lstat(devices[0]!.hostPath)).isCharacterDevice());
    }
  });

  it('get a node of their own where they want other rights than the host has', { skip: process.getuid?.() === 0 ? false : 'needs root' }, async () => {
    const { devices } = await apply({ cdiDevices: ['example.com/gpu=owned', 'example.com/gpu=pipe'] });
    const [owned, pipe] = await Promise.all(devices.map(({ hostPath }) => lstat(hostPath)));
    assert.deepEqual(
      [owned!.isCharacterDevice(), owned!.mode & 0o777, owned!.uid, owned!.gid, owned!.rdev],
      [true, 0o640, 7, 8, (await lstat('/dev/null')).rdev],
    );
    assert.ok(pipe!.isFIFO());
  });

  it('fail with what is wrong', async () => {
    await assert.rejects(apply({ annotations: { 'cdi.k8s.io/x': 'example.com/gpu' } }), {
      message: 'failed to parse CDI device annotations: invalid CDI device name "example.com/gpu"',
    });
    await assert.rejects(apply({ cdiDevices: ['example.com/gpu=none'] }), ({ cause }: Error) => /broken\.json/.test((cause as Error).message));
    await assert.rejects(apply({ cdiDevices: ['example.com/gpu=file'] }), /failed to stat CDI host device "\/etc\/passwd": not a device node$/);
    await assert.rejects(apply({ cdiDevices: ['example.com/gpu=mismatch'] }), /CDI device \("\/dev\/null", "\/dev\/null"\), host type mismatch \(b, c\)$/);
    await assert.rejects(apply({ cdiDevices: ['example.com/gpu=scratch'] }), /has a mount of type tmpfs, which needs a container runtime that supports CDI$/);
    await assert.rejects(apply({ cdiDevices: ['example.com/gpu=cache'] }), /has intelRdt, which needs a container runtime that supports CDI$/);
    await assert.rejects(apply({ cdiDevices: ['example.com/gpu=none', 'x/y=z'] }), /unresolvable CDI devices example.com\/gpu=none, x\/y=z$/);
    await assert.rejects(apply({ cdiDevices: ['example.com/gpu=hooked'] }), /gpu\.json has hooks, which needs a container runtime that supports CDI$/);
    await assert.rejects(apply({ cdiDevices: ['example.com/gpu=absent'] }), /failed to stat CDI host device "\/dev\/not-there": no such file or directory$/);
  });
});

describe('which runtimes apply CDI devices themselves', () => {
  for (const { name, version, want } of [
    { name: 'containerd', version: '1.6.20~ds1', want: false },
    { name: 'containerd', version: 'v1.7.2', want: false },
    { name: 'containerd', version: '2.0.1', want: true },
    { name: 'cri-o', version: '1.34.0', want: true },
    { name: 'simulated', version: '0', want: false },
  ])
    it(`${name} ${version}: ${want}`, () => assert.equal(appliesCdi({ name, version }), want));
});
