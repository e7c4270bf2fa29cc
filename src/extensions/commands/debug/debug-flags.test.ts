import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createFlagSet, parseFlags } from '../../../extension-points/commands/flags/parse-flags.ts';
import { type DebugContext, debugFlags, wishesOf } from './debug-flags.ts';
import type { DebugWishes } from './debug-wishes.ts';

let directory = '';
const files: Readonly<Record<string, string>> = {
  image: '{"image":"x"}',
  variable: 'env: [{name: a, value: "1"}]',
  'text for a list': '{"env":"x"}',
  'broken yaml': 'a: [',
  empty: '',
  null: 'null',
  devices: '{"bogus":1,"volumeDevices":[{"name":"a","devicePath":"b"}]}',
  'no command': '{"command":[]}',
  list: '[1]',
  'text for a number': 'securityContext: {runAsUser: "x"}',
};

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'wherry-debug-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
});
after(() => rmSync(directory, { recursive: true, force: true }));

async function read(...line: string[]): Promise<{ wishes?: DebugWishes; error: string; stdout: string; stderr: string }> {
  const outputs = { stdout: '', stderr: '' };
  const output = (name: keyof typeof outputs) => ({ write: (text: string) => void (outputs[name] += text) });
  const { values, given, args, argumentsBeforeDashes } = parseFlags(createFlagSet(debugFlags), line);
  const context = {
    args,
    argumentsBeforeDashes,
    directory,
    flags: values,
    isSet: (flag: string) => given.has(flag),
    cluster: { namespace: () => ({ name: 'test', isExplicit: false }) },
    streams: { stdout: output('stdout'), stderr: output('stderr') },
  } as unknown as DebugContext;
  try {
    return { wishes: await wishesOf(context), error: '', ...outputs };
  } catch (error) {
    return { error: (error as Error).message, ...outputs };
  }
}

const target =
  'Targeting container "t". If you don\'t see processes from this container it may be because the container runtime doesn\'t support this feature.\n';
const ttyNeedsInput = '-i/--stdin is required for containers with -t/--tty=true';
const legacy =
  '--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n';

describe('a line of debug', () => {
  const refusals: readonly [string, string][] = [
    ['', 'you must specify --image when not using --copy-to.'],
    ['mypod', 'you must specify --image when not using --copy-to.'],
    ['mypod -- echo 1 2', 'you must specify --image when not using --copy-to.'],
    ['node/mynode -i -t', 'you must specify --image when not using --copy-to.'],
    ['--attach mypod', 'you must specify --container or create a new container using --image in order to attach.'],
    ['mypod --set-image=*=busybox --copy-to=c --attach', 'you must specify --container or create a new container using --image in order to attach.'],
    ['--image=a', 'NAME or filename is required for debug'],
    ['--image=a -- x', 'NAME or filename is required for debug'],
    ['--image=UPPER mypod', 'invalid image name "UPPER": invalid reference format'],
    ['--image=image:label@deadbeef mypod', 'invalid image name "image:label@deadbeef": invalid reference format'],
    ['--copy-to=c mypod', 'you must specify --image, --set-image or command arguments.'],
    ['-i -t --copy-to=c mypod', 'you must specify --image, --set-image or command arguments.'],
    ['--copy-to=c mypod -- x', 'you must specify an existing container or a new image when specifying args.'],
    ['--copy-to=c --image=a --target=x mypod', '--target is incompatible with --copy-to. Use --share-processes instead.'],
    ['--copy-to=c --set-image=a=UPPER mypod', 'invalid image name "UPPER" for container "a": invalid reference format'],
    ['--replace mypod', '--replace may only be used with --copy-to.'],
    ['--replace --same-node --image=c mypod', '--replace may only be used with --copy-to.'],
    ['--same-node --image=a node/mynode', '--same-node may only be used with --copy-to.'],
    ['--set-image=a=b --image=c mypod', '--set-image may only be used with --copy-to.'],
    ['--image=a -t mypod', ttyNeedsInput],
    ['--image=a --image-pull-policy=Sometimes mypod', 'invalid image pull policy: Sometimes'],
    ['--profile=none', 'unknown profile: none'],
    ['--image=a --profile=none mypod', 'unknown profile: none'],
  ];
  for (const [line, error] of refusals)
    it(`is refused: ${line || 'nothing'}`, async () => assert.equal((await read(...line.split(' ').filter(Boolean))).error, error));

  it('tells of the container it targets before it finds fault with more', async () => {
    assert.deepEqual(await read('--image=a', '--target=t', '-t', 'mypod'), { error: ttyNeedsInput, stdout: target, stderr: '' });
    const { error, stdout } = await read('--image=a', '--target=t', '-q', 'mypod');
    assert.deepEqual([error, stdout], ['', '']);
  });

  it('is told that the legacy profile goes, when nothing else is wrong', async () => {
    assert.equal((await read('--image=a', '--profile=legacy', 'mypod')).stderr, legacy);
    assert.equal((await read('--image=a', '--profile=legacy', '-t', 'mypod')).stderr, '');
  });

  const wanted: readonly [string, Partial<DebugWishes>][] = [
    ['--image=a mypod', { targets: ['mypod'], words: [], profile: 'general', attaches: false, sharesProcesses: undefined }],
    ['--image=a mypod1 mypod2 -- echo 1 2', { targets: ['mypod1', 'mypod2'], words: ['echo', '1', '2'] }],
    ['--image=a mypod -- --flag x', { targets: ['mypod'], words: ['--flag', 'x'], areArguments: false }],
    ['--image=a mypod -c dbg --arguments-only -- x y', { container: 'dbg', words: ['x', 'y'], areArguments: true }],
    ['--image=a -i mypod', { attaches: true, stdin: true }],
    ['--image=a --attach mypod', { attaches: true, stdin: false }],
    ['-ti --image=a --attach=false mypod', { attaches: false, tty: true }],
    ['--image=a --env=a=b,c=d --env=e= mypod', { env: [{ name: 'a', value: 'b' }, { name: 'c', value: 'd' }, { name: 'e' }] }],
    ['--copy-to=c --set-image=*=x,c=d --set-image=*=e mypod', { images: { '*': 'e', c: 'd' } }],
    ['--copy-to=c --image=a --share-processes mypod', { sharesProcesses: true }],
    ['--copy-to=c --image=a --share-processes=false --same-node --replace mypod', { sharesProcesses: false, staysOnNode: true, replaces: true }],
    ['--image=a -f x.yaml', { targets: [] }],
    ['--image=a mypod', { keep: { labels: false, annotations: false, liveness: false, readiness: false, startup: false, initContainers: true } }],
    [
      '--copy-to=c --image=a --keep-labels --keep-annotations --keep-liveness --keep-readiness --keep-startup --keep-init-containers=false mypod',
      { keep: { labels: true, annotations: true, liveness: true, readiness: true, startup: true, initContainers: false } },
    ],
  ];
  for (const [line, some] of wanted)
    it(`is understood: ${line}`, async () => {
      const { wishes, error } = await read(...line.split(' '));
      assert.equal(error, '');
      assert.deepEqual(Object.fromEntries(Object.keys(some).map((name) => [name, wishes![name as keyof DebugWishes]])), some);
    });
});

describe('a file that --custom names', () => {
  const fixed = 'name, command, image, lifecycle and volume devices are not modifiable via custom profile';
  const cases: readonly [string, { readonly custom?: unknown; readonly error?: string }][] = [
    ['variable', { custom: { env: [{ name: 'a', value: '1' }] } }],
    ['empty', { custom: undefined }],
    ['null', { custom: undefined }],
    ['no command', { custom: {} }],
    ['image', { error: fixed }],
    ['devices', { error: fixed }],
    ['nowhere', { error: 'must pass a container spec json file for custom profile: open nowhere: no such file or directory' }],
    [
      'text for a list',
      {
        error:
          'text for a list does not contain a valid container spec: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go struct field Container.env of type []v1.EnvVar',
      },
    ],
    [
      'text for a number',
      {
        error:
          'text for a number does not contain a valid container spec: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go struct field SecurityContext.securityContext.runAsUser of type int64',
      },
    ],
    [
      'list',
      {
        error:
          'list does not contain a valid container spec: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type v1.Container',
      },
    ],
  ];
  for (const [name, { custom, error = '' }] of cases)
    it(`may be: ${name}`, async () => {
      const outcome = await read('--image=a', `--custom=${name}`, 'mypod');
      assert.equal(outcome.error, error);
      assert.deepEqual(outcome.wishes?.custom, custom);
    });

  it('must be YAML', async () =>
    assert.match(
      (await read('--image=a', '--custom=broken yaml', 'mypod')).error,
      /^broken yaml does not contain a valid container spec: error converting YAML to JSON: /,
    ));

  it('is not a folder', async () =>
    assert.equal((await read('--image=a', '--custom=.', 'mypod')).error, 'must pass a container spec json file for custom profile: read .: is a directory'));
});
