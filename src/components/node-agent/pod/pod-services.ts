import type { Pod, ResourceList } from '../../../api/generated/core-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { PodCgroups } from '../cgroups/pod-cgroups.ts';
import type { NodeResourceFacts } from '../containers/container-resources.ts';
import type { DeviceManager } from '../devices/contract.ts';
import type { AgentDirectories } from '../directories.ts';
import type { DynamicResources } from '../dynamic-resources/contract.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { PodProbes } from '../probes/pod-probes.ts';
import type { StatusReporter } from '../status/status-reporter.ts';
import type { Pinning } from '../topology/pinning.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import type { DnsSettings } from './dns.ts';
import type { PodObservations } from './observations.ts';
import type { RestartBackoff } from './restart-rules.ts';

/** Why the agent will not run a pod. */
export interface AdmissionRefusal {
  readonly reason: string;
  readonly message: string;
}

/** Everything a pod worker works with; one set per agent. */
export interface PodServices {
  readonly nodeName: string;
  readonly agentMark: string;
  readonly isSimulated: boolean;
  readonly hostIps: readonly string[];
  readonly dns: DnsSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly client: Client;
  readonly events: EventRecorder;
  readonly runtime: Runtime;
  /** In front of container ids: `containerd`. */
  readonly runtimeName: () => string;
  readonly directories: AgentDirectories;
  readonly objects: ObjectReader;
  readonly observations: PodObservations;
  readonly statuses: StatusReporter;
  readonly images: ImagePuller;
  readonly volumes: PodVolumes;
  readonly cgroups: PodCgroups;
  readonly probes: PodProbes;
  readonly restarts: RestartBackoff;
  readonly devices: DeviceManager | undefined;
  /** Absent: containers run anywhere on the machine. */
  readonly pinning?: Pinning;
  readonly dynamicResources: DynamicResources | undefined;
  readonly facts: () => NodeResourceFacts;
  readonly allocatable: () => ResourceList;
  readonly serviceVariables: (pod: Pod) => ReadonlyMap<string, string>;
  /** The runtime handler of the pod's RuntimeClass. Throws when there is no such class. */
  readonly runtimeHandler: (pod: Pod) => Promise<string>;
  /** Decides once, when a pod is first seen. Throws when it is interrupted. */
  readonly admit: (pod: Pod, signal: AbortSignal) => Promise<AdmissionRefusal | undefined>;
  /** Whether the node has what a pod that runs here already asks for now. */
  readonly fitOfResize: (pod: Pod) => { readonly kind: 'fits' } | { readonly kind: 'infeasible' | 'deferred'; readonly message: string };
  /** Why pods cannot have a network now. */
  readonly networkProblem: () => string | undefined;
  /** Puts a static pod into the API, so that people see it; nothing for others. */
  readonly ensureMirror: (pod: Pod) => Promise<void>;
}
