import type { ResourceList, Taint } from '../../api/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { Informers } from '../../client/informer.ts';
import type { Runtime } from '../../extension-points/runtime/contract.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { NodeSettings } from './configuration/node-settings.ts';
import type { DeviceManager } from './devices/contract.ts';
import type { DynamicResources } from './dynamic-resources/contract.ts';
import type { PressureThresholds } from './node/pressure.ts';
import type { NodeServer } from './server/node-server.ts';
import type { VolumePlugin } from './volumes/contract.ts';

/** Where and how the agent serves its HTTPS API. Certificates are PEM; `port` 0 takes any free one. */
export interface AgentServerOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string;
}

export interface NodeAgentOptions {
  readonly client: Client;
  readonly runtime: Runtime;
  readonly nodeName: string;
  /** The agent's own folder: pods, volumes. Not read or written by a simulated node. */
  readonly directory: string;
  /** Where the logs of pods go. */
  readonly logDirectory: string;
  readonly staticPodDirectory?: string;
  /** A server of its own, or one it shares with other agents. Neither: logs and exec are not to be had. */
  readonly server?: AgentServerOptions;
  readonly sharedServer?: NodeServer;
  /** What others reach the node by; `status.addresses` and host-network pods show it. */
  readonly nodeAddress: string;
  readonly podCidr?: string;
  readonly clusterDns?: readonly string[];
  readonly clusterDomain: string;
  /** Instead of what the machine has; of a real node it changes only what is named. */
  readonly capacity?: ResourceList;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** What pods are told the API server's address is. Default: service default/kubernetes. */
  readonly apiServerForPods?: { readonly host: string; readonly port: number };
  readonly isSimulated: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  /** Shared views of all pods, services and nodes, where many components or agents live in one process. Default: the agent watches what is its own. */
  readonly informers?: Informers;
  /** Plugins for more kinds of volumes; asked before the agent's own. */
  readonly volumePlugins?: readonly VolumePlugin[];
  /** Who hands out devices; the agent starts and ends it. Default: nobody. */
  readonly devices?: DeviceManager;
  /** Who has devices of ResourceClaims made ready; the agent starts and ends it. Default: nobody, pods start without. */
  readonly dynamicResources?: DynamicResources;
  /** How the machine is divided. Not looked at by a simulated node without `machineRoot`. Default: nothing is reserved or pinned. */
  readonly settings?: NodeSettings;
  /** Where `/sys` and `/proc` of the machine are looked for. Default `/`. */
  readonly machineRoot?: string;
  /** First element of the pods' cgroup paths. Default: one derived from `directory`. */
  readonly cgroupRoot?: string;
  readonly maximumPods?: number;
  readonly thresholds?: PressureThresholds;
  /** How long the node counts as alive after its last sign. Default 40 s, renewed every quarter of it. */
  readonly leaseDurationSeconds?: number;
}
