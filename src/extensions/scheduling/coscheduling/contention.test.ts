import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { success, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import nodeResourcesFit from '../node-resources-fit/node-resources-fit.ts';
import coscheduling from './coscheduling.ts';
import { Gangs } from './testing/gangs.ts';

describe('two pod groups that need the same room', () => {
  it('do not hold what the other one lacks: the later one gives way', async () => {
    await using world = new Gangs();
    await world.room('a', 20);
    await world.group('first', { minMember: 11 });
    await world.clock.advance(1_000);
    await world.group('second', { minMember: 11 });
    // Each has ten of its eleven members in place and one that fits nowhere: a small gap, which keeps the places until the time is over.
    for (const name of ['first', 'second']) {
      await world.members(name, 10);
      await world.member(`${name}-large`, name, { requests: { cpu: '30' } });
    }
    await world.begin();
    await world.pass(3);
    assert.equal(world.holding().length, 20);
    await world.member('first-11', 'first');
    await world.pass(5);
    const running = world.bound();
    assert.equal(running.filter((name) => name.startsWith('first-')).length, 11);
    assert.equal(running.filter((name) => name.startsWith('second-')).length, 0);
    assert.ok(world.said.some((line) => line.includes('PodGroup default/first comes first and needs the node')));
  });

  it('do not touch each other when it is not for want of room that a member is refused', async () => {
    await using world = new Gangs();
    await world.room('a', 40);
    await world.group('first', { minMember: 11 });
    await world.clock.advance(1_000);
    await world.group('second', { minMember: 11 });
    for (const name of ['first', 'second']) {
      await world.members(name, 10);
      await world.member(`${name}-refused`, name);
    }
    const refuses = {
      preFilter: (_state: unknown, { metadata }: Pod) => ({ status: metadata.name!.endsWith('-refused') ? unschedulable('not today') : success }),
    };
    const { handle } = world;
    await world.start({ Coscheduling: coscheduling({}, handle), Quota: refuses, NodeResourcesFit: nodeResourcesFit() });
    await world.pass(3);
    await world.addNode('b');
    await world.pass(10);
    assert.equal(world.holding().length, 20);
  });

  it('run one after the other', async () => {
    await using world = new Gangs();
    await world.room('a', 6);
    for (const name of ['g', 'h']) await world.group(name, { minMember: 4 });
    await world.begin();
    for (let index = 1; index <= 4; index++) for (const name of ['g', 'h']) await world.member(`${name}-${index}`, name);
    await world.pass(15);
    const running = world.bound();
    assert.equal(running.length, 4);
    assert.equal(new Set(running.map((name) => name[0])).size, 1);
    for (const name of running) await world.client.delete(pods, { namespace: 'default', name: name.split('@')[0]! }, { gracePeriodSeconds: 0 });
    await world.pass(15);
    assert.equal(world.bound().length, 4);
  });
});
