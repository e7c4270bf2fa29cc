import { goChecksum, goMapText } from '../topology/go-checksum.ts';
import type { StateFormat } from '../topology/state-file.ts';
import { type CpuSet, cpuListText, parseCpuList } from './cpu-list.ts';

/** By pod uid and container name: CPUs that nobody else uses. */
export type CpuAssignments = ReadonlyMap<string, ReadonlyMap<string, CpuSet>>;

/** Who has which CPUs. */
export interface CpuState {
  readonly policyName: string;
  /** What all containers without CPUs of their own share. */
  readonly sharedCpus: CpuSet;
  readonly assignments: CpuAssignments;
}

interface Checkpoint {
  readonly policyName: string;
  readonly defaultCpuSet: string;
  readonly entries?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly checksum: number;
}

/** `cpu_manager_state` as the kubelet writes it, checksum included. */
export const cpuStateFormat: StateFormat<CpuState> = {
  toText({ policyName, sharedCpus, assignments }) {
    const entries = Object.fromEntries(
      Array.from(assignments, ([uid, containers]) => [uid, Object.fromEntries(Array.from(containers, ([name, cpus]) => [name, cpuListText(cpus)]))]),
    );
    const content = { policyName, defaultCpuSet: cpuListText(sharedCpus), ...(assignments.size > 0 ? { entries } : {}) };
    return JSON.stringify({ ...content, checksum: checksumOf(content) });
  },
  fromText(text) {
    const { checksum, ...content } = JSON.parse(text) as Checkpoint;
    // As in Go, 0 stands for a file that was never summed.
    if (checksum !== 0 && checksumOf(content) !== checksum) throw new Error('checkpoint is corrupted');
    const { policyName, defaultCpuSet, entries = {} } = content;
    const assignments = Object.entries(entries).map(
      ([uid, containers]) => [uid, new Map(Object.entries(containers).map(([name, list]) => [name, parseCpuList(list)]))] as const,
    );
    return { policyName, sharedCpus: parseCpuList(defaultCpuSet), assignments: new Map(assignments) };
  },
};

function checksumOf({ policyName, defaultCpuSet, entries = {} }: Omit<Checkpoint, 'checksum'>): number {
  const entriesText = goMapText(Object.entries(entries), (containers) => goMapText(Object.entries(containers), (list) => list));
  const fields = `PolicyName:(string)${policyName} DefaultCPUSet:(string)${defaultCpuSet} Entries:(map[string]map[string]string)${entriesText}`;
  return goChecksum(`(*state.CPUManagerCheckpoint){${fields} Checksum:(checksum.Checksum)0}`);
}
