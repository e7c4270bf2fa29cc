import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Container } from '../../src/api/generated/core-v1.ts';
import { imageArchive, imageConfiguration } from '../../src/extensions/runtime/containerd/image-archive.ts';
import { tarArchive } from '../../src/extensions/runtime/containerd/tar.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { busybox } from '../fixtures/images/busybox.ts';
import { architecture } from '../fixtures/images/image-from-host.ts';
import { testImages } from '../fixtures/images/index.ts';
import { registryMissing, startRegistry, type TestRegistry } from '../fixtures/images/registry.ts';
import { assertSome, podOf, shell, statusOf, stay, workbenchOf } from '../fixtures/workload.ts';

const needs = canRunContainers ? registryMissing() : 'needs root, containerd, runc and the CNI plugins';

describe('images', { concurrency: 4, skip: needs ?? false }, () => {
  let cluster: TestCluster;
  let registry: TestRegistry;
  let archive: string;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    [archive] = (await testImages('busybox')) as [string];
    registry = await startRegistry();
    cluster = await startTestCluster({ images: [archive] });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  const of = (image: string, imagePullPolicy?: Container['imagePullPolicy']): Container => ({
    name: 'main',
    image,
    command: ['sh', '-c', stay],
    ...(imagePullPolicy ? { imagePullPolicy } : {}),
  });
  const waiting = async (name: string, reason: string): Promise<string> =>
    statusOf(await bench.podWhen(name, (pod) => assert.equal(statusOf(pod).state?.waiting?.reason, reason))).state!.waiting!.message ?? '';

  describe('are pulled by policy', () => {
    it('not when they are there', async () => {
      await bench.create(podOf('present', [of('busybox', 'IfNotPresent')]));
      const pod = await bench.podReady('present');
      await bench.told('present', 'Normal Pulled Container image "busybox" already present on machine and can be accessed by the pod');
      assert.equal(statusOf(pod).image, 'docker.io/library/busybox:latest');
      assert.match(statusOf(pod).imageID, /sha256:[0-9a-f]{64}$/);
    });

    it('never', async () => {
      await bench.create(podOf('never', [of('example.com/absent:1', 'Never')]));
      assert.equal(await waiting('never', 'ErrImageNeverPull'), 'Container image "example.com/absent:1" is not present with pull policy of Never');
      await bench.told('never', 'Warning ErrImageNeverPull Container image "example.com/absent:1" is not present with pull policy of Never');
      await eventually(async () => assertSome(await bench.events('never'), 'Warning Failed Error: ErrImageNeverPull'));
      assert.equal((await bench.row('pod', 'never'))[2], 'ErrImageNeverPull');
    });

    it('when they are missing, once, with their size', async () => {
      const image = await registry.push(archive, 'team/app:1');
      await bench.create(podOf('pulled', [of(image)]));
      const pod = await bench.podReady('pulled');
      await bench.told('pulled', `Normal Pulling Pulling image "${image}"`);
      await bench.told(
        'pulled',
        /^Normal Pulled Successfully pulled image "localhost:\d+\/team\/app:1" in [\d.]+m?s \([\d.]+m?s including waiting\)\. Image size: \d+ bytes\.$/,
      );
      assert.match(statusOf(pod).imageID, /^localhost:\d+\/team\/app@sha256:[0-9a-f]{64}$/);
      await bench.create(podOf('pulled-again', [of(image, 'IfNotPresent')]));
      await bench.podReady('pulled-again');
      await bench.told('pulled-again', /already present on machine/);
    });

    it('always, so that a tag follows its registry', async () => {
      const versionAt = async (name: string, version: string): Promise<string> => {
        const path = join(cluster.directory, `moving-${version}.tar`);
        writeFileSync(
          path,
          imageArchive({
            names: ['moving:latest'],
            architecture: architecture(),
            layers: [tarArchive(busybox.entries())],
            config: { ...busybox.config, Env: [...busybox.config.Env!, `VERSION=${version}`] },
          }),
        );
        const image = await registry.push(path, 'team/moving:latest');
        // No policy is Always for the tag `latest`.
        await bench.create(podOf(name, [of(image)]));
        const pod = await bench.podReady(name);
        assert.equal(pod.spec.containers[0]?.imagePullPolicy, 'Always');
        return bench.exec(name, 'echo $VERSION');
      };
      assert.equal(await versionAt('moving-one', 'one'), 'one\n');
      assert.equal(await versionAt('moving-two', 'two'), 'two\n');
    });

    it('by digest', async () => {
      const path = join(cluster.directory, 'pinned.tar');
      writeFileSync(
        path,
        imageArchive({
          names: ['pinned:1'],
          architecture: architecture(),
          layers: [tarArchive(busybox.entries())],
          config: { ...busybox.config, Env: [...busybox.config.Env!, 'OWN=yes'] },
        }),
      );
      await registry.push(path, 'team/pinned:1');
      const response = await fetch(`http://${registry.host}/v2/team/pinned/manifests/1`, {
        headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
      });
      const digest = `sha256:${createHash('sha256')
        .update(await response.text())
        .digest('hex')}`;
      await bench.create(podOf('pinned', [of(`${registry.host}/team/pinned@${digest}`)]));
      const pod = await bench.podReady('pinned');
      assert.equal(statusOf(pod).imageID, `${registry.host}/team/pinned@${digest}`);
    });
  });

  describe('that cannot be had', () => {
    it('are asked for again and again', async () => {
      const image = `${registry.host}/team/nothing:1`;
      await bench.create(podOf('missing', [of(image)]));
      await bench.podWhen('missing', (pod) => assert.match(statusOf(pod).state?.waiting?.reason ?? '', /^(ErrImagePull|ImagePullBackOff)$/));
      const message = await waiting('missing', 'ImagePullBackOff');
      assert.ok(message.startsWith(`Back-off pulling image "${image}": ErrImagePull: `), message);
      assert.match(message, /not found$/);
      await eventually(async () => {
        const events = await bench.events('missing');
        assertSome(events, new RegExp(`^Warning Failed Failed to pull image "${image}": .*not found$`));
        for (const text of ['Warning Failed Error: ErrImagePull', `Normal BackOff Back-off pulling image "${image}"`, 'Warning Failed Error: ImagePullBackOff'])
          assertSome(events, text);
      });
      // Now and then it is just trying.
      await eventually(async () => assert.equal((await bench.row('pod', 'missing'))[2], 'ImagePullBackOff'));
      assert.match(
        (await bench.attempt('logs', 'missing')).stderr,
        /^Error from server \(BadRequest\): container "main" in pod "missing" is waiting to start: (trying and failing to pull image|image can't be pulled)\n$/,
      );
      await registry.push(archive, 'team/nothing:1');
      await bench.podWhen('missing', (pod) => assert.ok(statusOf(pod).state?.running));
    });

    it('are named when their name is none', async () => {
      await bench.create(podOf('misnamed', [of('Team/App:1:2', 'IfNotPresent')]));
      const message = await waiting('misnamed', 'InvalidImageName');
      assert.match(message, /^Failed to apply default image tag "Team\/App:1:2": couldn't parse image name "Team\/App:1:2": invalid reference format/);
      await bench.told('misnamed', /^Warning InspectFailed Failed to apply default image tag "Team\/App:1:2"/);
      assert.equal((await bench.row('pod', 'misnamed'))[2], 'InvalidImageName');
    });

    it('do not stop the other containers of their pod', async () => {
      await bench.create(podOf('half', [of('example.com/absent:1', 'Never'), shell(stay, { name: 'other' })]));
      await bench.podWhen('half', (pod) => assert.ok(statusOf(pod, 'other').state?.running));
      assert.equal((await bench.row('pod', 'half'))[1], '1/2');
    });
  });

  it('of others are shown to who has a pull secret', async () => {
    const passwords = join(cluster.directory, 'passwords');
    // bcrypt of "open-sesame".
    writeFileSync(passwords, 'team:$2b$12$urJ2rRR9fjZWM4QGTE8oFu4L0UkkP7x36cFmFRcMZKbvC06zHA92u\n');
    await using guarded = await startRegistry({ passwordFile: passwords });
    const image = `${guarded.host}/team/app:1`;
    await bench.kubectl(
      'create',
      'secret',
      'docker-registry',
      'key',
      `--docker-server=${guarded.host}`,
      '--docker-username=team',
      '--docker-password=open-sesame',
    );
    const failureOf = async (name: string, spec: object): Promise<string> => {
      await bench.create(podOf(name, [of(image)], spec));
      const message = await waiting(name, 'ImagePullBackOff');
      await bench.kubectl('delete', 'pod', name);
      return message;
    };
    assert.match(await failureOf('stranger', {}), /authorization failed|no basic auth credentials|401 Unauthorized/);
    // Nothing was ever pushed there: who may look finds nothing.
    assert.match(await failureOf('friend', { imagePullSecrets: [{ name: 'key' }] }), /not found$/);
    await bench.create(podOf('keyless', [of(image)], { imagePullSecrets: [{ name: 'lost' }] }));
    await eventually(async () =>
      assertSome(
        await bench.events('keyless'),
        'Warning FailedToRetrieveImagePullSecret Unable to retrieve some image pull secrets (lost); attempting to pull the image may not succeed.',
      ),
    );
    await bench.kubectl('delete', 'pod', 'keyless');
  });

  describe('are imported', () => {
    const importAndRun = async (name: string, file: string): Promise<void> => {
      const { code, stdout, stderr } = await cluster.wherry('image', 'import', file);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `docker.io/library/${name}:1  (from ${file})\n`, stderr: '' });
      assert.match((await cluster.wherry('image', 'list')).stdout, new RegExp(`^docker\\.io/library/${name}:1 +[0-9a-f]{12} +[\\d.]+ [KM]iB$`, 'm'));
      await bench.create(podOf(name, [of(`${name}:1`, 'Never')]));
      await bench.podReady(name);
    };
    const contents = (name: string): Parameters<typeof imageArchive>[0] => ({
      names: [`docker.io/library/${name}:1`],
      architecture: architecture(),
      layers: [tarArchive(busybox.entries())],
      config: busybox.config,
    });

    it('from what docker saves', async () => {
      const file = join(cluster.directory, 'docker.tar');
      writeFileSync(file, imageArchive(contents('saved')));
      await importAndRun('saved', file);
    });

    it('from what docker saves, zipped', async () => {
      const file = join(cluster.directory, 'docker.tar.gz');
      writeFileSync(file, gzipSync(imageArchive(contents('zipped')), { level: 1 }));
      await importAndRun('zipped', file);
    });

    it('from an OCI layout', async () => {
      const file = join(cluster.directory, 'oci.tar');
      writeFileSync(file, ociArchive(contents('layout')));
      await importAndRun('layout', file);
    });

    const broken: { name: string; make: (file: string) => void; says: RegExp }[] = [
      { name: 'is none', make: (file) => writeFileSync(file, 'no archive at all. '.repeat(100)), says: /damaged|not an? (image|tar) archive/ },
      {
        name: 'is cut off',
        make: (file) => {
          copyFileSync(archive, file);
          truncateSync(file, Math.floor(statSync(file).size / 2));
        },
        says: /damaged|cut off|ends|incomplete/,
      },
      {
        name: 'is cut off and zipped',
        make: (file) => writeFileSync(file, gzipSync(readFileSync(archive), { level: 1 }).subarray(0, 100_000)),
        says: /damaged/,
      },
      {
        name: 'lacks a layer',
        make: (file) =>
          writeFileSync(
            file,
            tarArchive([{ path: 'manifest.json', type: 'file', content: Buffer.from('[{"Config":"a.json","RepoTags":["a:1"],"Layers":[]}]') }]),
          ),
        says: /incomplete: "a\.json" is missing/,
      },
      { name: 'is empty', make: (file) => writeFileSync(file, ''), says: /image archive/ },
    ];
    for (const { name, make, says } of broken) {
      it(`but not from a file that ${name}`, async () => {
        const file = join(cluster.directory, `${name.replaceAll(' ', '-')}.tar`);
        make(file);
        const { code, stdout, stderr } = await cluster.wherry('image', 'import', file);
        assert.deepEqual({ code, stdout, lines: stderr.trim().split('\n').length }, { code: 1, stdout: '', lines: 1 }, stderr);
        assert.ok(stderr.startsWith('error: ') && stderr.includes(file), stderr);
        assert.match(stderr, says);
      });
    }

    it('but not from nowhere', async () => {
      const outcome = await cluster.wherry('image', 'import', '/no/such/file.tar');
      assert.deepEqual(outcome, { code: 1, stdout: '', stderr: 'error: no such file: /no/such/file.tar\n' });
    });
  });
});

/** An image as an OCI layout in a tar. */
function ociArchive(contents: Parameters<typeof imageArchive>[0]): Buffer {
  const blobs = new Map<string, Buffer>();
  const blob = (mediaType: string, content: Buffer): { mediaType: string; digest: string; size: number } => {
    const digest = createHash('sha256').update(content).digest('hex');
    blobs.set(`blobs/sha256/${digest}`, content);
    return { mediaType, digest: `sha256:${digest}`, size: content.length };
  };
  const layers = contents.layers.map((layer) => blob('application/vnd.oci.image.layer.v1.tar', layer));
  const config = blob('application/vnd.oci.image.config.v1+json', imageConfiguration(contents));
  const manifest = blob(
    'application/vnd.oci.image.manifest.v1+json',
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config, layers })),
  );
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations: { 'org.opencontainers.image.ref.name': contents.names[0] } }] };
  const file = (path: string, content: Buffer): { path: string; type: 'file'; content: Buffer } => ({ path, type: 'file', content });
  return tarArchive([
    file('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
    ...[...blobs].map(([path, content]) => file(path, content)),
    file('index.json', Buffer.from(JSON.stringify(index))),
  ]);
}
