import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { SchedulingPlugin, Status } from './contract.ts';
import { skip, success, unresolvable, unschedulable } from './contract.ts';
import { SchedulingFramework } from './run.ts';
import { nodeWith, testNode, testPod } from './testing.ts';

function frameworkOf(plugins: Record<string, SchedulingPlugin>, weights: Record<string, number> = {}): SchedulingFramework {
  const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
  for (const [name, implementation] of Object.entries(plugins)) point.add({ name, origin: 'test', implementation });
  return new SchedulingFramework(point, { weights });
}
const pod = testPod('p');
const nodes = ['a', 'b', 'c'].map((name) => nodeWith(testNode(name)));
const signal = new AbortController().signal;
const error: Status = { code: 'error', reasons: ['broken'] };
const noBreath = (): undefined => undefined;

describe('the scheduling framework', () => {
  it('wants exactly one queue order and at least one binder', () => {
    const sorter: SchedulingPlugin = { queueSort: () => 0 };
    const binder: SchedulingPlugin = { bind: async () => success };
    assert.throws(() => frameworkOf({ binder }).validate(), /exactly one .* queueSort, found none/);
    assert.throws(() => frameworkOf({ one: sorter, two: sorter, binder }).validate(), /found one, two/);
    assert.throws(() => frameworkOf({ sorter }).validate(), /at least one .* bind/);
    frameworkOf({ sorter, binder }).validate();
  });

  it('gates at the first refusal, asking first who refused last', () => {
    const asked: string[] = [];
    const gate = (name: string, status: Status): SchedulingPlugin => ({ preEnqueue: () => (asked.push(name), status) });
    const framework = frameworkOf({ one: gate('one', success), two: gate('two', unschedulable('no')), three: gate('three', unschedulable('never')) });
    assert.deepEqual(framework.preEnqueue(pod), { ...unschedulable('no'), plugin: 'two' });
    assert.equal(framework.preEnqueue(pod, 'three').plugin, 'three');
    assert.deepEqual(asked, ['one', 'two', 'three']);
  });

  it('skips the filter, and the what-if calls, of a plugin that skipped', () => {
    const calls: string[] = [];
    const framework = frameworkOf({
      skipping: { preFilter: () => ({ status: skip }), filter: () => (calls.push('filter'), success), addPod: () => (calls.push('addPod'), success) },
      other: { filter: () => (calls.push('other'), success) },
    });
    const state = framework.newState();
    assert.equal(framework.preFilter(state, pod, nodes).status.code, 'success');
    framework.filter(state, pod, nodes[0]!);
    framework.addPod(state, pod, pod, nodes[0]!);
    assert.deepEqual(calls, ['other']);
  });

  it('intersects node names, and refuses when none is left', () => {
    const naming = (...names: string[]): SchedulingPlugin => ({ preFilter: () => ({ status: success, nodeNames: new Set(names) }) });
    const both = frameworkOf({ one: naming('a', 'b'), two: naming('b', 'c') });
    assert.deepEqual(both.preFilter(both.newState(), pod, nodes), { status: success, nodeNames: new Set(['b']), narrowedBy: ['one', 'two'] });
    const disjoint = frameworkOf({ one: naming('a'), two: naming('c') });
    assert.deepEqual(disjoint.preFilter(disjoint.newState(), pod, nodes).status, {
      ...unresolvable("node(s) didn't satisfy plugin(s) [one two] simultaneously"),
      plugin: 'two',
    });
    const empty = frameworkOf({ one: naming() });
    assert.deepEqual(empty.preFilter(empty.newState(), pod, nodes).status.reasons, ["node(s) didn't satisfy plugin one"]);
  });

  it('runs later preFilters after a refusal, but not after an unresolvable one', () => {
    const calls: string[] = [];
    const refusing = (name: string, status: Status): SchedulingPlugin => ({ preFilter: () => (calls.push(name), { status }) });
    const framework = frameworkOf({
      one: refusing('one', unschedulable('full')),
      two: refusing('two', unresolvable('never')),
      three: refusing('three', success),
    });
    assert.equal(framework.preFilter(framework.newState(), pod, nodes).status.plugin, 'two');
    assert.deepEqual(calls, ['one', 'two']);
  });

  it('aborts with the plugin named when a filter fails or throws', () => {
    const failing = frameworkOf({ bad: { filter: () => error } });
    assert.throws(() => failing.filter(failing.newState(), pod, nodes[0]!), /running Filter plugin "bad": broken/);
    const throwing = frameworkOf({
      bad: {
        filter: () => {
          throw new Error('oops');
        },
      },
    });
    assert.throws(() => throwing.filter(throwing.newState(), pod, nodes[0]!), /scheduling\/bad: filter failed: oops/);
  });

  it('weighs normalised scores, and leaves out plugins whose preScore skipped', async () => {
    const framework = frameworkOf(
      {
        rank: {
          score: (_state, _pod, { name }) => name.charCodeAt(0),
          normalizeScores: (_state, _pod, scores) => scores.forEach((entry) => void (entry.score -= 97)),
        },
        flat: { score: () => 10 },
        skipped: { preScore: () => skip, score: () => 100 },
      },
      { rank: 5 },
    );
    assert.deepEqual(await framework.score(framework.newState(), pod, nodes, noBreath), [10, 15, 20]);
  });

  for (const score of [-1, 101, Number.NaN, Infinity]) {
    it(`does not take ${score} for a score`, async () => {
      const framework = frameworkOf({ bad: { score: () => score } });
      await assert.rejects(framework.score(framework.newState(), pod, nodes, noBreath), /plugin "bad": returned an invalid score/);
    });
  }

  it('undoes all reservations in reverse order when one fails', async () => {
    const calls: string[] = [];
    const reserving = (name: string, status: Status): SchedulingPlugin => ({
      reserve: () => (calls.push(`reserve ${name}`), status),
      unreserve: () => void calls.push(`unreserve ${name}`),
    });
    const framework = frameworkOf({ one: reserving('one', success), two: reserving('two', unschedulable('taken')), three: reserving('three', success) });
    assert.deepEqual(await framework.reserve(framework.newState(), pod, 'a'), { ...unschedulable('taken'), plugin: 'two' });
    assert.deepEqual(calls, ['reserve one', 'reserve two', 'unreserve three', 'unreserve two', 'unreserve one']);
  });

  it('gathers waits, and lets a refusal end them', async () => {
    const waiting: SchedulingPlugin = { permit: () => ({ status: { code: 'wait', reasons: [] }, timeoutMs: 500 }) };
    const held = frameworkOf({ one: waiting, two: { permit: () => ({ status: success }) }, three: waiting });
    assert.deepEqual(await held.permit(held.newState(), pod, 'a'), {
      status: { code: 'wait', reasons: [] },
      waits: new Map([
        ['one', 500],
        ['three', 500],
      ]),
    });
    const refused = frameworkOf({ one: waiting, two: { permit: async () => ({ status: unschedulable('no') }) } });
    assert.equal((await refused.permit(refused.newState(), pod, 'a')).status.plugin, 'two');
  });

  it('leaves out preBind of those with nothing to do', async () => {
    const calls: string[] = [];
    const binding = (name: string, flight?: Status): SchedulingPlugin => ({
      preBind: async () => (calls.push(name), success),
      ...(flight ? { preBindPreFlight: () => flight } : {}),
    });
    const framework = frameworkOf({ one: binding('one', skip), two: binding('two', success), three: binding('three') });
    await framework.preBind(framework.newState(), pod, 'a', signal);
    assert.deepEqual(calls, ['two', 'three']);
  });

  it('lets the first plugin bind that does not skip', async () => {
    const calls: string[] = [];
    const binder = (name: string, status: Status): SchedulingPlugin => ({ bind: async () => (calls.push(name), status) });
    const framework = frameworkOf({ one: binder('one', skip), two: binder('two', success), three: binder('three', success) });
    assert.equal((await framework.bind(framework.newState(), pod, 'a', signal)).code, 'success');
    assert.deepEqual(calls, ['one', 'two']);
    const nobody = frameworkOf({ one: binder('one', skip) });
    await assert.rejects(nobody.bind(nobody.newState(), pod, 'a', signal), /no scheduling plugin binds/);
  });

  it('stops postFilter at the first success, and gathers reasons otherwise', async () => {
    const filtering = (status: Status, nominatedNodeName?: string): SchedulingPlugin => ({
      postFilter: () => ({ status, ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }) }),
    });
    const helped = frameworkOf({ one: filtering(unschedulable('x')), two: filtering(success, 'b'), three: filtering(unresolvable('y')) });
    assert.deepEqual(await helped.postFilter(helped.newState(), pod, new Map()), { status: { ...success, plugin: 'two' }, nominatedNodeName: 'b' });
    const helpless = frameworkOf({ one: filtering(unschedulable('x'), ''), two: filtering(unschedulable('y')) });
    assert.deepEqual(await helpless.postFilter(helpless.newState(), pod, new Map()), {
      status: { ...unschedulable('x', 'y'), plugin: 'two' },
      nominatedNodeName: '',
    });
  });

  it('clones states with the values that can be cloned', () => {
    const framework = frameworkOf({});
    const state = framework.newState();
    const shared = { count: 1 };
    state.write('shared', shared);
    state.write('own', { count: 1, clone: () => ({ count: 2 }) });
    const clone = state.clone();
    assert.equal(clone.read('shared'), shared);
    assert.deepEqual(clone.read('own'), { count: 2 });
    clone.delete('shared');
    assert.equal(state.read('shared'), shared);
  });
});
