import type { NodeStatus, ResourceList } from '../../../api/generated/core-v1.ts';
import type { RuntimeVersion } from '../../../extension-points/runtime/contract.ts';
import type { NodeSettings } from '../configuration/node-settings.ts';
import type { NodeAgentOptions } from '../options.ts';
import { type Machine, machineArchitecture, machineResources, simulatedSystemInfo, systemInfo } from './machine.ts';
import { allocatableOf, nodeReservation } from './node-reservation.ts';

export interface NodeResources {
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
}

/** What the node has, and what of it pods may use: the machine's own (or what a simulated node claims) less what is reserved, what options say instead, and devices. */
export function nodeResources(
  { capacity: override = {}, maximumPods = 110, devices, settings }: Pick<NodeAgentOptions, 'capacity' | 'maximumPods' | 'devices' | 'settings'>,
  machine: Machine | undefined,
): NodeResources {
  const own = machine ? divided(machineResources(machine, maximumPods), settings) : simulatedResources(maximumPods);
  const extra = devices?.resources();
  return { capacity: { ...own.capacity, ...override, ...extra?.capacity }, allocatable: { ...own.allocatable, ...override, ...extra?.allocatable } };
}

const divided = (own: NodeResources, settings: NodeSettings | undefined): NodeResources =>
  settings ? { ...own, allocatable: allocatableOf(own, nodeReservation(settings, own.capacity)) } : own;

const simulatedResources = (maximumPods: number): NodeResources => {
  const resources = { cpu: '32', memory: '256Gi', 'ephemeral-storage': '1Ti', pods: String(maximumPods) };
  return { capacity: resources, allocatable: resources };
};

export interface NodeFactsParts {
  readonly nodeName: string;
  readonly nodeAddress: string;
  readonly isSimulated: boolean;
  readonly resources: NodeResources;
  /** Where the agent's own server listens; 0 without one. */
  readonly port: number;
  readonly version: RuntimeVersion;
  readonly images: NodeStatus['images'];
  readonly runtimeHandlers: readonly string[];
}

/** `status` of the Node, but for its conditions. */
export function nodeFacts(parts: NodeFactsParts): Omit<NodeStatus, 'conditions'> {
  const { nodeName, nodeAddress, isSimulated, resources, port, version, images, runtimeHandlers } = parts;
  return {
    ...resources,
    addresses: [
      { type: 'InternalIP', address: nodeAddress },
      { type: 'Hostname', address: nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    nodeInfo: isSimulated ? simulatedSystemInfo(nodeName, version) : systemInfo(version),
    ...(images && images.length > 0 ? { images } : {}),
    ...(runtimeHandlers.length > 0 ? { runtimeHandlers: runtimeHandlers.map((name) => ({ name })) } : {}),
  };
}

/** Labels every node of this agent has. */
export const nodeLabels = ({ nodeName, labels }: Pick<NodeAgentOptions, 'nodeName' | 'labels'>): Record<string, string> => ({
  'kubernetes.io/arch': machineArchitecture(),
  'kubernetes.io/hostname': nodeName,
  'kubernetes.io/os': 'linux',
  ...labels,
});
