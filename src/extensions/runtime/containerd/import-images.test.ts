import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { digestOf, imageArchive, imageConfiguration } from './image-archive.ts';
import type { ImportProgress } from './import-images.ts';
import { type TarEntry, tarArchive } from './tar.ts';
import { skip, startPod, type TestContainerd, testContainerd, testImages } from './testing/test-containerd.ts';

const layer = tarArchive([{ path: 'hello', type: 'file', content: Buffer.from('hello') }]);
const otherLayer = tarArchive([{ path: 'other', type: 'file', content: Buffer.from('other') }]);
const contents = { architecture: process.arch === 'x64' ? 'amd64' : process.arch, layers: [layer], config: { Cmd: ['/hello'] } };

/** The image as an OCI layout, with the annotations of its index given, and other bytes in place of its layer if a test wants so. */
function layout(annotations: Record<string, string> | undefined, of = { layer, stored: layer }): Buffer {
  const config = imageConfiguration({ ...contents, layers: [of.layer] });
  const describe = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: describe('application/vnd.oci.image.config.v1+json', config),
      layers: [describe('application/vnd.oci.image.layer.v1.tar', of.layer)],
    }),
  );
  const index = {
    schemaVersion: 2,
    manifests: [{ ...describe('application/vnd.oci.image.manifest.v1+json', manifest), ...(annotations ? { annotations } : {}) }],
  };
  const blob = (content: Buffer, stored = content): TarEntry => ({ path: `blobs/${digestOf(content).replace(':', '/')}`, type: 'file', content: stored });
  return tarArchive([
    { path: 'oci-layout', type: 'file', content: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    { path: 'index.json', type: 'file', content: Buffer.from(JSON.stringify(index)) },
    blob(config),
    blob(manifest),
    blob(of.layer, of.stored),
  ]);
}

const reference = 'org.opencontainers.image.ref.name';

describe('importImages', { skip }, () => {
  let subject: TestContainerd;
  let directory: string;
  before(async () => {
    if (skip) return;
    directory = await mkdtemp(join(tmpdir(), 'wherry-import-'));
    subject = await testContainerd();
  });
  after(async () => {
    await subject?.[Symbol.asyncDispose]();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  let files = 0;
  const file = async (bytes: Buffer): Promise<string> => {
    const path = join(directory, `${files++}.tar`);
    await writeFile(path, bytes);
    return path;
  };

  const archives: { name: string; bytes: () => Buffer; as?: string; want: string }[] = [
    { name: 'docker save', bytes: () => imageArchive({ ...contents, names: ['test/docker'] }), want: 'docker.io/test/docker:latest' },
    { name: 'docker save, gzipped', bytes: () => gzipSync(imageArchive({ ...contents, names: ['zipped:2'] })), want: 'docker.io/library/zipped:2' },
    { name: 'an OCI layout with a full name', bytes: () => layout({ [reference]: 'registry.example/team/oci:3' }), want: 'registry.example/team/oci:3' },
    { name: 'an OCI layout with a short name', bytes: () => layout({ [reference]: 'short:4' }), want: 'docker.io/library/short:4' },
    {
      name: 'an OCI layout named by containerd',
      bytes: () => layout({ 'io.containerd.image.name': 'docker.io/library/own:5', [reference]: '5' }),
      want: 'docker.io/library/own:5',
    },
    { name: 'an OCI layout with a tag only', bytes: () => layout({ [reference]: 'v6' }), as: 'team/tagged', want: 'docker.io/team/tagged:v6' },
    { name: 'an OCI layout without a name', bytes: () => layout(undefined), as: 'team/named:7', want: 'docker.io/team/named:7' },
    { name: 'a gzipped OCI layout', bytes: () => gzipSync(layout({ [reference]: 'docker.io/library/both:8' })), want: 'docker.io/library/both:8' },
  ];
  for (const { name, bytes, as, want } of archives) {
    it(`imports ${name}`, async () => {
      const path = await file(bytes());
      const imported = await subject.containerd.importImages([as === undefined ? path : { path, name: as }]);
      assert.deepEqual(imported, [{ path, names: [want] }]);
      const image = await subject.containerd.runtime.imageStatus(want);
      assert.deepEqual(image?.tags.includes(want), true);
    });
  }

  it('leaves no other names behind', async () => {
    const names = (await subject.containerd.runtime.listImages()).flatMap(({ tags }) => tags);
    assert.deepEqual(
      names.filter((name) => /^import-|^short|^[^/]+$/.test(name)),
      [],
    );
  });

  it('tells how far it is', async () => {
    const path = testImages().nginx;
    const seen: ImportProgress[] = [];
    await subject.containerd.importImages([path], { onProgress: (progress) => seen.push(progress) });
    const last = seen.at(-1);
    assert.ok(seen.length > 1 && last?.readBytes === last?.totalBytes, 'it counts up to the size of the file');
  });

  it('unpacks images, so that their first container starts at once', async () => {
    const { ip } = await startPod(subject, 'imported', { image: 'nginx', words: [] });
    assert.match(ip, /^10\./);
  });

  const broken: { name: string; bytes: () => Buffer | Promise<Buffer>; want: RegExp }[] = [
    { name: 'text', bytes: () => Buffer.from('not an image\n'.repeat(100)), want: /image archive .*\.tar: it is not a tar archive/ },
    { name: 'an empty file', bytes: () => Buffer.alloc(0), want: /it is not a tar archive/ },
    { name: 'a tar of something else', bytes: () => layer, want: /neither manifest.json .* nor index.json/ },
    { name: 'a truncated archive', bytes: async () => (await readFile(testImages().busybox)).subarray(0, 600_000), want: /it is cut off in/ },
    {
      name: 'a truncated gzip',
      bytes: () => gzipSync(imageArchive({ ...contents, names: ['x'] })).subarray(0, 200),
      want: /it is damaged: unexpected end of file/,
    },
    { name: 'an image without a name', bytes: () => imageArchive({ ...contents, names: [] }), want: /has no name/ },
    { name: 'a layout without a name', bytes: () => layout(undefined), want: /has no name of its own/ },
    {
      name: 'a manifest that is not JSON',
      bytes: () => tarArchive([{ path: 'manifest.json', type: 'file', content: Buffer.from('{') }]),
      want: /manifest.json is not JSON/,
    },
    {
      name: 'a missing layer',
      bytes: () => tarArchive([{ path: 'manifest.json', type: 'file', content: Buffer.from('[{"Config":"c.json","RepoTags":["a:1"],"Layers":["l.tar"]}]') }]),
      want: /incomplete: "c.json" is missing/,
    },
    {
      name: 'a layer that is not what its digest says',
      bytes: () => layout({ [reference]: 'docker.io/library/lie:1' }, { layer: otherLayer, stored: Buffer.alloc(otherLayer.length, 1) }),
      want: /containerd refused it/,
    },
  ];
  for (const { name, bytes, want } of broken) {
    it(`refuses ${name}`, async () => {
      const path = await file(await bytes());
      await assert.rejects(subject.containerd.importImages([path]), want);
    });
  }

  it('refuses a file that is not there', () =>
    assert.rejects(subject.containerd.importImages([join(directory, 'none.tar')]), /image archive .*none\.tar: ENOENT/));
});
