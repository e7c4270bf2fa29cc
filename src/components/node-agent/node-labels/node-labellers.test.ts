import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node } from '../../../api/generated/core-v1.ts';
import { nodes } from '../../../api/generated/resource-types.ts';
import { ApiError } from '../../../api/status.ts';
import type { Patch } from '../../../client/client.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import { settle } from '../../../client/testing/settle.ts';
import type { LabelSet, NodeLabelSource } from '../../../extension-points/node-labels/contract.ts';
import { ScriptedSource } from '../../../extension-points/node-labels/testing/scripted-source.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { createLog, silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { NodeClient } from '../testing/node-client.ts';
import { recordAnnotation } from './label-record.ts';
import { NodeLabellers } from './node-labellers.ts';

const usual = { 'kubernetes.io/hostname': 'node-1' };

class CountingClient extends NodeClient {
  patches = 0;
  beforePatch: (() => Promise<void>) | undefined;

  override async patch<T extends object>(...args: Parameters<NodeClient['patch']>): Promise<T> {
    this.patches++;
    const before = this.beforePatch;
    this.beforePatch = undefined;
    await before?.();
    return (await super.patch(...args)) as T;
  }
}

/** Nodes in an API in memory, and agents that label them; these can be killed and started again. */
class Fixture implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client = new CountingClient({ clock: this.clock });
  readonly lines: string[] = [];
  point = new ExtensionPoint<NodeLabelSource>('node-labels');
  labellers!: NodeLabellers;
  #stack = new DisposalStack();

  async create(name = 'node-1'): Promise<this> {
    await this.client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { ...usual } }, spec: {} } as Node);
    return this;
  }

  add(name: string, first?: LabelSet): { source: ScriptedSource; entry: Disposable } {
    const source = new ScriptedSource(first);
    return { source, entry: this.point.add({ name, origin: 'test', implementation: source }) };
  }

  async start(nodeNames = ['node-1']): Promise<this> {
    const { client, clock, point } = this;
    const informers = this.#stack.use(createInformers({ client, clock, log: silentLog }));
    const informer = informers.informer(nodes);
    const log = createLog((line) => this.lines.push(line));
    this.labellers = this.#stack.use(new NodeLabellers({ informer, nodeNames, isSimulated: true, clientOf: () => client, point, clock, log }));
    await informers.synced();
    await this.pass(5_000);
    return this;
  }

  async stop(): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
    this.#stack = new DisposalStack();
    this.point = new ExtensionPoint<NodeLabelSource>('node-labels');
  }

  [Symbol.asyncDispose] = (): Promise<void> => this.#stack[Symbol.asyncDispose]();

  async pass(ms: number): Promise<void> {
    await settle();
    for (let passed = 0; passed < ms; passed += 500) {
      await this.clock.advance(500);
      await settle();
    }
  }

  async refresh(): Promise<void> {
    this.labellers.refresh();
    await this.pass(5_000);
  }

  patch(body: object, name = 'node-1'): Promise<unknown> {
    return this.client.patch(nodes, { name }, { type: 'merge', body } satisfies Patch);
  }

  async labels(name = 'node-1'): Promise<Record<string, string>> {
    const { 'kubernetes.io/hostname': _, ...labels } = (await this.client.get(nodes, { name })).metadata.labels ?? {};
    return labels;
  }

  async record(name = 'node-1'): Promise<string | undefined> {
    return (await this.client.get(nodes, { name })).metadata.annotations?.[recordAnnotation];
  }
}

const prefix = 'feature.node.kubernetes.io/';

describe('the labels on a Node', () => {
  it('are written together, with a record of whose they are', async () => {
    await using fixture = await new Fixture().create();
    fixture.add('one', { labels: { a: '1' } });
    fixture.add('two', { labels: { 'example.com/b': '2' }, expiresAt: { 'example.com/b': Date.UTC(2030, 0, 1) } });
    await fixture.start();
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '1', 'example.com/b': '2' });
    assert.equal(await fixture.record(), '{"two":{"example.com/b":"2030-01-01T00:00:00.000Z"},"one":{"a":""}}');
    assert.equal(fixture.client.patches, 1);
  });

  it('change and go as their source says', async () => {
    await using fixture = await new Fixture().create();
    const { source } = fixture.add('one', { labels: { a: '1', b: '1' } });
    await fixture.start();
    source.say({ labels: { a: '2', c: '3' } });
    await fixture.pass(5_000);
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '2', [`${prefix}c`]: '3' });
    source.say({ labels: {} });
    await fixture.pass(5_000);
    assert.deepEqual([await fixture.labels(), await fixture.record()], [{}, undefined]);
  });

  it('go when their source is removed', async () => {
    await using fixture = await new Fixture().create();
    const { entry } = fixture.add('one', { labels: { a: '1' } });
    await fixture.start();
    entry[Symbol.dispose]();
    await fixture.refresh();
    assert.deepEqual(await fixture.labels(), {});
  });

  it('go when they expire', async () => {
    await using fixture = await new Fixture().create();
    fixture.add('one', { labels: { a: '1', b: '1' }, expiresAt: { b: fixture.clock.now() + 10_000 } });
    await fixture.start();
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '1', [`${prefix}b`]: '1' });
    await fixture.pass(10_000);
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '1' });
  });

  it('that somebody else has set stay, and are told of when they differ', async () => {
    await using fixture = await new Fixture().create();
    await fixture.patch({ metadata: { labels: { [`${prefix}theirs`]: 'x', [`${prefix}same`]: '1' } } });
    const { source } = fixture.add('one', { labels: { theirs: 'mine', same: '1', a: '1' } });
    await fixture.start();
    const want = { [`${prefix}theirs`]: 'x', [`${prefix}same`]: '1' };
    assert.deepEqual(await fixture.labels(), { ...want, [`${prefix}a`]: '1' });
    assert.equal(fixture.lines.length, 1);
    assert.match(fixture.lines[0]!, /a label is left as it is: somebody else has set it node=node-1 label=feature.node.kubernetes.io\/theirs value=x/);
    source.say({ labels: {} });
    await fixture.pass(5_000);
    assert.deepEqual(await fixture.labels(), want);
  });

  it('are set right when somebody changes or removes them', async () => {
    await using fixture = await new Fixture().create();
    fixture.add('one', { labels: { a: '1', b: '1' } });
    await fixture.start();
    await fixture.patch({ metadata: { labels: { [`${prefix}a`]: 'x', [`${prefix}b`]: null } } });
    await fixture.pass(5_000);
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '1', [`${prefix}b`]: '1' });
  });

  it('of a source that has gone while no agent ran are removed by the next', async () => {
    await using fixture = await new Fixture().create();
    fixture.add('one', { labels: { a: '1' } });
    fixture.add('two', { labels: { b: '2' } });
    await fixture.start();
    await fixture.stop();
    fixture.add('two', { labels: { b: '2' } });
    await fixture.start();
    assert.deepEqual(await fixture.labels(), { [`${prefix}b`]: '2' });
  });

  it('of sources that have all gone are removed by the next agent', async () => {
    await using fixture = await new Fixture().create();
    fixture.add('one', { labels: { a: '1' } });
    await fixture.start();
    await fixture.stop();
    await fixture.start();
    assert.deepEqual([await fixture.labels(), await fixture.record()], [{}, undefined]);
  });

  it('of a source that is slow, or fails, after a restart stay until it speaks or they expire', async () => {
    await using fixture = await new Fixture().create();
    fixture.add('one', { labels: { a: '1', b: '1' }, expiresAt: { b: fixture.clock.now() + 60_000 } });
    await fixture.start();
    await fixture.stop();
    const written = fixture.client.patches;
    const { source } = fixture.add('one');
    source.fail('not today');
    await fixture.start();
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '1', [`${prefix}b`]: '1' });
    assert.equal(fixture.client.patches, written);
    await fixture.pass(60_000);
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '1' });
    source.mend();
    source.say({ labels: { c: '1' } });
    await fixture.pass(120_000);
    assert.deepEqual(await fixture.labels(), { [`${prefix}c`]: '1' });
  });

  it('are written for the version of the Node that was looked at', async () => {
    await using fixture = await new Fixture().create();
    fixture.add('one', { labels: { theirs: 'mine', a: '1' } });
    fixture.client.beforePatch = async () => void (await fixture.patch({ metadata: { labels: { [`${prefix}theirs`]: 'x' } } }));
    await fixture.start();
    assert.deepEqual(await fixture.labels(), { [`${prefix}theirs`]: 'x', [`${prefix}a`]: '1' });
    assert.equal(await fixture.record(), '{"one":{"a":""}}');
  });

  it('are tried again when they cannot be written', async () => {
    await using fixture = await new Fixture().create();
    fixture.add('one', { labels: { a: '1' } });
    fixture.client.beforePatch = async () => {
      throw new ApiError(503, 'ServiceUnavailable', 'not now');
    };
    await fixture.start();
    assert.match(fixture.lines.join(''), /labels of the node not written; trying again node=node-1 error="not now" retryMs=1000/);
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '1' });
  });

  it('come back with a Node that was deleted and registered again', async () => {
    await using fixture = await new Fixture().create();
    fixture.add('one', { labels: { a: '1' } });
    await fixture.start();
    await fixture.client.delete(nodes, { name: 'node-1' });
    await fixture.pass(5_000);
    await fixture.create();
    await fixture.pass(5_000);
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '1' });
  });

  it('are not believed to be the agent’s because a record says so of what no source may set', async () => {
    await using fixture = await new Fixture().create();
    await fixture.patch({ metadata: { annotations: { [recordAnnotation]: '{"x":{"kubernetes.io/hostname":"","a/b/c":"","b":7},"y":[],"z":null}' } } });
    await fixture.start();
    assert.equal((await fixture.client.get(nodes, { name: 'node-1' })).metadata.labels?.['kubernetes.io/hostname'], 'node-1');
    assert.equal(await fixture.record(), undefined);
  });

  it('of a record that makes no sense stay', async () => {
    await using fixture = await new Fixture().create();
    await fixture.patch({ metadata: { labels: { [`${prefix}a`]: '1' }, annotations: { [recordAnnotation]: '{{' } } });
    fixture.add('one', { labels: { b: '1' } });
    await fixture.start();
    assert.deepEqual(await fixture.labels(), { [`${prefix}a`]: '1', [`${prefix}b`]: '1' });
    assert.equal(await fixture.record(), '{"one":{"b":""}}');
  });

  it('are of the agent’s own nodes only, each with its name, and of nodes that have sources', async () => {
    await using fixture = await new Fixture().create('node-1');
    await fixture.create('node-2');
    await fixture.create('other');
    await fixture.start(['node-1', 'node-2']);
    assert.equal(fixture.client.patches, 0);
    const named: NodeLabelSource = {
      async *labels({ name, isSimulated }) {
        yield { labels: { name, simulated: String(isSimulated) } };
      },
    };
    fixture.point.add({ name: 'named', origin: 'test', implementation: named });
    await fixture.refresh();
    for (const name of ['node-1', 'node-2']) assert.deepEqual(await fixture.labels(name), { [`${prefix}name`]: name, [`${prefix}simulated`]: 'true' });
    assert.deepEqual(await fixture.labels('other'), {});
  });

  it('are the same whatever comes between, and whenever the agent is killed', async () => {
    for (let seed = 1; seed <= 12; seed++) await anyHistory(seed);
  });
});

/** Sources that come, go, speak and fail, users who write, agents that are killed; then all is quiet, and the Node must show what is wanted and what users have set. */
async function anyHistory(seed: number): Promise<void> {
  let state = seed * 2_654_435_761;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  await using fixture = await new Fixture().create();
  let sources = new Map<string, { source: ScriptedSource; entry: Disposable; set: Record<string, string> }>();
  const theirs: Record<string, string> = { [`${prefix}user`]: 'theirs' };
  await fixture.patch({ metadata: { labels: theirs } });
  await fixture.start();
  const randomSet = (): Record<string, string> =>
    Object.fromEntries(['a', 'b', 'c', 'user'].filter(() => below(2) === 0).map((name) => [name, String(below(3))]));
  for (let step = 0; step < 25; step++) {
    const name = `source-${below(3)}`;
    const known = sources.get(name);
    const choice = below(5);
    if (choice === 0 && known) {
      known.entry[Symbol.dispose]();
      sources.delete(name);
    } else if (choice === 1) {
      await fixture.patch({ metadata: { labels: { [`${prefix}${['a', 'b'][below(2)]}`]: below(2) === 0 ? null : 'meddled' } } });
      await fixture.pass(below(3) * 500);
    } else if (choice === 2) {
      await fixture.stop();
      const kept = sources;
      sources = new Map();
      for (const [again, { set }] of kept) if (below(3) > 0) sources.set(again, { ...fixture.add(again, { labels: set }), set });
      await fixture.start();
    } else {
      const set = randomSet();
      if (known) known.source.say({ labels: set });
      sources.set(name, known ? { ...known, set } : { ...fixture.add(name, { labels: set }), set });
    }
    fixture.labellers.refresh();
    await fixture.pass(below(3) * 500);
  }
  await fixture.pass(10_000);
  const labels = await fixture.labels();
  const own = new Set(Object.values(JSON.parse((await fixture.record()) ?? '{}') as Record<string, object>).flatMap((names) => Object.keys(names)));
  const wanted: Record<string, string> = {};
  for (const { name } of fixture.point) for (const [label, value] of Object.entries(sources.get(name)!.set)) wanted[label] ??= value;
  for (const label of ['a', 'b', 'c', 'user']) {
    const shown = labels[prefix + label];
    if (label === 'user') assert.equal(shown, 'theirs', `seed ${seed}`);
    else if (wanted[label] !== undefined) assert.ok(shown === wanted[label] || (shown === 'meddled' && !own.has(label)), `seed ${seed}: ${label} is ${shown}`);
    else assert.ok(shown === undefined || (shown === 'meddled' && !own.has(label)), `seed ${seed}: ${label} is ${shown}`);
  }
}
