import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findNvidiaSmi } from '../../../extension-points/devices/hardware/nvidia-smi.ts';
import type { Labels } from '../../../extension-points/node-labels/contract.ts';

const execute = promisify(execFile);
const patienceMs = 30_000;

/** What programs for GPUs are built for, as `nvidia-smi` tells it. */
export interface CudaFacts {
  /** The newest CUDA that the driver runs: `12.4`. Undefined when it is not told. */
  readonly version: string | undefined;
  /** What each GPU can do, by UUID: `9.0`. Drivers before 2021 do not tell. */
  readonly computeCapabilities: ReadonlyMap<string, string>;
}

export const noCudaFacts: CudaFacts = { version: undefined, computeCapabilities: new Map() };

/** Asks the `nvidia-smi` of the machine below `root`; nothing is known without it. Rejects when it fails altogether. */
export async function askCudaFacts(root: string): Promise<CudaFacts> {
  const program = await findNvidiaSmi(root);
  if (program === undefined) return noCudaFacts;
  const options = { timeout: patienceMs, env: { ...process.env, LC_ALL: 'C' } };
  const [summary, capabilities] = await Promise.all([
    execute(program, [], options),
    execute(program, ['--query-gpu=uuid,compute_cap', '--format=csv,noheader'], options).catch(() => ({ stdout: '' })), // it does not know the question
  ]);
  return {
    version: /CUDA Version:\s*(\d+\.\d+)/.exec(summary.stdout)?.[1],
    computeCapabilities: new Map([...capabilities.stdout.matchAll(/^(GPU-\S+), (\d+\.\d+)\s*$/gm)].map(([, uuid, capability]) => [uuid!, capability!])),
  };
}

/** `cuda.runtime-version.*`, and the names it had before. */
export function runtimeLabels({ version }: CudaFacts): Labels {
  if (version === undefined) return {};
  const [major, minor] = version.split('.') as [string, string];
  const [prefix, old] = ['nvidia.com/cuda.runtime-version', 'nvidia.com/cuda.runtime'];
  return { [`${prefix}.full`]: version, [`${prefix}.major`]: major, [`${prefix}.minor`]: minor, [`${old}.major`]: major, [`${old}.minor`]: minor };
}

/** `compute.*` and `family` of a resource. */
export function architectureLabels(resource: string, capability: string | undefined): Labels {
  if (capability === undefined) return {};
  const [major, minor] = capability.split('.') as [string, string];
  return { [`${resource}.compute.major`]: major, [`${resource}.compute.minor`]: minor, [`${resource}.family`]: familyOf(Number(major), Number(minor)) };
}

/** NVIDIA's names of its architectures, by the compute capability from which on they count. */
const families: readonly (readonly [major: number, minor: number, name: string])[] = [
  [1, 0, 'tesla'],
  [2, 0, 'fermi'],
  [3, 0, 'kepler'],
  [5, 0, 'maxwell'],
  [6, 0, 'pascal'],
  [7, 0, 'volta'],
  [7, 5, 'turing'],
  [8, 0, 'ampere'],
  [8, 9, 'ada-lovelace'],
  [9, 0, 'hopper'],
  [10, 0, 'blackwell'],
  [12, 0, 'blackwell'],
];

const familyOf = (major: number, minor: number): string => families.findLast(([from, least]) => from === major && minor >= least)?.[2] ?? 'undefined';
