import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeInfo, SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import { skip, success, unresolvable, unschedulable } from '../../extension-points/scheduling/contract.ts';
import { fitErrorMessage } from '../../extension-points/scheduling/fit-error.ts';
import { NodeRecord } from '../../extension-points/scheduling/node-record.ts';
import { LiveNodeTable } from '../../extension-points/scheduling/node-table.ts';
import { SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import { nodeWith, testNode, testPod } from '../../extension-points/scheduling/testing.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { FindNodeDeps } from './find-node.ts';
import { NodeFinder } from './find-node.ts';
import { Nominations } from './nominations.ts';
import { feasibleNodesToFind } from './plain-search.ts';

const nodes = ['a', 'b', 'c'].map((name) => nodeWith(testNode(name)));
const pod = testPod('p');

function finderOf(
  plugins: Record<string, SchedulingPlugin>,
  deps: Partial<FindNodeDeps> = {},
): (wanted?: typeof pod, among?: readonly NodeInfo[]) => Promise<string> {
  const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
  for (const [name, implementation] of Object.entries(plugins)) point.add({ name, origin: 'test', implementation });
  const framework = new SchedulingFramework(point);
  const table = deps.table ?? new LiveNodeTable();
  const finder = new NodeFinder({
    framework,
    table,
    nominations: new Nominations(),
    breathe: () => undefined,
    random: () => 0,
    percentageOfNodesToScore: 100,
    ...deps,
  });
  return async (wanted = pod, among = nodes) => {
    const names = new Set(among.map(({ name }) => name));
    for (const { name } of [...table.nodes]) if (!names.has(name)) table.remove(name);
    for (const node of among) if (table.indexOf(node.name) === undefined) table.put(NodeRecord.from(node));
    const outcome = await finder.find(framework.newState(), wanted);
    return outcome.kind === 'found' ? outcome.nodeName : fitErrorMessage(outcome.diagnosis);
  };
}
const refusing = (...names: string[]): SchedulingPlugin => ({
  filter: (_state, _pod, { name }) => (names.includes(name) ? unschedulable(`not ${name === 'a' ? 'the first' : 'another'}`) : success),
});

describe('finding a node', () => {
  it('takes the highest score, and any of the best', async () => {
    const scoring: SchedulingPlugin = { score: (_state, _pod, { name }) => (name === 'a' ? 10 : 50) };
    assert.equal(await finderOf({ scoring })(), 'b');
    assert.equal(await finderOf({ scoring }, { random: () => 0.99 })(), 'c');
  });

  it('does not score a single fitting node', async () => {
    const scoring: SchedulingPlugin = { score: () => assert.fail('scored') };
    assert.equal(await finderOf({ filter: refusing('a', 'c'), scoring })(), 'b');
  });

  it('says why no node fits, reasons counted and sorted', async () => {
    assert.equal(await finderOf({ one: refusing('a', 'b', 'c') })(), '0/3 nodes are available: 1 not the first, 2 not another.');
    assert.equal(await finderOf({})(pod, []), 'no nodes available to schedule pods');
    assert.equal(
      await finderOf({ whole: { preFilter: () => ({ status: unresolvable('claim is missing') }) } })(),
      '0/3 nodes are available: claim is missing.',
    );
  });

  it('says which plugin left nodes out', async () => {
    const naming: SchedulingPlugin = { preFilter: () => ({ status: success, nodeNames: new Set(['a']) }) };
    assert.equal(await finderOf({ naming, filter: refusing('a') })(), "0/3 nodes are available: 1 not the first, 2 node(s) didn't satisfy plugin(s) [naming].");
  });

  it('takes the node that was set aside for the pod, while that fits', async () => {
    const scoring: SchedulingPlugin = { score: (_state, _pod, { name }) => (name === 'a' ? 90 : 10) };
    const nominated = { ...pod, status: { nominatedNodeName: 'c' } };
    assert.equal(await finderOf({ scoring })(nominated), 'c');
    assert.equal(await finderOf({ scoring, filter: refusing('c') })(nominated), 'a');
  });

  it('leaves room for pods of the same or a higher priority that a node was set aside for', async () => {
    const nominations = new Nominations();
    nominations.set({ ...testPod('expected', { priority: 5 }), status: { nominatedNodeName: 'a' } });
    const single: SchedulingPlugin = { filter: (_state, _pod, { pods }) => (pods.length > 0 ? unschedulable('taken') : success) };
    const only = nodes.slice(0, 1);
    assert.equal(await finderOf({ single }, { nominations })(testPod('p', { priority: 5 }), only), '0/1 nodes are available: 1 taken.');
    assert.equal(await finderOf({ single }, { nominations })(testPod('p', { priority: 6 }), only), 'a');
  });

  it('takes no node that came to the place of one that went away just then', async () => {
    const scorers: Record<string, SchedulingPlugin> = {
      signed: { sign: () => '', score: (_state, _pod, { name }) => (name === 'a' ? 90 : 10) },
      'in one go': { score: (_state, _pod, { name }) => (name === 'a' ? 90 : 10), scoreAll: (_state, _pod, _table, _indexes, scores) => scores.fill(50) },
      'one by one': { score: (_state, _pod, { name }) => (name === 'a' ? 90 : 10) },
    };
    const refusesLast: SchedulingPlugin = { ...refusing('c'), sign: () => '' };
    for (const [name, scorer] of Object.entries(scorers))
      for (let turns = 0; turns < 16; turns++) {
        const table = new LiveNodeTable();
        const find = finderOf({ refusesLast, scorer }, { table });
        for (const node of nodes) table.put(NodeRecord.from(node));
        const found = find();
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        table.remove('a');
        assert.notEqual(await found, 'c', `scored ${name}, after ${turns} turns`);
      }
  });

  it('scores by what plugins say now, though they left scores out before', async () => {
    let epoch = 0;
    const moody: SchedulingPlugin = {
      sign: () => '',
      epoch: () => epoch,
      preScore: () => (epoch % 2 === 0 ? skip : success),
      score: (_state, _pod, { name }) => (name === 'b' ? 90 : 10),
    };
    const steady: SchedulingPlugin = { sign: () => '', score: (_state, _pod, { name }) => (name === 'c' ? 50 : 10) };
    const find = finderOf({ moody, steady });
    const chosen: string[] = [];
    for (; epoch < 4; epoch++) chosen.push(await find(), await find());
    assert.deepEqual(chosen, ['c', 'c', 'b', 'b', 'c', 'c', 'b', 'b']);
  });

  it('puts up with refusals that are never the same twice, though nothing changes', async () => {
    let said = 0;
    const signed: SchedulingPlugin = { sign: () => '', filter: () => success };
    const chatty: SchedulingPlugin = { filter: (_state, _pod, { name }) => (name === 'n7' ? success : unschedulable(`no. ${said++}`)) };
    const find = finderOf({ signed, chatty });
    const many = Array.from({ length: 10_000 }, (_, index) => nodeWith(testNode(`n${index}`)));
    for (let round = 0; round < 8; round++) assert.equal(await find(pod, many), 'n7');
  });

  it('looks at enough nodes, starting where it ended', async () => {
    const many = Array.from({ length: 300 }, (_, index) => nodeWith(testNode(`n${index}`)));
    const looked: string[] = [];
    const find = finderOf({ watching: { filter: (_state, _pod, { name }) => (looked.push(name), success), score: () => 1 } }, { percentageOfNodesToScore: 40 });
    await find(pod, many);
    assert.deepEqual([looked.length, looked[0]], [120, 'n0']);
    await find(pod, many);
    assert.deepEqual([looked.length, looked[120]], [240, 'n120']);
  });

  for (const [count, percentage, want] of [
    [50, 0, 50],
    [100, 0, 100],
    [1_000, 0, 420],
    [5_000, 0, 500],
    [15_000, 0, 750],
    [300, 10, 100],
    [5_000, 100, 5_000],
  ] as const) {
    it(`looks at ${want} of ${count} nodes at ${percentage} %`, () => assert.equal(feasibleNodesToFind(count, percentage), want));
  }
});
