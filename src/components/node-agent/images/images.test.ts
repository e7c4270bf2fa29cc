import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Secret } from '../../../api/generated/core-v1.ts';
import { secrets } from '../../../api/generated/resource-types.ts';
import type { PodSandboxConfig } from '../../../extension-points/runtime/contract.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { createObjectReader } from '../object-reader.ts';
import { FakeRuntime } from '../testing/fake-runtime.ts';
import { NodeClient } from '../testing/node-client.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { RecordingEvents } from '../testing/recording-events.ts';
import { credentialsFor } from './image-credentials.ts';
import { ImagePuller } from './image-puller.ts';
import { parseImageReference } from './image-reference.ts';

describe('image names', () => {
  const cases: { image: string; want: [text: string, registry: string, repository: string] | undefined }[] = [
    { image: 'nginx', want: ['nginx:latest', 'docker.io', 'library/nginx'] },
    { image: 'nginx:1.27', want: ['nginx:1.27', 'docker.io', 'library/nginx'] },
    { image: 'me/app', want: ['me/app:latest', 'docker.io', 'me/app'] },
    { image: `localhost:5000/app@sha256:${'a'.repeat(64)}`, want: [`localhost:5000/app@sha256:${'a'.repeat(64)}`, 'localhost:5000', 'app'] },
    { image: 'registry.example.com/team/app:v1', want: ['registry.example.com/team/app:v1', 'registry.example.com', 'team/app'] },
    { image: 'localhost/app', want: ['localhost/app:latest', 'localhost', 'app'] },
    { image: 'Nginx', want: undefined },
    { image: 'a b', want: undefined },
    { image: '', want: undefined },
    { image: 'x:', want: undefined },
    { image: 'x@sha256:short', want: undefined },
  ];
  for (const { image, want } of cases)
    it(`reads ${JSON.stringify(image)}`, () => {
      const parsed = parseImageReference(image);
      assert.deepEqual(parsed && [parsed.text, parsed.registry, parsed.repository], want);
    });
});

const dockerConfig = (auths: Record<string, unknown>): Secret => ({
  metadata: { name: 'pull', namespace: 'default' },
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
});
const basic = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });

describe('pull secrets', () => {
  const users = (image: string, ...held: Secret[]): (string | undefined)[] => credentialsFor(parseImageReference(image)!, held).map(({ username }) => username);
  const secret = dockerConfig({
    'https://index.docker.io/v1/': basic('hub:p'),
    'example.com': basic('all:p'),
    'example.com/team': basic('team:p'),
    '*.example.com': basic('star:p'),
    'host:5000': { username: 'port', password: 'p' },
  });
  it('fit by registry and path, the most specific first', () => {
    assert.deepEqual(users('example.com/team/app', secret), ['team', 'all']);
    assert.deepEqual(users('example.com/other/app', secret), ['all']);
    assert.deepEqual(users('example.com/teamwork/app', secret), ['all']);
    assert.deepEqual(users('eu.example.com/app', secret), ['star']);
    assert.deepEqual(users('nginx', secret), ['hub']);
    assert.deepEqual(users('host:5000/app', secret), ['port']);
    assert.deepEqual(users('host:5001/app', secret), []);
  });
  it('that are malformed hold nothing', () =>
    assert.deepEqual(
      users('nginx', { metadata: {}, type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30' } }, { metadata: {}, data: {} }),
      [],
    ));
});

function setup() {
  const clock = new ManualClock();
  const runtime = new FakeRuntime(clock);
  const events = new RecordingEvents();
  const client = new NodeClient({ clock });
  const puller = new ImagePuller({ runtime, events, clock, objects: createObjectReader(client) });
  const ensure = (container = {}, spec = {}) => puller.ensure(testPod(spec), testContainer('web', container), {} as PodSandboxConfig, 'spec.containers{web}');
  return { clock, runtime, events, client, ensure };
}

describe('making sure of an image', () => {
  it('takes one that is there', async () => {
    const { runtime, events, ensure } = setup();
    runtime.addImage('web:1');
    assert.equal((await ensure()).kind, 'present');
    assert.deepEqual([events.of('pod'), runtime.calls], [['Pulled: Container image "web:1" already present on machine and can be accessed by the pod'], []]);
  });

  it('pulls under Always, and says how long it took', async () => {
    const { runtime, events, ensure } = setup();
    runtime.addImage('web:1');
    assert.equal((await ensure({ imagePullPolicy: 'Always' })).kind, 'present');
    assert.deepEqual(events.of('pod'), [
      'Pulling: Pulling image "web:1"',
      'Pulled: Successfully pulled image "web:1" in 0ms (0ms including waiting). Image size: 1000 bytes.',
    ]);
  });

  it('never pulls under Never', async () => {
    const { ensure } = setup();
    assert.deepEqual(await ensure({ imagePullPolicy: 'Never' }), {
      kind: 'failed',
      reason: 'ErrImageNeverPull',
      message: 'Container image "web:1" is not present with pull policy of Never',
    });
  });

  it('backs off after failures', async () => {
    const { clock, runtime, ensure } = setup();
    runtime.pullFailures.set('web:1', 'no such image');
    assert.deepEqual(await ensure(), { kind: 'failed', reason: 'ErrImagePull', message: 'no such image', retryAfterMs: 2_000 });
    assert.deepEqual(await ensure(), {
      kind: 'failed',
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "web:1": ErrImagePull: no such image',
      retryAfterMs: 10_000,
    });
    await clock.advance(10_000);
    const third = await ensure();
    assert.deepEqual(third.kind === 'failed' && third.reason, 'ErrImagePull');
    const fourth = await ensure();
    assert.deepEqual(fourth.kind === 'failed' && fourth.retryAfterMs, 20_000);
  });

  it('refuses what is no name', async () => {
    const { ensure } = setup();
    const outcome = await ensure({ image: 'Not A Name' });
    assert.deepEqual(outcome.kind === 'failed' && outcome.reason, 'InvalidImageName');
  });

  it('pulls once for containers that ask at the same time', async () => {
    const { runtime, ensure } = setup();
    await Promise.all([ensure({ imagePullPolicy: 'Always' }), ensure({ imagePullPolicy: 'Always' })]);
    assert.deepEqual(runtime.calls, ['pullImage web:1']);
  });

  it('tries credentials in turn, and tells of secrets that are missing', async () => {
    const { client, runtime, events, ensure } = setup();
    await client.create(secrets, dockerConfig({ 'docker.io': basic('user:pass') }));
    assert.equal((await ensure({}, { imagePullSecrets: [{ name: 'pull' }, { name: 'none' }] })).kind, 'present');
    assert.deepEqual(runtime.calls, ['pullImage web:1']);
    assert.match(events.of('pod')[1]!, /^FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets \(none\)/);
  });
});
