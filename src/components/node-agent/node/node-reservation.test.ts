import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pressureThresholds } from '../configuration/eviction-thresholds.ts';
import { defaultNodeSettings, type NodeSettings } from '../configuration/node-settings.ts';
import { allocatableOf, nodeReservation } from './node-reservation.ts';

const capacity = { cpu: '4', memory: '8Gi', 'hugepages-2Mi': '1Gi', 'ephemeral-storage': '100Gi', pods: '110' };

function allocatable(settings: Partial<NodeSettings>): unknown {
  const reservation = nodeReservation({ ...defaultNodeSettings, ...settings }, capacity);
  const { cpu, memory, 'ephemeral-storage': disk, ...rest } = allocatableOf({ capacity, allocatable: capacity }, reservation);
  assert.deepEqual(rest, { 'hugepages-2Mi': '1Gi', pods: '110' });
  return [cpu, memory, disk];
}

const mebibytes = (count: number): string => `${count * 1024}Ki`;
const gibibytes = (count: number): string => String(count * 1024 ** 3);

describe('what a node keeps for itself', () => {
  it('is by default what evictions keep free', () => assert.deepEqual(allocatable({}), ['4', mebibytes(7 * 1024 - 100), gibibytes(90)]));

  it('is system, kubelet and eviction together', () => {
    const settings: Partial<NodeSettings> = {
      systemReserved: { cpu: '250m', memory: '512Mi' },
      kubeReserved: { cpu: '1', 'ephemeral-storage': '5Gi' },
      evictionHard: new Map([['memory.available', { part: 0.25 }]]),
    };
    assert.deepEqual(allocatable(settings), ['2750m', mebibytes(7 * 1024 - 512 - 2048), gibibytes(95)]);
  });

  it('is, of CPUs, those that are named', () => {
    const settings = { systemReserved: { cpu: '250m' }, reservedSystemCpus: new Set([0, 1, 2]) };
    assert.deepEqual(allocatable(settings), ['1', mebibytes(7 * 1024 - 100), gibibytes(90)]);
  });

  it('is never more than there is', () => assert.deepEqual(allocatable({ kubeReserved: { cpu: '8', memory: '64Gi' } }), ['0', '0', gibibytes(90)]));
});

describe('thresholds of evictions', () => {
  it('are watched for in the terms of the machine, and those that are not named are not', () => {
    const machine = { memoryBytes: 0, diskBytes: 0, diskTotalBytes: 1000, inodes: 0, inodesTotal: 500, pids: 0, pidsTotal: 100 };
    const given = new Map([
      ['memory.available', { part: 0.5 }],
      ['nodefs.available', { amount: 250 }],
      ['pid.available', { part: 0.1 }],
    ] as const);
    assert.deepEqual(pressureThresholds(given, machine, 4096), { memoryAvailableBytes: 2048, diskAvailable: 0.25, inodesFree: 0, pidsAvailable: 0.1 });
  });
});
