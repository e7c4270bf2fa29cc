import type { Pod, Service } from '../../../api/generated/core-v1.ts';
import { runtimeclasses } from '../../../api/generated/resource-types.ts';
import { isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { createPodCgroups, noCgroups } from '../cgroups/pod-cgroups.ts';
import { serviceVariables } from '../containers/service-environment.ts';
import type { AgentDirectories } from '../directories.ts';
import { ImagePuller } from '../images/image-puller.ts';
import { agentMark } from '../labels.ts';
import type { Machine } from '../node/machine.ts';
import type { NodeResources } from '../node/node-facts.ts';
import type { PodAdmission } from '../node/pod-admission.ts';
import type { RuntimeHealth } from '../node/runtime-health.ts';
import { createObjectReader, type ObjectReader } from '../object-reader.ts';
import type { NodeAgentOptions } from '../options.ts';
import { createChecker } from '../probes/check.ts';
import { PodProbes } from '../probes/pod-probes.ts';
import { quantityValue } from '../quantities.ts';
import type { MirrorPods } from '../sources/mirror-pods.ts';
import type { StatusReporter } from '../status/status-reporter.ts';
import type { Pinning } from '../topology/pinning.ts';
import { builtInVolumes } from '../volumes/built-in-volumes.ts';
import { systemMounter } from '../volumes/mounter.ts';
import { createPodVolumes, type PodVolumes } from '../volumes/pod-volumes.ts';
import { createSimulatedVolumes } from '../volumes/simulated-volumes.ts';
import { createTokenSource } from '../volumes/token-source.ts';
import type { PodObservations } from './observations.ts';
import type { PodServices } from './pod-services.ts';
import { RestartBackoff } from './restart-rules.ts';

/** What of an agent its pods' services are made from. */
export interface PodServicesParts {
  readonly options: NodeAgentOptions;
  readonly directories: AgentDirectories;
  readonly observations: PodObservations;
  readonly statuses: StatusReporter;
  readonly mirrors: MirrorPods;
  readonly health: RuntimeHealth;
  readonly admission: PodAdmission;
  readonly pinning: Pinning;
  /** Undefined for a simulated node. */
  readonly machine: Machine | undefined;
  readonly resources: () => NodeResources;
  readonly runtimeName: () => string;
  readonly services: () => readonly Service[];
  readonly wake: (uid: string) => void;
}

/** Makes what the pod workers of an agent work with. */
export function createPodServices(parts: PodServicesParts): PodServices {
  const { options, directories, observations, statuses, mirrors, health, admission, machine, wake } = parts;
  const { client, clock, log, events, runtime, isSimulated, nodeName, nodeAddress, clusterDns = [], clusterDomain } = options;
  const objects = createObjectReader(client);
  const hostIps = [nodeAddress];
  const allocatable = (): NodeResources['allocatable'] => parts.resources().allocatable;
  const hugePageSizes = machine ? [...machine.hugePages.keys()] : [];
  const mark = agentMark(options.directory);
  const hasOwnCpus = (pod: Pod): boolean => parts.pinning.hasOwnCpus(pod);
  const facts = { memoryCapacityBytes: quantityValue(parts.resources().capacity['memory']), hugePageSizes };
  return {
    nodeName,
    agentMark: mark,
    isSimulated,
    hostIps,
    dns: { clusterDns, clusterDomain },
    clock,
    log,
    client,
    events,
    runtime,
    runtimeName: parts.runtimeName,
    directories,
    objects,
    observations,
    statuses,
    images: new ImagePuller({ runtime, events, objects, clock }),
    volumes: createVolumes(parts, objects, allocatable),
    cgroups: isSimulated ? noCgroups : createPodCgroups({ root: options.cgroupRoot ?? `wherry-${mark}`, hugePageSizes, hasOwnCpus, log }),
    probes: new PodProbes({ clock, events, hostIps, check: createChecker({ runtime, isSimulated }), onChange: wake }),
    restarts: new RestartBackoff(),
    devices: options.devices,
    pinning: parts.pinning,
    dynamicResources: options.dynamicResources,
    facts: () => facts,
    allocatable,
    serviceVariables: (pod) => serviceVariables(pod, parts.services(), options.apiServerForPods),
    runtimeHandler: (pod) => runtimeHandler(pod, client),
    admit: (pod, signal) => admission.admit(pod, signal),
    fitOfResize: (pod) => admission.fitOfResize(pod),
    networkProblem: () => health.networkProblem,
    ensureMirror: (pod) => mirrors.ensure(pod),
  };
}

function createVolumes({ options, directories, wake }: PodServicesParts, objects: ObjectReader, allocatable: PodServices['allocatable']): PodVolumes {
  const { client, clock, log, events, isSimulated, nodeName, volumePlugins = [] } = options;
  if (isSimulated) return createSimulatedVolumes({ objects, events });
  return createPodVolumes({
    directories,
    events,
    log,
    onStale: wake,
    plugins: [...volumePlugins, ...builtInVolumes],
    services: { client, objects, tokens: createTokenSource({ client, clock }), mounter: systemMounter, clock, nodeName, allocatable },
  });
}

async function runtimeHandler(pod: Pod, client: Client): Promise<string> {
  const name = pod.spec.runtimeClassName;
  if (!name) return '';
  try {
    return (await client.get(runtimeclasses, { name })).handler;
  } catch (error) {
    if (isNotFound(error)) throw new Error(`failed to get sandbox runtime: runtimeclass.node.k8s.io "${name}" not found`, { cause: error });
    throw error;
  }
}
