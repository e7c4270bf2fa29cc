import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unresolvable, unschedulable } from '../../extension-points/scheduling/contract.ts';
import type { RankedPlugin } from './verdict-column.ts';
import { VerdictColumn } from './verdict-column.ts';

const ranked = (name: string, rank: number): RankedPlugin => ({ plugin: { name, origin: 'test', implementation: {} }, rank });
const [first, second] = [ranked('First', 0), ranked('Second', 1)];

describe('a column of verdicts', () => {
  it('counts what it holds', () => {
    const column = new VerdictColumn();
    column.resize(4);
    for (const index of [0, 1, 2, 3]) column.accept(index);
    column.refuse(1, unschedulable('full'), second);
    column.refuse(2, unschedulable('full'), second);
    column.refuse(3, unresolvable('wrong'), first);
    assert.deepEqual([column.feasibleCount, [...column.feasible()]], [1, [0]]);
    assert.deepEqual(
      column.counted().map(([{ plugin, code, reasons }, count]) => ({ plugin, code, reasons, count })),
      [
        { plugin: 'Second', code: 'unschedulable', reasons: ['full'], count: 2 },
        { plugin: 'First', code: 'unschedulable-and-unresolvable', reasons: ['wrong'], count: 1 },
      ],
    );
    column.resize(1);
    assert.deepEqual([column.feasibleCount, column.counted()], [1, []]);
  });

  it('takes many refusals at once, by marks, but for what an earlier plugin refused', () => {
    const column = new VerdictColumn();
    column.resize(5);
    column.acceptAll();
    const statuses = [unschedulable('unused'), unschedulable('full'), unresolvable('wrong')];
    const asked: number[] = [];
    const statusOf = (mark: number) => (asked.push(mark), statuses[mark]!);
    column.refuse(0, unschedulable('early'), first);
    column.refuseMarked(Uint8Array.of(1, 1, 0, 2, 0), statusOf, second);
    const reasons = (): unknown[] => [0, 1, 2, 3, 4].map((index) => column.statusAt(index)?.reasons[0]);
    assert.deepEqual([reasons(), column.feasibleCount, [...column.feasible()]], [['early', 'full', undefined, 'wrong', undefined], 2, [2, 4]]);
    assert.ok(!asked.includes(0));
    // An earlier plugin overrules a later one.
    column.refuseMarked(Uint8Array.of(0, 2, 0, 0, 2), statusOf, first);
    assert.deepEqual([reasons(), column.feasibleCount], [['early', 'wrong', undefined, 'wrong', 'wrong'], 1]);
  });

  it('shares one status among nodes that are refused alike', () => {
    const column = new VerdictColumn();
    column.resize(2);
    column.refuse(0, unschedulable('full'), first);
    column.refuse(1, unschedulable('full'), first);
    assert.equal(column.statusAt(0), column.statusAt(1));
  });

  it('tells plugins apart that refuse with the same words', () => {
    const column = new VerdictColumn();
    column.resize(2);
    const status = unschedulable('full');
    column.refuse(0, status, first);
    column.refuse(1, status, second);
    assert.deepEqual([column.statusAt(0)?.plugin, column.statusAt(1)?.plugin], ['First', 'Second']);
    assert.deepEqual([column.isRefusedBefore(0, 1), column.isRefusedBefore(1, 1), column.isRefusedBefore(1, 2)], [true, false, true]);
  });

  it('is left as it was by what happens to its copy', () => {
    const column = new VerdictColumn();
    column.resize(2);
    column.accept(0);
    column.refuse(1, unschedulable('full'), first);
    const copy = column.copy();
    copy.refuse(0, unresolvable('wrong'), second);
    copy.accept(1);
    assert.deepEqual([[...column.feasible()], [...copy.feasible()], column.statusAt(1)?.reasons, copy.statusAt(0)?.reasons], [[0], [1], ['full'], ['wrong']]);
    column.refuse(0, unschedulable('late'), first);
    assert.deepEqual([column.statusAt(0)?.reasons, copy.statusAt(0)?.reasons], [['late'], ['wrong']]);
  });

  it('begins anew before plugins that never repeat themselves have used up all numbers', () => {
    const column = new VerdictColumn();
    column.resize(1);
    for (let reason = 0; !column.isCluttered; reason++) column.refuse(0, unschedulable(`for the ${reason}th time`), first);
    const copy = column.copy();
    column.clear();
    assert.deepEqual([column.isCluttered, column.counted()], [false, []]);
    column.refuse(0, unschedulable('full'), first);
    assert.deepEqual([column.statusAt(0)?.reasons, copy.counted().length], [['full'], 1]);
  });
});
