import { join } from 'node:path';
import type { Client } from '../client/client.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { createInformers } from '../client/shared-informers.ts';
import { ensureCertificates } from '../components/api-server/certificates/ensure-certificates.ts';
import type { ApiServer } from '../components/api-server/options.ts';
import type { ClusterOptions, RunningCluster, StageReporter } from '../components/cli/distribution.ts';
import { startControllerManager } from '../components/controller-manager/controller-manager.ts';
import { startScheduler } from '../components/scheduler/scheduler.ts';
import type { Controller } from '../extension-points/controllers/contract.ts';
import type { SchedulingPlugin } from '../extension-points/scheduling/contract.ts';
import { AttachableHandle } from '../extension-points/scheduling/handle.ts';
import { systemClock } from '../kernel/clock.ts';
import { DisposalStack } from '../kernel/disposal.ts';
import { ExtensionPoint } from '../kernel/extension-point.ts';
import type { Log } from '../kernel/log.ts';
import { addAll, createApiPoints, startApi } from './api.ts';
import { controllers, discoverFrom, schedulingPlugins } from './control-plane.ts';
import { readExtensionFile } from './extension-file.ts';
import { keepLive } from './live-extension.ts';
import { startMachineRuntime } from './machine-runtime.ts';
import { planNodes } from './node-plan.ts';
import { startNodes } from './nodes.ts';

/** Starts every part of a cluster in this process, in the order in which they need each other. A start that fails takes down what had started. */
export async function startCluster(options: ClusterOptions, progress: StageReporter): Promise<RunningCluster> {
  const stack = new DisposalStack();
  try {
    return await assemble(options, progress, stack);
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

async function assemble(options: ClusterOptions, progress: StageReporter, stack: DisposalStack): Promise<RunningCluster> {
  const { dataDirectory, log } = options;
  const clock = systemClock;
  const extensionFiles = await Promise.all(options.extensionFiles.map(readExtensionFile));
  const plan = planNodes(options);
  const points = {
    ...createApiPoints(),
    controllers: new ExtensionPoint<Controller>('controllers'),
    scheduling: new ExtensionPoint<SchedulingPlugin>('scheduling'),
  };
  // The container runtime takes longest to start and needs nothing of the rest.
  const machine = plan.isSimulated ? undefined : startMachineRuntime({ options, plan, log: log.scope('containerd') });
  // A failure is reported where the node agent needs the runtime.
  machine?.catch(() => {});
  stack.defer(async () => (await machine?.catch(() => undefined))?.[Symbol.asyncDispose]());
  const certificates = await progress.stage('certificates', async () =>
    ensureCertificates({
      directory: join(dataDirectory, 'certificates'),
      serverAddresses: [options.host, plan.apiServerAddressForPods].filter((address) => address !== '0.0.0.0'),
    }),
  );
  const server = await startApi(
    { dataDirectory, host: options.host, port: options.port, access: options.access ?? {}, certificates, points, allPoints: Object.values(points), clock, log },
    stack,
    progress,
  );
  const clientFor = clientsOf(server);
  const discover = discoverFrom(points.resources);
  const manager = await progress.stage('controllers', async (note) => {
    addAll(points.controllers, controllers({ discover, certificateAuthority: certificates.ca, signingMs: options.access?.clusterSigningDuration }));
    const started = stack.use(startControllerManager({ clientFor, controllers: points.controllers, clock, log: log.scope('controllers') }));
    note(`${[...points.controllers].length}`);
    // They start side by side with the rest: nothing below waits for them.
    started.ready.catch((error: unknown) => log.error('controllers did not start', { error }));
    return started;
  });
  await progress.stage('scheduler', () =>
    startSchedulerWith({ client: clientFor('system:kube-scheduler'), plugins: points.scheduling, log: log.scope('scheduler') }, stack),
  );
  // Not waited for: a controller starts when the kinds it watches are there, and somebody may define them later.
  const startControllers = (): void => void manager.refresh().catch((error: unknown) => log.error('controllers did not start', { error }));
  for (const [index, file] of extensionFiles.entries()) {
    const path = options.extensionFiles[index]!;
    await progress.stage(`extension ${file.name}`, async () => {
      stack.use(keepLive({ path, file, points, onChange: startControllers, log: log.scope('extensions') }));
    });
  }
  if (extensionFiles.length > 0) startControllers();
  if (machine) await progress.stage('container runtime', async (note) => note((await machine).description));
  const runtime = machine?.then((started) => started.runtime);
  const nodes = await startNodes({ dataDirectory, plan, runtime, apiServerPort: server.port, certificates, clientFor, clock, log }, stack, progress);
  return {
    url: server.url,
    port: server.port,
    nodeNames: plan.names,
    isSimulated: plan.isSimulated,
    admin: { certificateAuthority: certificates.ca.certificatePem, certificate: certificates.admin.certificatePem, key: certificates.admin.privateKeyPem },
    nodesReady: (signal) => nodes.ready(signal),
    detachContainers: () => void machine?.then((started) => started.detach()),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** In-process clients by user name, with the groups that authentication would give them. */
export type ClientFor = (user: string, groups?: readonly string[]) => Client;

function clientsOf(server: ApiServer): ClientFor {
  return (user, groups = []) => {
    const [, , namespace] = user.startsWith('system:serviceaccount:') ? user.split(':') : [];
    const ofServiceAccount = namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
    return server.client({ name: user, groups: [...groups, ...ofServiceAccount, 'system:authenticated'] });
  };
}

async function startSchedulerWith(
  { client, plugins, log }: { client: Client; plugins: ExtensionPoint<SchedulingPlugin>; log: Log },
  stack: DisposalStack,
): Promise<void> {
  const clock = systemClock;
  const informers = stack.use(createInformers({ client, clock, log }));
  const events = stack.use(createEventRecorder({ client, clock, log, component: 'default-scheduler' }));
  const handle = new AttachableHandle({ client, informers, events, clock });
  addAll(plugins, schedulingPlugins(handle));
  stack.use(await startScheduler({ client, informers, events, clock, log, plugins, handle }));
}
