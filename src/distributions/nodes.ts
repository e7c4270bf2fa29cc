import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../api/generated/core-v1.ts';
import { nodes as nodeType } from '../api/generated/resource-types.ts';
import type { Informer } from '../client/informer.ts';
import { createInformers } from '../client/shared-informers.ts';
import type { StageReporter } from '../components/cli/distribution.ts';
import type { DeviceManager } from '../components/node-agent/devices/contract.ts';
import { startNodeAgent } from '../components/node-agent/node-agent.ts';
import type { DisposalStack } from '../kernel/disposal.ts';
import { openApiGateway } from './api-gateway.ts';
import { createDevices } from './devices.ts';
import { common, type NodeParts } from './node-parts.ts';
import { shortHash } from './node-plan.ts';
import { startSimulatedNodes } from './simulated.ts';

export interface RunningNodes {
  /** Resolves when every node is Ready. */
  ready(signal: AbortSignal): Promise<void>;
  /** Device plugins of this process may have come or gone. */
  refresh(): void;
}

/** Starts the agents of all planned nodes; what they start is put on `stack`. */
export async function startNodes(parts: NodeParts, stack: DisposalStack, progress: StageReporter): Promise<RunningNodes> {
  const { plan, clientFor, clock, log } = parts;
  const informers = stack.use(createInformers({ client: clientFor('system:wherry:nodes', ['system:masters']), clock, log: log.scope('nodes') }));
  let devices: DeviceManager | undefined;
  if (plan.isSimulated) await progress.stage('simulated nodes', (note) => startSimulatedNodes(parts, informers, stack, note));
  else
    await progress.stage('node agent', async (note) => {
      devices = await startOwnNode(parts, stack, note);
    });
  return { ready: (signal) => allReady(informers.informer(nodeType), plan.names, signal), refresh: () => devices?.refresh() };
}

async function startOwnNode(parts: NodeParts, stack: DisposalStack, note: (text: string) => void): Promise<DeviceManager> {
  const { plan, dataDirectory, apiServerPort, clock, log } = parts;
  const [name] = plan.names as [string];
  const { serving } = await parts.certificates.node(name, [plan.address, '127.0.0.1']);
  const staticPodDirectory = join(dataDirectory, 'manifests');
  mkdirSync(staticPodDirectory, { recursive: true });
  stack.use(openApiGateway({ host: plan.apiServerAddressForPods, port: apiServerPort, clock, log: log.scope('gateway') }));
  const directory = join(dataDirectory, 'nodes', name);
  const devices = createDevices(
    { directory: parts.pluginDirectory ?? directory, fakeGpus: parts.fakeGpus, point: parts.devices, clock, log: log.scope('devices') },
    stack,
  );
  const agent = await startNodeAgent({
    ...common(parts, name, stack),
    runtime: await parts.runtime!,
    staticPodDirectory,
    isSimulated: false,
    directory,
    devices,
    logDirectory: join(dataDirectory, 'logs'),
    podCidr: plan.podCidr(0),
    cgroupRoot: cgroupRootOf(dataDirectory),
    apiServerForPods: { host: plan.apiServerAddressForPods, port: apiServerPort },
    // The API server dials the node's own address, which need not be the loopback's.
    server: { host: '0.0.0.0', port: 0, certificate: serving.certificatePem, key: serving.privateKeyPem, clientCa: parts.certificates.ca.certificatePem },
  });
  stack.use(agent);
  note(`static pods in ${staticPodDirectory}`);
  return devices;
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
