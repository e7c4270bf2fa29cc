import { nodes as nodeType } from '../api/generated/resource-types.ts';
import type { Informers } from '../client/informer.ts';
import { NodeLabellers } from '../components/node-agent/node-labels/node-labellers.ts';
import { featureFileDirectory, type Labels, type NodeLabelSource } from '../extension-points/node-labels/contract.ts';
import { featureFiles } from '../extension-points/node-labels/feature-files.ts';
import { poll } from '../extension-points/node-labels/poll.ts';
import { readNvidiaConfiguration } from '../extensions/devices/nvidia/configuration.ts';
import { amdLabels } from '../extensions/node-labels/amd/amd-labels.ts';
import { cpuLabels } from '../extensions/node-labels/cpu/cpu-labels.ts';
import { kernelLabels } from '../extensions/node-labels/kernel/kernel-labels.ts';
import { memoryLabels } from '../extensions/node-labels/memory/memory-labels.ts';
import { networkLabels } from '../extensions/node-labels/network/network-labels.ts';
import { nodeFeatures } from '../extensions/node-labels/node-features/node-features.ts';
import { nvidiaLabels } from '../extensions/node-labels/nvidia/nvidia-labels.ts';
import { pciLabels } from '../extensions/node-labels/pci/pci-labels.ts';
import { storageLabels } from '../extensions/node-labels/storage/storage-labels.ts';
import { systemLabels } from '../extensions/node-labels/system/system-labels.ts';
import { usbLabels } from '../extensions/node-labels/usb/usb-labels.ts';
import type { Clock } from '../kernel/clock.ts';
import type { DisposalStack } from '../kernel/disposal.ts';
import type { Extension, ExtensionPoint } from '../kernel/extension-point.ts';
import type { Log } from '../kernel/log.ts';
import { gpuConfiguration } from './gpus.ts';
import type { NodeParts } from './node-parts.ts';

/** What the labels of nodes are made of. */
export interface NodeLabelParts {
  readonly point: ExtensionPoint<NodeLabelSource>;
  /** Built-in sources that are asked for, by name. */
  readonly discovered: readonly string[];
  /** Where feature files are. Default: where Node Feature Discovery has them. */
  readonly featureFileDirectory: string | undefined;
}

/** What is found out about this machine, as Node Feature Discovery does. */
const machineSources: Readonly<Record<string, (root: string) => Promise<Labels>>> = {
  cpu: cpuLabels,
  kernel: kernelLabels,
  memory: memoryLabels,
  network: networkLabels,
  pci: pciLabels,
  storage: storageLabels,
  system: systemLabels,
  usb: usbLabels,
};

/** What others say of nodes in the API: true of simulated ones too. */
const nodeFeatureObjects = 'node-features';
const known = [...Object.keys(machineSources), nodeFeatureObjects];

/** The names in what `--discover-labels` was given: with commas, `all` for all. Throws for one that is not known. */
export function readDiscoveredSources(words: readonly string[]): readonly string[] {
  const names = words.flatMap((word) => word.split(',')).map((word) => word.trim());
  const unknown = names.find((name) => name !== 'all' && !known.includes(name));
  if (unknown !== undefined) throw new Error(`--discover-labels: there is no source of labels "${unknown}"; there are all, ${known.join(', ')}`);
  return known.filter((name) => names.includes(name) || names.includes('all'));
}

/** The sources for this machine's node, those that have their way first. Rejects when the configuration of a GPU cannot be read. */
export async function nodeLabelSources({
  discovered,
  featureFileDirectory: directory = featureFileDirectory,
  gpus,
  root = '/',
  ...options
}: Omit<NodeLabelParts, 'point'> & {
  /** Vendors whose GPUs are offered to pods, as `--gpu` has them. */
  readonly gpus: readonly string[];
  readonly root?: string;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<Extension<NodeLabelSource>[]> {
  const sources: [string, NodeLabelSource][] = [['feature-files', featureFiles({ directory, ...options })]];
  for (const word of gpus) {
    const vendor = word.split('=', 1)[0];
    if (vendor === 'nvidia') sources.push(['nvidia', await nvidiaSource(word, root, options)]);
    if (vendor === 'amd') sources.push(['amd', poll(() => amdLabels(root), options)]);
  }
  for (const name of discovered.filter((found) => Object.hasOwn(machineSources, found))) sources.push([name, poll(() => machineSources[name]!(root), options)]);
  return sources.map(([name, implementation]) => ({ name, origin: 'built-in', implementation }));
}

/** Says what the plugin of the same configuration offers. */
async function nvidiaSource(word: string, root: string, options: { readonly clock: Clock; readonly log: Log }): Promise<NodeLabelSource> {
  const { migStrategy, timeSlicing } = readNvidiaConfiguration(await gpuConfiguration(word));
  const replicated = new Map(timeSlicing.resources.map(({ name, offeredAs, replicas }) => [name, { replicas, isRenamed: offeredAs !== name }]));
  return nvidiaLabels({ root, migStrategy, replicated, ...options });
}

/** Keeps the labels of the planned nodes. Simulated ones have only those of modules: nothing of this machine is true of them. */
export async function startNodeLabels(parts: NodeParts, informers: Informers, stack: DisposalStack): Promise<NodeLabellers> {
  const { plan, gpus, labels, clientFor, clock } = parts;
  const log = parts.log.scope('node-labels');
  const { point, discovered } = labels;
  const [aboutMachine] = discovered.filter((name) => name !== nodeFeatureObjects);
  if (plan.isSimulated && aboutMachine !== undefined)
    throw new Error(`--discover-labels ${aboutMachine} tells what this machine is, which simulated nodes are not: leave one of the two out`);
  const sources = plan.isSimulated ? [] : await nodeLabelSources({ ...labels, gpus, clock, log });
  if (discovered.includes(nodeFeatureObjects)) sources.unshift({ name: nodeFeatureObjects, origin: 'built-in', implementation: nodeFeatures(informers) });
  for (const source of sources) stack.use(point.add(source));
  const clientOf = (name: string): ReturnType<typeof clientFor> => clientFor(`system:node:${name}`, ['system:nodes']);
  const informer = informers.informer(nodeType);
  return stack.use(new NodeLabellers({ informer, nodeNames: plan.names, isSimulated: plan.isSimulated, clientOf, point, clock, log }));
}
