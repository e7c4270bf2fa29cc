import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MachineShape, machineOf } from '../topology/testing/fake-machine.ts';
import { CpuLayout } from './cpu-layout.ts';
import { cpuListText, parseCpuList } from './cpu-list.ts';
import { pickDistributed, pickPacked } from './pick-cpus.ts';

const oneSocket: MachineShape = { coresPerNumaNode: 4, threadsPerCore: 2 };
const twoSockets: MachineShape = { sockets: 2, coresPerNumaNode: 3, threadsPerCore: 2 };
const twoNodesToASocket: MachineShape = { sockets: 2, numaNodesPerSocket: 2, coresPerNumaNode: 10, threadsPerCore: 2 };
const caches: MachineShape = { sockets: 2, coresPerNumaNode: 8, coresPerCache: 4 };
const cachesOfThreads: MachineShape = { coresPerNumaNode: 8, coresPerCache: 4, threadsPerCore: 2 };

type Case = readonly [name: string, shape: MachineShape, free: string, count: number, picked: string];

const request = (shape: MachineShape, free: string, count: number) =>
  ({ machine: new CpuLayout(machineOf(shape).cpus), free: parseCpuList(free), count, order: 'packed' }) as const;

describe('CPUs that are packed', () => {
  const cases: readonly Case[] = [
    ['one of a broken core', oneSocket, '1-7', 1, '4'],
    ['the other thread of a core that is in use', oneSocket, '0-3,5-7', 1, '0'],
    ['one whole core', oneSocket, '0-7', 2, '0,4'],
    ['a whole socket', oneSocket, '0-7', 8, '0-7'],
    ['one and a half core', oneSocket, '0-7', 3, '0-1,4'],
    ['a core of the socket with fewer free CPUs', twoSockets, '1-5,7-11', 2, '1,7'],
    ['a free socket rather than parts of both', twoSockets, '1-5,7-11', 6, '3-5,9-11'],
    ['one node filled, the rest from the next', twoSockets, '0-11', 8, '0-3,6-9'],
    ['three nodes filled, the rest from the fourth', twoNodesToASocket, '0-79', 64, '0-31,40-71'],
  ];
  for (const [name, shape, free, count, picked] of cases) it(name, () => assert.equal(cpuListText(pickPacked(request(shape, free, count))), picked));

  it('are refused when there are not as many', () => {
    assert.throws(() => pickPacked(request(oneSocket, '0-2', 4)), /^Error: not enough cpus available to satisfy request: requested=4, available=3$/);
  });
});

describe('CPUs spread over cores', () => {
  const spread = (free: string, count: number): string => cpuListText(pickPacked({ ...request(twoSockets, free, count), order: 'spread' }));
  it('are those with the lowest numbers, so that threads of one core come last', () => {
    assert.equal(spread('0-11', 3), '0-2');
    assert.equal(spread('0-11', 4), '0-2,6');
    assert.equal(spread('0,2-3,6,8', 3), '0,2-3');
  });
});

describe('CPUs aligned by their caches', () => {
  const cases: readonly Case[] = [
    ['a whole free cache', caches, '0-15', 4, '0-3'],
    ['a part of the first with room', caches, '0-15', 2, '0-1'],
    ['a whole cache rather than parts of a broken one', caches, '1-15', 4, '4-7'],
    ['the fullest cache that has enough', caches, '2-3,5-15', 2, '2-3'],
    ['whole cores of one cache but for an odd last CPU', cachesOfThreads, '0-15', 5, '0-2,8-9'],
    ['a whole cache and the rest from another', cachesOfThreads, '1-15', 10, '1,4-7,9,12-15'],
  ];
  for (const [name, shape, free, count, picked] of cases) it(name, () => assert.equal(cpuListText(pickPacked(request(shape, free, count), true)), picked));
});

describe('CPUs distributed over NUMA nodes', () => {
  const cases: readonly (readonly [...Case, groupSize: number])[] = [
    ['are of one node when it has enough', twoSockets, '0-11', 6, '0-2,6-8', 1],
    ['are as many from each of two', twoSockets, '0-11', 8, '0-1,3-4,6-7,9-10', 1],
    ['leave the nodes as alike as can be when they do not divide evenly', twoSockets, '0-11', 7, '0-1,3-4,6-7,9', 1],
    ['come in whole cores', twoSockets, '0-11', 8, '0-1,3-4,6-7,9-10', 2],
    ['are packed when they do not fill cores', twoSockets, '0-11', 7, '0-3,6-8', 2],
    ['are as many from each of three', twoNodesToASocket, '0-79', 48, '0-7,10-17,20-27,40-47,50-57,60-67', 1],
  ];
  for (const [name, shape, free, count, picked, groupSize] of cases)
    it(name, () => assert.equal(cpuListText(pickDistributed(request(shape, free, count), groupSize)), picked));

  it('are refused when there are not as many', () => {
    assert.throws(() => pickDistributed(request(twoSockets, '0-1', 4), 1), /not enough cpus available to satisfy request: requested=4, available=2/);
  });
});
