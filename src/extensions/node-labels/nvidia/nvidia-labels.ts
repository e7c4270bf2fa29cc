import type { Labels, NodeLabelSource } from '../../../extension-points/node-labels/contract.ts';
import { type PollOptions, poll } from '../../../extension-points/node-labels/poll.ts';
import type { Log } from '../../../kernel/log.ts';
import { architectureLabels, runtimeLabels } from './cuda-facts.ts';
import { isSplit, migLabels } from './mig-labels.ts';
import { type NvidiaFacts, NvidiaFactsReader } from './nvidia-facts.ts';
import { type Replication, resourceLabels, sanitised } from './resource-labels.ts';

/** How the GPUs are offered, so that labels and resources tell the same. */
export interface NvidiaLabelsOptions extends PollOptions {
  /** How MIG devices are offered. Default: `none`, the whole GPUs are. */
  readonly migStrategy?: 'none' | 'single' | 'mixed';
  /** Resources that several containers use in turns, by name. */
  readonly replicated?: ReadonlyMap<string, Replication>;
  readonly root?: string;
  readonly log: Log;
}

/** The labels of NVIDIA's GPU feature discovery, as far as the kernel driver and `nvidia-smi` know them. None when there is no driver. */
export function nvidiaLabels({ root = '/', log, ...options }: NvidiaLabelsOptions): NodeLabelSource {
  const reader = new NvidiaFactsReader(root, log);
  return poll(async () => {
    const facts = await reader.read();
    return facts ? labelsOf(facts, options) : {};
  }, options);
}

/** What GPU feature discovery would make of the same facts. */
export function labelsOf(facts: NvidiaFacts, { migStrategy = 'none', replicated = new Map() }: Omit<NvidiaLabelsOptions, 'log' | 'root'>): Labels {
  return {
    'nvidia.com/gpu.present': 'true',
    ...versionLabels(facts.driver.version),
    ...runtimeLabels(facts.cuda),
    'nvidia.com/mig.capable': String(facts.driver.gpus.some(({ isMigCapable }) => isMigCapable)),
    'nvidia.com/mps.capable': 'false',
    'nvidia.com/gpu.machine': sanitised(facts.machine ?? 'unknown'),
    'nvidia.com/gpu.mode': modeOf(facts.classes),
    ...gpuLabels(facts, replicated),
    ...(migStrategy === 'none' ? {} : { 'nvidia.com/mig.strategy': migStrategy, ...migLabels(facts, migStrategy, replicated) }),
  };
}

/** Of whole GPUs. GPUs that are split are not shared as a whole; where others are not split, those count. */
function gpuLabels(facts: NvidiaFacts, replicated: ReadonlyMap<string, Replication>): Labels {
  const { gpus } = facts.driver;
  const gpu = gpus.findLast((candidate) => !isSplit(facts, candidate)) ?? gpus.at(-1)!;
  const name = 'nvidia.com/gpu';
  const replication = isSplit(facts, gpu) ? 'none' : replicated.get(name);
  const memoryMib = facts.told.get(gpu.uuid)?.memoryMib ?? 0;
  return {
    ...resourceLabels({ name, product: [gpu.model], count: gpus.filter(({ model }) => model === gpu.model).length, replication }),
    ...(memoryMib > 0 ? { [`${name}.memory`]: String(memoryMib) } : {}),
    ...architectureLabels(name, facts.cuda.computeCapabilities.get(gpu.uuid)),
  };
}

function versionLabels(version: string): Labels {
  const [major = '', minor = '', revision = ''] = version.split('.');
  const [prefix, old] = ['nvidia.com/cuda.driver-version', 'nvidia.com/cuda.driver'];
  return {
    [`${prefix}.full`]: version,
    [`${prefix}.major`]: major,
    [`${prefix}.minor`]: minor,
    [`${prefix}.revision`]: revision,
    [`${old}.major`]: major,
    [`${old}.minor`]: minor,
    [`${old}.rev`]: revision,
  };
}

/** By PCI class: 3D controllers are for computing, VGA controllers have a screen. */
function modeOf(classes: ReadonlySet<string>): string {
  if (classes.size !== 1) return 'unknown';
  return { '030000': 'graphics', '030200': 'compute' }[[...classes][0]!] ?? 'unknown';
}
