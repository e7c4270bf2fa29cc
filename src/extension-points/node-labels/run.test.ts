import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../../client/testing/settle.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { createLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import type { LabelSet, NodeLabelSource } from './contract.ts';
import { NodeLabels } from './run.ts';
import { ScriptedSource } from './testing/scripted-source.ts';

const node = { name: 'node-1', isSimulated: false };

/** Sources on a roster, and what is made of them. */
class Fixture implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly point = new ExtensionPoint<NodeLabelSource>('node-labels');
  readonly lines: string[] = [];
  changes = 0;
  readonly labels = new NodeLabels({
    point: this.point,
    node,
    clock: this.clock,
    log: createLog((line) => this.lines.push(line.slice(line.indexOf(' ') + 1).trim())),
    onChange: () => void this.changes++,
  });

  add(name: string, first?: LabelSet): { source: ScriptedSource; entry: Disposable } {
    const source = new ScriptedSource(first);
    return { source, entry: this.point.add({ name, origin: 'test', implementation: source }) };
  }

  async refresh(): Promise<this> {
    this.labels.refresh();
    await this.pass(200);
    return this;
  }

  async pass(ms: number): Promise<void> {
    await settle();
    await this.clock.advance(ms);
    await settle();
  }

  current(): Record<string, string> {
    return Object.fromEntries([...this.labels.current()].map(([name, { value }]) => [name.replace('feature.node.kubernetes.io/', ''), value]));
  }

  [Symbol.asyncDispose] = (): Promise<void> => this.labels[Symbol.asyncDispose]();
}

describe('the labels of a node', () => {
  it('are those of all sources', async () => {
    await using fixture = new Fixture();
    const { source } = fixture.add('one', { labels: { a: '1' } });
    fixture.add('two', { labels: { 'example.com/b': '2' } });
    await fixture.refresh();
    assert.deepEqual(fixture.current(), { a: '1', 'example.com/b': '2' });
    assert.deepEqual(source.nodes, [node]);
  });

  it('are what a source says last', async () => {
    await using fixture = new Fixture();
    const { source } = fixture.add('one', { labels: { a: '1', b: '1' } });
    await fixture.refresh();
    const before = fixture.changes;
    source.say({ labels: { a: '2' } });
    await fixture.pass(200);
    assert.deepEqual(fixture.current(), { a: '2' });
    assert.ok(fixture.changes > before);
  });

  it('are those of the first source in order, which is told of once', async () => {
    await using fixture = new Fixture();
    const { source } = fixture.add('one', { labels: { a: 'first', same: 'x' } });
    fixture.add('two', { labels: { a: 'second', same: 'x' } });
    await fixture.refresh();
    assert.deepEqual(fixture.current(), { a: 'first', same: 'x' });
    fixture.current();
    assert.deepEqual(fixture.lines, [
      'warn  two sources want different values of a label; the first has its way node=node-1 label=feature.node.kubernetes.io/a used="one: first" leftOut="two: second"',
    ]);
    source.say({ labels: {} });
    await fixture.pass(200);
    assert.equal(fixture.current()['a'], 'second');
  });

  it('are those of what people add before those of what is built in, in the same order after a reload', async () => {
    await using fixture = new Fixture();
    fixture.point.add({
      name: 'built-in',
      origin: 'built-in',
      implementation: new ScriptedSource({ labels: { a: 'built-in', b: 'built-in', c: 'built-in' } }),
    });
    const { entry } = fixture.add('one', { labels: { a: 'one', b: 'one' } });
    fixture.add('two', { labels: { a: 'two' } });
    await fixture.refresh();
    const want = { a: 'one', b: 'one', c: 'built-in' };
    assert.deepEqual(fixture.current(), want);
    entry[Symbol.dispose]();
    fixture.add('one', { labels: { a: 'one', b: 'one' } });
    await fixture.refresh();
    assert.deepEqual(fixture.current(), want);
  });

  it('go with their source', async () => {
    await using fixture = new Fixture();
    const { entry } = fixture.add('one', { labels: { a: '1' } });
    fixture.add('two', { labels: { b: '2' } });
    await fixture.refresh();
    entry[Symbol.dispose]();
    await fixture.refresh();
    assert.deepEqual(fixture.current(), { b: '2' });
  });

  it('stay when their source is loaded again, until it speaks', async () => {
    await using fixture = new Fixture();
    const { entry, source } = fixture.add('one', { labels: { a: '1', b: '1' } });
    await fixture.refresh();
    entry[Symbol.dispose]();
    const again = fixture.add('one');
    await fixture.refresh();
    assert.deepEqual(fixture.current(), { a: '1', b: '1' });
    source.say({ labels: { late: 'x' } });
    again.source.say({ labels: { a: '2' } });
    await fixture.pass(200);
    assert.deepEqual(fixture.current(), { a: '2' });
  });

  it('stay when their source fails, which is asked again less and less often', async () => {
    await using fixture = new Fixture();
    const { source } = fixture.add('one', { labels: { a: '1' } });
    await fixture.refresh();
    source.fail('the bus is gone');
    await fixture.pass(200);
    assert.deepEqual([fixture.current(), source.asked], [{ a: '1' }, 1]);
    await fixture.pass(1_000);
    assert.equal(source.asked, 2);
    await fixture.pass(1_000);
    assert.equal(source.asked, 2);
    await fixture.pass(1_000);
    assert.equal(source.asked, 3);
    assert.match(fixture.lines[0]!, /a source of node labels failed; what it said before holds source=one node=node-1 error="the bus is gone" retryMs=1000/);
    source.mend();
    source.say({ labels: { a: '2' } });
    await fixture.pass(4_000);
    assert.deepEqual(fixture.current(), { a: '2' });
  });

  it('stay when their source has nothing more to say', async () => {
    await using fixture = new Fixture();
    const once: NodeLabelSource = {
      async *labels() {
        yield { labels: { a: '1' } };
      },
    };
    fixture.point.add({ name: 'once', origin: 'test', implementation: once });
    await fixture.refresh();
    await fixture.pass(10_000_000);
    assert.deepEqual([fixture.current(), fixture.lines], [{ a: '1' }, []]);
  });

  it('expire, also those of a source that fails', async () => {
    await using fixture = new Fixture();
    const at = fixture.clock.now() + 5 * 3_600_000;
    const { source } = fixture.add('one', { labels: { a: '1', b: '1' }, expiresAt: { b: at } });
    await fixture.refresh();
    source.fail('gone');
    assert.deepEqual(fixture.current(), { a: '1', b: '1' });
    for (let hour = 0; hour < 4; hour++) {
      await fixture.pass(3_600_000);
      assert.deepEqual(fixture.current(), { a: '1', b: '1' });
    }
    const before = fixture.changes;
    await fixture.pass(3_600_000);
    assert.ok(fixture.changes > before);
    assert.deepEqual(fixture.current(), { a: '1' });
  });

  it('are of before a restart until their source speaks; those of sources that are gone are not', async () => {
    await using fixture = new Fixture();
    const { source } = fixture.add('one');
    const held = (value: string): ReadonlyMap<string, { value: string; expiresAt: undefined }> =>
      new Map([[`example.com/${value}`, { value, expiresAt: undefined }]]);
    await fixture.refresh();
    fixture.labels.remember(
      new Map([
        ['one', held('kept')],
        ['gone', held('lost')],
      ]),
    );
    assert.deepEqual(fixture.current(), { 'example.com/kept': 'kept' });
    source.say({ labels: { a: '1' } });
    await fixture.pass(200);
    assert.deepEqual(fixture.current(), { a: '1' });
  });

  it('are what the rules allow, and each offence is told of once', async () => {
    await using fixture = new Fixture();
    const { source } = fixture.add('one', { labels: { 'kubernetes.io/os': 'plan9', a: 'not good!', b: '1' } });
    await fixture.refresh();
    source.say({ labels: { 'kubernetes.io/os': 'plan9', b: '2' } });
    await fixture.pass(200);
    assert.deepEqual(fixture.current(), { b: '2' });
    assert.equal(fixture.lines.length, 2);
    assert.match(fixture.lines[0]!, /a label is left out source=one node=node-1 problem="kubernetes.io\/os: namespace \\"kubernetes.io\\" is not allowed"/);
  });

  it('are not more than a node may have', async () => {
    await using fixture = new Fixture();
    const many = (letter: string, count: number): LabelSet => ({
      labels: Object.fromEntries(Array.from({ length: count }, (_, index) => [`${letter}${index}`, '1'])),
    });
    fixture.add('one', many('a', 600));
    fixture.add('two', many('b', 10));
    await fixture.refresh();
    assert.equal(Object.keys(fixture.current()).length, 512);
    assert.deepEqual(
      fixture.lines.map((line) => line.replace(/^warn +/, '')),
      [
        'a label is left out source=one node=node-1 problem="600 labels are more than 512: the last ones are left out"',
        'a node has more labels than it may: the last ones are left out node=node-1 most=512',
      ],
    );
  });

  it('with a domain count before the same ones without', async () => {
    await using fixture = new Fixture();
    fixture.add('one', { labels: { a: 'short', 'feature.node.kubernetes.io/a': 'long' } });
    await fixture.refresh();
    assert.deepEqual(fixture.current(), { a: 'long' });
  });

  const nonsense: readonly { name: string; implementation: unknown; log: RegExp }[] = [
    { name: 'has no method labels', implementation: {}, log: /error a source of node labels is left out: it has no method labels/ },
    { name: 'answers no iterable', implementation: { labels: () => 7 }, log: /failed; what it said before holds/ },
    { name: 'throws at once', implementation: { labels: () => assert.fail('no') }, log: /failed; what it said before holds.*labels failed: no/ },
    {
      name: 'says nothing in particular',
      implementation: {
        labels: async function* () {
          yield undefined;
        },
      },
      log: /what it says is not \{ labels: \{ … \} \}/,
    },
    {
      name: 'says when labels expire in words',
      implementation: {
        labels: async function* () {
          yield { labels: { a: '1' }, expiresAt: { a: 'tomorrow' } };
        },
      },
      log: /a: its expiry is not a time/,
    },
  ];
  for (const { name, implementation, log } of nonsense)
    it(`do not suffer from a module that ${name}`, async () => {
      await using fixture = new Fixture();
      fixture.add('good', { labels: { good: '1' } });
      fixture.point.add({ name: 'bad', origin: 'test', implementation: implementation as NodeLabelSource });
      await fixture.refresh();
      assert.deepEqual(fixture.current(), { good: '1' });
      assert.match(fixture.lines[0]!, log);
    });

  it('are not asked for all the time of a source that never stops talking', async () => {
    await using fixture = new Fixture();
    let said = 0;
    const talker: NodeLabelSource = {
      async *labels() {
        for (;;) yield { labels: { count: String(++said) } };
      },
    };
    fixture.point.add({ name: 'talker', origin: 'test', implementation: talker });
    await fixture.refresh();
    await fixture.pass(1_000);
    assert.ok(said <= 13, `it was heard ${said} times in 1.2 seconds`);
  });

  it('need not wait in the end for a source that hangs', async () => {
    const fixture = new Fixture();
    const hanging: NodeLabelSource = { labels: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }) };
    fixture.point.add({ name: 'hanging', origin: 'test', implementation: hanging });
    await fixture.refresh();
    await fixture[Symbol.asyncDispose]();
  });
});
