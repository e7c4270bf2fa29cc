import type { ContainerImage, Node, ResourceList, Taint } from '../../../api/generated/core-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { Informers } from '../../../client/informer.ts';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { NodeServer } from '../server/node-server.ts';

/** One node of a fleet. */
export interface FleetNode {
  readonly name: string;
  /** Range of its pods' addresses. */
  readonly podCidr: string;
  /** Beside those that every node has. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  readonly images: readonly ContainerImage[];
}

export interface NodeFleetOptions {
  readonly nodes: readonly FleetNode[];
  /** Reads what pods refer to. */
  readonly client: Client;
  /** Writes as one node. */
  readonly clientOf: (nodeName: string) => Client;
  /** Views of all pods, nodes and services, shared by the whole fleet. */
  readonly informers: Informers;
  /** What runs the pods of all nodes. */
  readonly runtime: Runtime;
  /** The same as one node sees it, with addresses of its own. */
  readonly runtimeOf: (node: FleetNode) => Runtime;
  /** Whether a node plays dead: says nothing and does nothing until it does not any more. */
  readonly isSilent: (node: Node) => boolean;
  readonly server: NodeServer;
  readonly events: EventRecorder;
  /** What all nodes are reached by. */
  readonly nodeAddress: string;
  readonly clusterDomain: string;
  readonly directory: string;
  readonly logDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
}
