import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../api/generated/core-v1.ts';
import { nodes as nodeType } from '../api/generated/resource-types.ts';
import type { Informer } from '../client/informer.ts';
import { createInformers } from '../client/shared-informers.ts';
import type { StageReporter } from '../components/cli/distribution.ts';
import type { KubeletConfiguration } from '../components/node-agent/configuration/read-configuration.ts';
import type { DeviceManager } from '../components/node-agent/devices/contract.ts';
import { createDynamicResources } from '../components/node-agent/dynamic-resources/dynamic-resources.ts';
import { type NodeAgentOptions, startNodeAgent } from '../components/node-agent/node-agent.ts';
import type { DisposalStack } from '../kernel/disposal.ts';
import { openApiGateway } from './api-gateway.ts';
import { createDevices } from './devices.ts';
import { readFakeDraGpus, serveFakeDraGpus } from './dynamic-devices.ts';
import { startNodeLabels } from './node-labels.ts';
import { common, type NodeParts } from './node-parts.ts';
import { shortHash } from './node-plan.ts';
import { startSimulatedNodes } from './simulated.ts';

export interface RunningNodes {
  /** Resolves when every node is Ready. */
  ready(signal: AbortSignal): Promise<void>;
  /** Device plugins and sources of labels of this process may have come or gone. */
  refresh(): void;
}

/** Starts the agents of all planned nodes; what they start is put on `stack`. */
export async function startNodes(parts: NodeParts, stack: DisposalStack, progress: StageReporter): Promise<RunningNodes> {
  const { plan, clientFor, clock, log } = parts;
  if (plan.isSimulated && parts.fakeDraGpus.length > 0) throw new Error('--fake-dra-gpu needs a node that runs containers: leave it or --simulate out');
  readFakeDraGpus(parts.fakeDraGpus); // before anything is started
  if (plan.isSimulated && parts.gpus.length > 0)
    throw new Error("--gpu offers this machine's GPUs, which simulated nodes do not have: leave one of the two out");
  const informers = stack.use(createInformers({ client: clientFor('system:wherry:nodes', ['system:masters']), clock, log: log.scope('nodes') }));
  let devices: DeviceManager | undefined;
  if (plan.isSimulated) await progress.stage('simulated nodes', (note) => startSimulatedNodes(parts, informers, stack, note));
  else
    await progress.stage('node agent', async (note) => {
      devices = await startOwnNode(parts, stack, note);
    });
  const labels = await startNodeLabels(parts, informers, stack);
  const refresh = (): void => {
    devices?.refresh();
    labels.refresh();
  };
  return { ready: (signal) => allReady(informers.informer(nodeType), plan.names, signal), refresh };
}

async function startOwnNode(parts: NodeParts, stack: DisposalStack, note: (text: string) => void): Promise<DeviceManager> {
  const { plan, dataDirectory, apiServerPort, clock, log } = parts;
  const [name] = plan.names as [string];
  const { serving } = await parts.certificates.node(name, [plan.address, '127.0.0.1']);
  const { port, host, staticPodDirectory = join(dataDirectory, 'manifests'), logDirectory = join(dataDirectory, 'logs'), ...kubelet } = parts.kubelet ?? {};
  mkdirSync(staticPodDirectory, { recursive: true });
  stack.use(openApiGateway({ host: plan.apiServerAddressForPods, port: apiServerPort, clock, log: log.scope('gateway') }));
  const directory = join(dataDirectory, 'nodes', name);
  const pluginDirectory = parts.pluginDirectory ?? directory;
  const shared = common(parts, name, stack);
  const dynamicResources = createDynamicResources({ client: shared.client, nodeName: name, directory, clock, log: log.scope('dynamic-resources') });
  const { fakeGpus, gpus, devices: point } = parts;
  const devices = await createDevices({ directory: pluginDirectory, fakeGpus, gpus, dynamicResources, point, clock, log: log.scope('devices') }, stack);
  const agent = await startNodeAgent({
    ...shared,
    ...agentSettings(kubelet),
    runtime: await parts.runtime!,
    staticPodDirectory,
    isSimulated: false,
    directory,
    devices,
    dynamicResources,
    logDirectory,
    podCidr: plan.podCidr(0),
    cgroupRoot: cgroupRootOf(dataDirectory),
    apiServerForPods: { host: plan.apiServerAddressForPods, port: apiServerPort },
    // The API server dials the node's own address, which need not be the loopback's.
    server: {
      host: host ?? '0.0.0.0',
      port: port ?? 0,
      certificate: serving.certificatePem,
      key: serving.privateKeyPem,
      clientCa: parts.certificates.ca.certificatePem,
    },
  });
  stack.use(agent);
  await serveFakeDraGpus(parts, { nodeName: name, directory, pluginDirectory }, stack);
  note(`static pods in ${staticPodDirectory}`);
  return devices;
}

/** What of a kubelet's configuration the agent takes as it is. */
function agentSettings(kubelet: Partial<KubeletConfiguration>): Partial<NodeAgentOptions> {
  const { ignored: _ignored, ...options } = kubelet;
  return options;
}

/** The cgroup that holds all pods of a data directory's node. */
export const cgroupRootOf = (dataDirectory: string): string => `wherry-${shortHash(dataDirectory)}`;

const isReady = (node: Node | undefined): boolean => node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

async function allReady(informer: Informer<Node>, names: readonly string[], signal: AbortSignal): Promise<void> {
  await informer.synced();
  const waiting = new Set(names.filter((name) => !isReady(informer.get({ name }))));
  if (waiting.size === 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = (node: Node): void => {
    if (isReady(node)) waiting.delete(node.metadata.name ?? '');
    if (waiting.size === 0) resolve();
  };
  using _watching = informer.onChange({ added: look, updated: look });
  const onAbort = (): void => reject(new Error(`${waiting.size} of ${names.length} did not become Ready in time`));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  await promise.finally(() => signal.removeEventListener('abort', onAbort));
}
