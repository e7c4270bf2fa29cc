import { join } from 'node:path';
import type { Client } from '../client/client.ts';
import { createEventSeriesRecorder } from '../client/event-series-recorder.ts';
import { createInformers } from '../client/shared-informers.ts';
import { ensureCertificates } from '../components/api-server/certificates/ensure-certificates.ts';
import type { ApiServer } from '../components/api-server/options.ts';
import type { ClusterOptions, RunningCluster, StageReporter } from '../components/cli/distribution.ts';
import { startControllerManager } from '../components/controller-manager/controller-manager.ts';
import { eventActions } from '../components/scheduler/event-actions.ts';
import type { Controller } from '../extension-points/controllers/contract.ts';
import type { DevicePlugin } from '../extension-points/devices/contract.ts';
import type { NodeLabelSource } from '../extension-points/node-labels/contract.ts';
import type { SchedulingPlugin } from '../extension-points/scheduling/contract.ts';
import { systemClock } from '../kernel/clock.ts';
import { DisposalStack } from '../kernel/disposal.ts';
import { ExtensionPoint } from '../kernel/extension-point.ts';
import { addAll, createApiPoints, startApi } from './api.ts';
import { controllers, discoverFrom, schedulingPlugins } from './control-plane.ts';
import { createDecisions } from './decisions.ts';
import { readExtensionFile } from './extension-file.ts';
import { readKubeletFile } from './kubelet-configuration.ts';
import { keepLive } from './live-extension.ts';
import { startMachineRuntime } from './machine-runtime.ts';
import { readDiscoveredSources } from './node-labels.ts';
import { planNodes } from './node-plan.ts';
import { type RunningNodes, startNodes } from './nodes.ts';
import { CompanionControllers } from './scheduling/companion-controllers.ts';
import type { LiveScheduling, LiveSchedulingOptions } from './scheduling/live-scheduling.ts';
import { startLiveScheduling } from './scheduling/live-scheduling.ts';

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
  const kubelet = options.kubeletConfig === undefined ? undefined : readKubeletFile(options.kubeletConfig, progress, log);
  if (kubelet && plan.isSimulated) progress.say('--kubelet-config is not used: simulated nodes have no machine to divide');
  const labelSources = readDiscoveredSources(options.discoverLabels ?? []);
  const points = {
    ...createApiPoints(),
    controllers: new ExtensionPoint<Controller>('controllers'),
    devices: new ExtensionPoint<DevicePlugin>('devices'),
    'node-labels': new ExtensionPoint<NodeLabelSource>('node-labels'),
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
  const { scheduling: _scheduling, ...otherPoints } = points;
  // Those of scheduling come and go with its generations.
  const allPoints: ExtensionPoint<object>[] = Object.values(otherPoints);
  const decisions = createDecisions(clock);
  const { services } = decisions;
  const server = await startApi(
    {
      ...{ dataDirectory, host: options.host, port: options.port, access: options.access ?? {}, certificates, points, allPoints, services, clock, log },
      observeAdmission: decisions.admission.observer,
    },
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
  // Not waited for: a controller starts when the kinds it watches are there, and somebody may define them later.
  const startControllers = (): void => void manager.refresh().catch((error: unknown) => log.error('controllers did not start', { error }));
  const companions = new CompanionControllers(points.controllers);
  let scheduler: LiveScheduling | undefined;
  let nodes: RunningNodes | undefined;
  const onChange = (): void => {
    startControllers();
    scheduler?.refresh();
    nodes?.refresh();
  };
  for (const [index, file] of extensionFiles.entries()) {
    const path = options.extensionFiles[index]!;
    await progress.stage(`extension ${file.name}`, async () => {
      stack.use(keepLive({ path, file, points, onChange, log: log.scope('extensions') }));
    });
  }
  if (extensionFiles.length > 0) startControllers();
  scheduler = await progress.stage('scheduler', () =>
    startSchedulerWith(
      {
        client: clientFor('system:kube-scheduler'),
        others: points.scheduling,
        configurationFile: options.schedulerConfig,
        decisions: decisions.scheduling,
        onRosters: (rosters) => {
          allPoints.splice(Object.values(otherPoints).length, allPoints.length, ...rosters);
          if (companions.follow(rosters)) startControllers();
        },
        log: log.scope('scheduler'),
      },
      stack,
    ),
  );
  stack.use(decisions.oracle.attach(scheduler));
  if (machine) await progress.stage('container runtime', async (note) => note((await machine).description));
  const runtime = machine?.then((started) => started.runtime);
  const nodeParts = {
    dataDirectory,
    plan,
    simulationFile: options.simulationFile,
    runtime,
    pluginDirectory: options.pluginDirectory,
    kubelet,
    fakeGpus: options.fakeGpus ?? [],
    gpus: options.gpus ?? [],
    fakeDraGpus: options.fakeDraGpus ?? [],
    devices: points.devices,
    labels: { point: points['node-labels'], discovered: labelSources, featureFileDirectory: options.featureFileDirectory },
    apiServerPort: server.port,
    certificates,
    clientFor,
    clock,
    log,
  };
  const running = await startNodes(nodeParts, stack, progress);
  nodes = running;
  return {
    url: server.url,
    port: server.port,
    localSocket: server.localSocket,
    nodeNames: plan.names,
    isSimulated: plan.isSimulated,
    admin: { certificateAuthority: certificates.ca.certificatePem, certificate: certificates.admin.certificatePem, key: certificates.admin.privateKeyPem },
    nodesReady: (signal) => running.ready(signal),
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
  options: Pick<LiveSchedulingOptions, 'client' | 'others' | 'configurationFile' | 'onRosters' | 'decisions' | 'log'>,
  stack: DisposalStack,
): Promise<LiveScheduling> {
  const { client, log } = options;
  const clock = systemClock;
  const informers = stack.use(createInformers({ client, clock, log }));
  const events = stack.use(createEventSeriesRecorder({ client, clock, log, component: 'default-scheduler', actions: eventActions }));
  const builtIn = new Map(schedulingPlugins.map(({ name, implementation: factory }) => [name, { factory, origin: 'built-in' }]));
  return stack.use(await startLiveScheduling({ ...options, informers, events, clock, builtIn }));
}
