import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLog, silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { followStaticPods, staticPod } from './static-pods.ts';

const manifest = (name: string, extra = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n  - name: c\n    image: i\n${extra}`;

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wherry-static-'));
});
after(() => rm(directory, { recursive: true }));

describe('a static pod', () => {
  it('is named after its node and known by its content', () => {
    const pod = staticPod(manifest('web'), '/m/web.yaml', 'Node-1', 0);
    assert.deepEqual(
      [pod.metadata.name, pod.metadata.namespace, pod.spec.nodeName, pod.metadata.annotations?.['kubernetes.io/config.source']],
      ['web-node-1', 'default', 'Node-1', 'file'],
    );
    assert.equal(pod.metadata.uid, pod.metadata.annotations?.['kubernetes.io/config.hash']);
    assert.notEqual(staticPod(manifest('web', '    tty: true\n'), '/m/web.yaml', 'Node-1', 0).metadata.uid, pod.metadata.uid);
  });

  const refusals: [string, string, RegExp][] = [
    ['that is no pod', 'kind: Service', /not a Pod/],
    ['that is no YAML', '{{{', /error converting YAML to JSON/],
    ['that needs a Secret', manifest('x', '  volumes:\n  - name: v\n    secret: {secretName: s}\n'), /static pods may not use volume "v"/],
    ['that needs a service account', manifest('x', '  serviceAccountName: s\n'), /may not reference serviceaccounts/],
  ];
  for (const [name, text, want] of refusals) it(`${name} is refused`, () => assert.throws(() => staticPod(text, '/m/x', 'n', 0), want));
});

it('manifests are followed: added, changed, removed; a broken one is told once', async () => {
  const clock = new ManualClock();
  const seen: string[] = [];
  const warnings: string[] = [];
  const log = createLog((line) => warnings.push(line), 'warn');
  using follower = await followStaticPods({
    directory,
    nodeName: 'n',
    clock,
    log,
    put: (pod) => seen.push(`put ${pod.metadata.name}`),
    remove: (pod) => seen.push(`remove ${pod.metadata.name}`),
  });
  const look = async (): Promise<void> => (follower as Disposable & { read(): Promise<void> }).read();
  await writeFile(join(directory, 'web.yaml'), manifest('web'));
  await writeFile(join(directory, 'bad.yaml'), 'kind: Nothing');
  await writeFile(join(directory, '.hidden'), manifest('hidden'));
  await look();
  await look();
  await writeFile(join(directory, 'web.yaml'), manifest('web', '    tty: true\n'));
  await look();
  await rm(join(directory, 'web.yaml'));
  await look();
  assert.deepEqual(seen, ['put web-n', 'remove web-n', 'put web-n', 'remove web-n']);
  assert.equal(warnings.length, 1);
});

it('a folder that is missing holds no pods', async () => {
  using _follower = await followStaticPods({
    directory: join(directory, 'none'),
    nodeName: 'n',
    clock: new ManualClock(),
    log: silentLog,
    put: () => assert.fail(),
    remove: () => assert.fail(),
  });
});
