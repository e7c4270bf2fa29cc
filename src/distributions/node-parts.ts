import { createEventRecorder } from '../client/event-recorder.ts';
import type { ClusterCertificates } from '../components/api-server/certificates/ensure-certificates.ts';
import type { KubeletConfiguration } from '../components/node-agent/configuration/read-configuration.ts';
import type { NodeAgentOptions } from '../components/node-agent/node-agent.ts';
import type { DevicePlugin } from '../extension-points/devices/contract.ts';
import type { Runtime } from '../extension-points/runtime/contract.ts';
import type { Clock } from '../kernel/clock.ts';
import type { DisposalStack } from '../kernel/disposal.ts';
import type { ExtensionPoint } from '../kernel/extension-point.ts';
import type { Log } from '../kernel/log.ts';
import type { ClientFor } from './cluster.ts';
import type { NodeLabelParts } from './node-labels.ts';
import type { NodePlan } from './node-plan.ts';

/** What nodes are made of. */
export interface NodeParts {
  readonly dataDirectory: string;
  readonly plan: NodePlan;
  /** A file that says what simulated nodes are and what their pods do. Default: what is usual. */
  readonly simulationFile: string | undefined;
  /** The runtime of this machine's own node; it may still be starting. Absent for simulated nodes. */
  readonly runtime: Promise<Runtime> | undefined;
  /** Where plugins of this machine's own node connect. Default: in its folder. */
  readonly pluginDirectory: string | undefined;
  /** How this machine's own node is set up. Undefined: as wherry has it. */
  readonly kubelet: KubeletConfiguration | undefined;
  readonly fakeGpus: readonly string[];
  readonly gpus: readonly string[];
  readonly fakeDraGpus: readonly string[];
  readonly devices: ExtensionPoint<DevicePlugin>;
  readonly labels: NodeLabelParts;
  readonly apiServerPort: number;
  readonly certificates: ClusterCertificates;
  readonly clientFor: ClientFor;
  readonly clock: Clock;
  readonly log: Log;
}

/** What every agent is given. */
export function common(
  { plan, clientFor, clock, log }: NodeParts,
  name: string,
  stack: DisposalStack,
): Pick<NodeAgentOptions, 'client' | 'nodeName' | 'nodeAddress' | 'clusterDomain' | 'clock' | 'log' | 'events'> {
  const client = clientFor(`system:node:${name}`, ['system:nodes']);
  const scoped = log.scope(plan.isSimulated ? `node/${name}` : 'node');
  const events = stack.use(createEventRecorder({ client, clock, log: scoped, component: 'kubelet', host: name }));
  return { client, nodeName: name, nodeAddress: plan.address, clusterDomain: 'cluster.local', clock, log: scoped, events };
}
