import { booleanOption } from '../topology/go-values.ts';
import type { TopologyPolicyName } from '../topology/policies.ts';
import type { CpuLayout } from './cpu-layout.ts';

const stages = {
  'full-pcpus-only': 'stable',
  'distribute-cpus-across-numa': 'beta',
  'align-by-socket': 'alpha',
  'distribute-cpus-across-cores': 'alpha',
  'strict-cpu-reservation': 'stable',
  'prefer-align-cpus-by-uncorecache': 'stable',
} as const;

export type CpuPolicyOption = keyof typeof stages;
/** The options that are switched on. */
export type CpuPolicyOptions = ReadonlySet<CpuPolicyOption>;

/** Feature gates that let options of a stage be used. */
export interface CpuPolicyGates {
  readonly CPUManagerPolicyAlphaOptions: boolean;
  readonly CPUManagerPolicyBetaOptions: boolean;
}

const exclusions: readonly (readonly [CpuPolicyOption, CpuPolicyOption])[] = [
  ['full-pcpus-only', 'distribute-cpus-across-cores'],
  ['distribute-cpus-across-numa', 'distribute-cpus-across-cores'],
  ['prefer-align-cpus-by-uncorecache', 'distribute-cpus-across-cores'],
  ['prefer-align-cpus-by-uncorecache', 'distribute-cpus-across-numa'],
];

/** Reads `cpuManagerPolicyOptions` of the static policy. Throws as upstream words it. */
export function cpuPolicyOptions(given: Readonly<Record<string, string>>, gates: CpuPolicyGates): CpuPolicyOptions {
  const options = new Set<CpuPolicyOption>();
  for (const [name, value] of Object.entries(given)) {
    if (!isOption(name)) throw new Error(`unknown CPU Manager Policy option: ${JSON.stringify(name)}`);
    if (stages[name] === 'alpha' && !gates.CPUManagerPolicyAlphaOptions)
      throw new Error(`CPU Manager Policy Alpha-level Options not enabled, but option ${JSON.stringify(name)} provided`);
    if (stages[name] === 'beta' && !gates.CPUManagerPolicyBetaOptions)
      throw new Error(`CPU Manager Policy Beta-level Options not enabled, but option ${JSON.stringify(name)} provided`);
    if (booleanOption(name, value)) options.add(name);
  }
  for (const [left, right] of exclusions)
    if (options.has(left) && options.has(right)) throw new Error(`static policy options ${left} and ${right} can not be used at the same time`);
  return options;
}

const isOption = (name: string): name is CpuPolicyOption => Object.hasOwn(stages, name);

/** Throws, as upstream words it, when an option does not go with the machine or the topology manager's policy. */
export function checkAlignBySocket(options: CpuPolicyOptions, machine: CpuLayout, topologyPolicy: TopologyPolicyName): void {
  if (!options.has('align-by-socket')) return;
  if (topologyPolicy === 'single-numa-node')
    throw new Error('Topolgy manager single-numa-node policy is incompatible with CPUManager align-by-socket policy option');
  if (machine.groups('socket').size > machine.groups('numa').size)
    throw new Error('Align by socket is not compatible with hardware where number of sockets are more than number of NUMA');
}
