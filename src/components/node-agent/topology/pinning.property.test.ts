import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Container, Pod } from '../../../api/generated/core-v1.ts';
import { silentLog } from '../../../kernel/log.ts';
import { defaultNodeSettings, type NodeSettings } from '../configuration/node-settings.ts';
import { cpuStateFormat } from '../cpus/cpu-state.ts';
import { memoryStateFormat } from '../memory/memory-state.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { AdmissionError } from './contract.ts';
import { createPinning } from './create-pinning.ts';
import type { Pinning } from './pinning.ts';
import { machineOf } from './testing/fake-machine.ts';

/** Numbers that are the same for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const machine = machineOf({ sockets: 2, numaNodesPerSocket: 2, coresPerNumaNode: 4, threadsPerCore: 2, memoryPerNumaNode: 16 * 1024 ** 3 });
const reservedMemory = machine.numaNodes.map(({ id }) => ({ numaNode: id, limits: { memory: '1Gi' } }));
const base: NodeSettings = { ...defaultNodeSettings, cpuManagerPolicy: 'static', memoryManagerPolicy: 'Static', reservedMemory };

function randomPod(uid: string, next: (below: number) => number): Pod {
  const container = (name: string, rest: Partial<Container> = {}): Container => {
    const resources = { cpu: next(4) === 0 ? '500m' : String(1 + next(6)), memory: `${1 + next(12)}Gi` };
    return testContainer(name, { resources: { limits: resources, requests: resources }, ...rest });
  };
  const initContainers = Array.from({ length: next(3) }, (_, index) => container(`init-${index}`, next(3) === 0 ? { restartPolicy: 'Always' } : {}));
  return testPod({ initContainers, containers: Array.from({ length: 1 + next(2) }, (_, index) => container(`main-${index}`)) }, { uid });
}

/** What the next agent would find if this one were killed now. Throws when anything is given twice. */
function onDisk(directory: string): { cpus: Map<string, string>; memoryPods: Set<string> } {
  const { sharedCpus, assignments } = cpuStateFormat.fromText(readFileSync(join(directory, 'cpu_manager_state'), 'utf8'));
  const cpus = new Map<string, string>();
  const owners = new Map<number, string>([...sharedCpus].map((cpu) => [cpu, 'shared']));
  for (const [uid, containers] of assignments)
    for (const [name, own] of containers) {
      cpus.set(`${uid}/${name}`, [...own].sort().join());
      for (const cpu of own) {
        assert.ok([undefined, uid].includes(owners.get(cpu)), `CPU ${cpu} is ${owners.get(cpu)}'s and ${uid}'s`);
        owners.set(cpu, uid);
      }
    }
  assert.equal(owners.size, machine.cpus.length, 'every CPU is somewhere');
  const memory = memoryStateFormat.fromText(readFileSync(join(directory, 'memory_manager_state'), 'utf8'));
  for (const { memoryMap } of memory.machine.values())
    for (const { allocatable, reserved, free } of memoryMap.values()) assert.ok(reserved >= 0 && free >= 0 && reserved + free === allocatable);
  return { cpus, memoryPods: new Set(memory.assignments.keys()) };
}

const variants: Readonly<Record<string, Partial<NodeSettings>>> = {
  'without alignment': {},
  'best effort': { topologyManagerPolicy: 'best-effort' },
  restricted: { topologyManagerPolicy: 'restricted', cpuManagerPolicyOptions: { 'distribute-cpus-across-numa': 'true' } },
  'single NUMA node by pod': { topologyManagerPolicy: 'single-numa-node', topologyManagerScope: 'pod', cpuManagerPolicyOptions: { 'full-pcpus-only': 'true' } },
};

describe('however pods come, go and are refused', () => {
  for (const [name, variant] of Object.entries(variants))
    for (const seed of [1, 2])
      it(`no CPU is given to two pods, and everything survives a kill at any moment: ${name} (seed ${seed})`, async () => {
        const next = random(seed);
        const directory = mkdtempSync(join(tmpdir(), 'wherry-pinning-'));
        const start = (): Pinning =>
          createPinning({
            settings: { ...base, ...variant },
            machine,
            reservation: { milliCpu: 1500, memory: 4 * 1024 ** 3, ephemeralStorage: 0 },
            directory,
            devices: undefined,
            log: silentLog,
          });
        try {
          let pinning = start();
          const running = new Map<string, Pod>();
          let admitted = 0;
          for (let step = 0; step < 120; step++) {
            const uid = `pod-${step}`;
            if (running.size > 0 && next(3) === 0) {
              const [gone] = [...running.keys()].slice(next(running.size));
              pinning.release(gone!);
              running.delete(gone!);
            } else {
              const pod = randomPod(uid, next);
              try {
                await pinning.allocate(pod, new AbortController().signal);
                running.set(uid, pod);
                admitted++;
              } catch (error) {
                assert.ok(error instanceof AdmissionError || /not enough cpus|memorymanager/.test((error as Error).message), String(error));
                pinning.release(uid);
              }
            }
            const disk = onDisk(directory);
            const known = [...running].flatMap(([id, pod]) =>
              [...pod.spec.initContainers!, ...pod.spec.containers].flatMap((container) => {
                const own = pinning.cpusOf(id, container.name);
                return own.size > 0 ? [[`${id}/${container.name}`, [...own].sort().join()] as const] : [];
              }),
            );
            assert.deepEqual(
              disk.cpus,
              new Map([...known].sort((left, right) => [...disk.cpus.keys()].indexOf(left[0]) - [...disk.cpus.keys()].indexOf(right[0]))),
            );
            assert.deepEqual([...disk.memoryPods].sort(), [...running.keys()].sort());
            if (next(5) === 0) pinning = start(); // as after a kill: what is on disk is all there is
          }
          assert.ok(admitted > 5, `${admitted} pods were admitted`);
          pinning.retain(new Set());
          assert.equal(onDisk(directory).cpus.size, 0);
        } finally {
          rmSync(directory, { recursive: true });
        }
      });
});
