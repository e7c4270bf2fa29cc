import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isQualifiedName } from './qualified-name.ts';
import { readCdiDevices } from './read-specs.ts';
import { readSpecification } from './specification.ts';

const device = (fields: object = {}): object => ({ name: 'gpu0', containerEdits: { env: ['A=1'], ...fields } });
const spec = (fields: object = {}): string => JSON.stringify({ cdiVersion: '1.0.0', kind: 'example.com/gpu', devices: [device()], ...fields });

describe('a CDI specification', () => {
  it('is read from JSON and YAML', () => {
    const yaml =
      'cdiVersion: "0.8.0"\nkind: example.com/net.fast\ndevices:\n- name: 0:1\n  containerEdits: {deviceNodes: [{path: /dev/x, type: c, major: 1, minor: 3, fileMode: 0640, uid: 5, gid: 6}]}\n';
    const { kind, devices } = readSpecification(yaml, '/etc/cdi/x.yaml');
    assert.equal(kind, 'example.com/net.fast');
    assert.deepEqual(devices.get('0:1')?.own.deviceNodes, [
      { path: '/dev/x', hostPath: '/dev/x', type: 'c', major: 1, minor: 3, fileMode: 0o640, uid: 5, gid: 6, permissions: 'rwm' },
    ]);
    assert.deepEqual([...readSpecification(spec(), 'x').devices.keys()], ['gpu0']);
  });

  const cases: { readonly name: string; readonly fields: object; readonly message: string }[] = [
    { name: 'no version', fields: { cdiVersion: undefined }, message: 'invalid version ""' },
    { name: 'a version nobody knows', fields: { cdiVersion: '7.0.0' }, message: 'invalid version "7.0.0"' },
    { name: 'no class', fields: { kind: 'example.com' }, message: 'invalid CDI Spec: invalid vendor. empty name' },
    { name: 'a bad vendor', fields: { kind: '1.com/gpu' }, message: 'invalid CDI Spec: invalid vendor. "1.com", should start with letter' },
    { name: 'a bad class', fields: { kind: 'a.com/g$pu' }, message: 'invalid CDI Spec: invalid class. invalid character \'$\' in name "g$pu"' },
    { name: 'two devices of one name', fields: { devices: [device(), device()] }, message: 'invalid CDI Spec: invalid spec, multiple device "gpu0"' },
    {
      name: 'a device that does nothing',
      fields: { devices: [{ name: 'x', containerEdits: {} }] },
      message: 'invalid CDI Spec: failed add device "x": invalid device, empty device edits',
    },
    {
      name: 'a bad device name',
      fields: { devices: [{ ...device(), name: 'a/b' }] },
      message: 'invalid CDI Spec: failed add device "a/b": invalid character \'/\' in device name "a/b"',
    },
    {
      name: 'a variable without value',
      fields: { devices: [device({ env: ['A'] })] },
      message: 'invalid CDI Spec: failed add device "gpu0": invalid device "gpu0": invalid environment variable "A"',
    },
    { name: 'a bad type', fields: { containerEdits: { deviceNodes: [{ path: '/x', type: 'z' }] } }, message: 'device "/x": invalid type "z"' },
    {
      name: 'bad permissions',
      fields: { containerEdits: { deviceNodes: [{ path: '/x', permissions: 'rx' }] } },
      message: 'device "/x": invalid permissions "rx"',
    },
    { name: 'a node without path', fields: { containerEdits: { deviceNodes: [{}] } }, message: 'invalid (empty) device path' },
    { name: 'a mount from nowhere', fields: { containerEdits: { mounts: [{ containerPath: '/x' }] } }, message: 'invalid mount, empty host path' },
    { name: 'an unknown hook', fields: { containerEdits: { hooks: [{ hookName: 'later', path: '/x' }] } }, message: 'invalid hook name "later"' },
    { name: 'an unknown field', fields: { containerEdits: { envs: [] } }, message: 'failed to unmarshal CDI Spec: unknown field "envs"' },
    { name: 'a field of another type', fields: { devices: {} }, message: 'failed to unmarshal CDI Spec: Spec.devices is not a list' },
    {
      name: 'what a later version brought',
      fields: { cdiVersion: '0.6.0', containerEdits: { additionalGids: [5] } },
      message: 'invalid CDI Spec: the spec version must be at least v0.7.0',
    },
  ];
  for (const { name, fields, message } of cases) it(`is not valid with ${name}`, () => assert.throws(() => readSpecification(spec(fields), 'x'), { message }));

  for (const { name, want } of [
    { name: 'example.com/gpu=0', want: true },
    { name: 'example.com/gpu=GPU-1:2', want: true },
    { name: 'example.com/gpu', want: false },
    { name: 'gpu=0', want: false },
    { name: 'example.com/gpu=', want: false },
    { name: 'example.com/gpu=a/b', want: false },
  ])
    it(`${want ? 'can' : 'cannot'} be asked for ${name}`, () => assert.equal(isQualifiedName(name), want));
});

describe('CDI specifications in several folders', () => {
  let root: string;
  const write = (path: string, fields: object): Promise<void> => writeFile(join(root, path), spec(fields));
  const named = (name: string, value: string): object => ({ name, containerEdits: { env: [`FROM=${value}`] } });
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'wherry-cdi-'));
    for (const folder of ['low', 'high']) await mkdir(join(root, folder));
    await write('low/a.json', { devices: [named('gpu0', 'low'), named('gpu1', 'low'), named('twice', 'a'), named('healed', 'a')] });
    await write('low/b.json', { devices: [named('twice', 'b'), named('healed', 'b')] });
    await write('high/c.json', { devices: [named('gpu0', 'high'), named('healed', 'high')] });
    await writeFile(join(root, 'high/broken.json'), '{');
    await writeFile(join(root, 'high/ignored.txt'), spec({ devices: [named('ignored', 'x')] }));
  });
  after(() => rm(root, { recursive: true }));

  it('count from the last folder on; what two files of one folder describe counts for nothing', async () => {
    const { devices, problems } = await readCdiDevices(['low', 'high', 'missing'].map((folder) => join(root, folder)));
    assert.deepEqual(
      [...devices].map(([name, { own }]) => [name, own.environment[0]]),
      [
        ['example.com/gpu=gpu0', 'FROM=high'],
        ['example.com/gpu=gpu1', 'FROM=low'],
      ],
    );
    assert.deepEqual(problems.slice(0, 2), [
      `conflicting device "example.com/gpu=twice" (specs "${join(root, 'low/b.json')}", "${join(root, 'low/a.json')}")`,
      `conflicting device "example.com/gpu=healed" (specs "${join(root, 'low/b.json')}", "${join(root, 'low/a.json')}")`,
    ]);
    assert.match(problems[2]!, /^failed to load CDI Spec \S+broken\.json: /);
  });

  it('are files: pipes and devices of the same name hold nobody up', async () => {
    const strange = join(root, 'strange');
    await mkdir(strange);
    execFileSync('mkfifo', [join(strange, 'a.json')]);
    await symlink('/dev/zero', join(strange, 'b.json'));
    await mkdir(join(strange, 'c.json'));
    await write('strange/d.json', { devices: [named('gpu0', 'strange')] });
    const { devices, problems } = await readCdiDevices([strange]);
    assert.deepEqual([...devices.keys()], ['example.com/gpu=gpu0']);
    assert.deepEqual(
      problems,
      ['a', 'b', 'c'].map((name) => `failed to load CDI Spec ${join(strange, `${name}.json`)}: it is not a regular file`),
    );
  });
});
