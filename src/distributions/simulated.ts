import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../api/generated/core-v1.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import type { Informers } from '../client/informer.ts';
import { startNodeFleet } from '../components/node-agent/fleet/node-fleet.ts';
import { startNodeAgent } from '../components/node-agent/node-agent.ts';
import { createNodeServer, type NodeServer } from '../components/node-agent/server/node-server.ts';
import { simulationPrefix } from '../extensions/runtime/simulated/behaviour.ts';
import { scriptOf } from '../extensions/runtime/simulated/pod-rules.ts';
import { readSimulation } from '../extensions/runtime/simulated/read-simulation.ts';
import { simulatedNodes } from '../extensions/runtime/simulated/simulated-nodes.ts';
import { createSimulatedRuntime } from '../extensions/runtime/simulated/simulated-runtime.ts';
import { type Simulation, usualSimulation } from '../extensions/runtime/simulated/simulation.ts';
import type { DisposalStack } from '../kernel/disposal.ts';
import { common, type NodeParts } from './node-parts.ts';

/** Up to so many simulated nodes each have an agent of their own, as a real one has; more share one. */
const mostAgents = 50;
const silentAnnotation = `${simulationPrefix}silent`;
const sandboxesOfFleet = 1_000_000;

/** Starts the simulated nodes of a plan; what they start is put on `stack`. Rejects, naming the field, when the simulation file is wrong. */
export async function startSimulatedNodes(parts: NodeParts, informers: Informers, stack: DisposalStack, note: (text: string) => void): Promise<void> {
  const { plan, simulationFile } = parts;
  const simulation = simulationFile === undefined ? usualSimulation : readSimulationFile(simulationFile);
  const server = stack.use(await openSharedServer(parts));
  if (simulationFile === undefined && plan.names.length <= mostAgents) return startAgents(parts, { informers, server, stack });
  await startFleet(parts, { simulation, informers, server, stack });
  note(`${simulation.nodes.length} kinds in ${simulation.zones.length} zones`);
}

function readSimulationFile(path: string): Simulation {
  try {
    return readSimulation(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

interface SharedParts {
  readonly informers: Informers;
  readonly server: NodeServer;
  readonly stack: DisposalStack;
}

async function startAgents(parts: NodeParts, { informers, server, stack }: SharedParts): Promise<void> {
  const { plan, dataDirectory, clock } = parts;
  const agents = plan.names.map(async (name, index) => {
    const podCidr = plan.podCidr(index);
    stack.use(
      await startNodeAgent({
        ...common(parts, name, stack),
        runtime: createSimulatedRuntime({ clock, podCidr }),
        sharedServer: server,
        isSimulated: true,
        ...{ podCidr, informers },
        directory: join(dataDirectory, 'nodes', name),
        logDirectory: join(dataDirectory, 'logs', name),
      }),
    );
  });
  await Promise.all(agents);
}

async function startFleet(parts: NodeParts, { simulation, informers, server, stack }: SharedParts & { readonly simulation: Simulation }): Promise<void> {
  const { plan, dataDirectory, clientFor, clock } = parts;
  const log = parts.log.scope('nodes');
  const client = clientFor('system:wherry:nodes', ['system:masters']);
  const rules = scriptOf(simulation.pods);
  const runtime = createSimulatedRuntime({ clock, capacity: { sandboxes: sandboxesOfFleet }, ...(rules ? { rules } : {}) });
  const fleet = await startNodeFleet({
    ...{ client, informers, runtime, server, clock, log },
    nodes: simulatedNodes(simulation, plan.names).map((node, index) => ({ ...node, podCidr: plan.podCidr(index) })),
    clientOf: rememberedClients(parts),
    runtimeOf: ({ podCidr }) => runtime.onNode(podCidr),
    isSilent: ({ metadata: { annotations } }: Node) => annotations?.[silentAnnotation] === 'true',
    events: stack.use(createEventRecorder({ client, clock, log, component: 'kubelet' })),
    nodeAddress: plan.address,
    clusterDomain: 'cluster.local',
    directory: join(dataDirectory, 'nodes', 'simulated'),
    logDirectory: join(dataDirectory, 'logs'),
  });
  stack.use(fleet);
}

function rememberedClients({ clientFor }: NodeParts): (nodeName: string) => ReturnType<NodeParts['clientFor']> {
  const clients = new Map<string, ReturnType<NodeParts['clientFor']>>();
  return (nodeName) => {
    const known = clients.get(nodeName) ?? clientFor(`system:node:${nodeName}`, ['system:nodes']);
    clients.set(nodeName, known);
    return known;
  };
}

async function openSharedServer({ plan, certificates, clientFor, log }: NodeParts): Promise<NodeServer> {
  const { serving } = await certificates.node('simulated-nodes', [plan.address]);
  const client = clientFor(`system:node:${plan.names[0]}`, ['system:nodes']);
  return createNodeServer({
    host: plan.address,
    port: 0,
    certificate: serving.certificatePem,
    key: serving.privateKeyPem,
    clientCa: certificates.ca.certificatePem,
    client,
    log: log.scope('node-server'),
    streaming: async ({ runtime }) =>
      (await import('../components/node-agent/streaming/create-streaming-handlers.ts')).createStreamingHandlers({ runtime, log: log.scope('streaming') }),
  });
}
