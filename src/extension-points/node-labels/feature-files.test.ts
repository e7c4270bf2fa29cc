import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createLog } from '../../kernel/log.ts';
import { nodeLabelConformance } from './conformance.ts';
import type { LabelSet, NodeLabelSource } from './contract.ts';
import { featureFiles } from './feature-files.ts';
import { serveNodeLabels } from './serve.ts';

const node = { name: 'node-1', isSimulated: false };

describe('a directory of feature files', () => {
  let parent: string;
  let directory: string;
  let lines: string[];
  let stopping: AbortController;
  let sets: AsyncIterator<LabelSet>;
  const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text);
  const next = async (): Promise<Readonly<Record<string, string>>> => (await sets.next()).value.labels as Readonly<Record<string, string>>;
  /** The sets up to the one that is wanted: a change may be seen in two steps. */
  const becomes = async (want: Readonly<Record<string, string>>): Promise<void> => {
    for (;;) {
      const labels = await next();
      if (JSON.stringify(labels) === JSON.stringify(want)) return;
    }
  };

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'wf-'));
    directory = join(parent, 'features.d');
    await mkdir(directory);
    lines = [];
    stopping = new AbortController();
    const source = featureFiles({ directory, log: createLog((line) => lines.push(line)) });
    sets = source.labels(node, stopping.signal)[Symbol.asyncIterator]();
  });
  afterEach(async () => {
    stopping.abort(new Error('enough'));
    await sets.next();
    await rm(parent, { recursive: true, force: true });
  });

  it('says what its files say, the last of them where two say the same', async () => {
    await write('b', 'one=b\ntwo\n');
    await write('a', 'one=a\nexample.com/three=3\n');
    assert.deepEqual(await next(), { one: 'b', 'example.com/three': '3', two: 'true' });
  });

  it('is read again when a file is written, replaced and removed', async () => {
    assert.deepEqual(await next(), {});
    await write('a', 'one=1\n');
    await becomes({ one: '1' });
    await write('.a', 'one=2\n');
    await rename(join(directory, '.a'), join(directory, 'a'));
    await becomes({ one: '2' });
    await rm(join(directory, 'a'));
    await becomes({});
  });

  it('may be removed and made again', async () => {
    await write('a', 'one=1\n');
    assert.deepEqual(await next(), { one: '1' });
    await rm(directory, { recursive: true });
    await becomes({});
    await mkdir(directory);
    await write('a', 'one=2\n');
    await becomes({ one: '2' });
  });

  it('has hidden files, folders and files that are too large, which are left out', async () => {
    await write('.hidden', 'hidden\n');
    await mkdir(join(directory, 'folder'));
    await write('large', `large\n#${' '.repeat(65_536)}\n`);
    await write('good', 'good\n');
    assert.deepEqual(await next(), { good: 'true' });
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /feature file not understood file=.*\/large problem="file size limit exceeded: 65544 bytes > 65536 bytes"/);
  });

  it('complains once about a directive that nobody knows', async () => {
    await write('a', '# +colour=red\none\n');
    await next();
    await write('b', 'two\n');
    await becomes({ one: 'true', two: 'true' });
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /unknown feature file directive/);
  });

  it('leaves out what has expired, and says when the rest will', async () => {
    const later = Date.now() + 3_600_000;
    await write('a', 'shared=a\n');
    await write('b', `# +expiry-time=2020-01-01T00:00:00Z\nold\nshared=b\n# +expiry-time=${new Date(later).toISOString()}\nyoung\n`);
    const { value } = (await sets.next()) as { value: LabelSet };
    assert.deepEqual(value, { labels: { shared: 'a', young: 'true' }, expiresAt: { young: later } });
  });
});

describe('a source that is served', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wf-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const saying = (...sets: readonly LabelSet[]): NodeLabelSource => ({
    async *labels() {
      yield* sets;
    },
  });

  it('writes what it says last, and removes its file in the end', async () => {
    {
      await using served = serveNodeLabels(saying({ labels: { one: '1' } }, { labels: { two: '2' } }), { name: 'mine', directory });
      await served.ended;
      const reader = featureFiles({ directory }).labels(node, new AbortController().signal)[Symbol.asyncIterator]();
      assert.deepEqual((await reader.next()).value, { labels: { two: '2' }, expiresAt: {} });
      await reader.return?.();
    }
    assert.deepEqual(await readdir(directory), []);
  });

  it('tells when a label cannot be written', async () => {
    await using served = serveNodeLabels(saying({ labels: { 'a\nb': '1' } }), { name: 'mine', directory });
    await assert.rejects(served.written, /cannot be written to a file/);
    await assert.rejects(served.ended, /cannot be written to a file/);
  });

  it('needs a name that readers look at', () => {
    for (const name of ['', '.mine', '../mine']) assert.throws(() => serveNodeLabels(saying(), { name, directory }), /cannot be the name/);
  });
});

nodeLabelConformance('a source behind a feature file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'wf-'));
  const inner: NodeLabelSource = {
    async *labels(about, signal) {
      yield { labels: { 'example.com/name': about.name, feature: 'true' }, expiresAt: { feature: Date.now() + 3_600_000 } };
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  };
  const served = serveNodeLabels(inner, { name: 'inner', directory, nodeName: 'node-1' });
  await served.written;
  return {
    source: featureFiles({ directory }),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
});
