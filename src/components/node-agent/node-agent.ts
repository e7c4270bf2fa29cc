import { mkdir } from 'node:fs/promises';
import type { NodeStatus, Service } from '../../api/generated/core-v1.ts';
import { services as serviceType } from '../../api/generated/resource-types.ts';
import type { Informer, Informers } from '../../client/informer.ts';
import { createInformers } from '../../client/shared-informers.ts';
import type { RuntimeVersion } from '../../extension-points/runtime/contract.ts';
import { DisposalStack } from '../../kernel/disposal.ts';
import { agentThresholds } from './configuration/eviction-thresholds.ts';
import { appliesCdi } from './devices/cdi/applies-cdi.ts';
import type { DeviceDecisions } from './devices/decisions/device-decisions.ts';
import { startDeviceDecisions } from './devices/decisions/start-device-decisions.ts';
import { type NodeDeviceReport, reportNode } from './devices/report/node-report.ts';
import { AgentDirectories, isStaticPod, podUid } from './directories.ts';
import { agentMark } from './labels.ts';
import { type Machine, readMachine } from './node/machine.ts';
import { type NodeResources, nodeFacts, nodeLabels, nodeResources } from './node/node-facts.ts';
import { NodeImageList } from './node/node-image-list.ts';
import { renewNodeLease } from './node/node-lease.ts';
import { NodeRegistrar } from './node/node-registrar.ts';
import { PodAdmission } from './node/pod-admission.ts';
import { noPressure } from './node/pressure.ts';
import { RuntimeHealth } from './node/runtime-health.ts';
import type { NodeAgentOptions } from './options.ts';
import { createPodServices } from './pod/create-pod-services.ts';
import { PodObservations } from './pod/observations.ts';
import { PodManager } from './pod/pod-manager.ts';
import type { PodServices } from './pod/pod-services.ts';
import { withNewestStatus } from './pod/pod-state.ts';
import type { NodeEndpoint } from './server/node-endpoint.ts';
import { createNodeServer, type NodeServer } from './server/node-server.ts';
import { MirrorPods } from './sources/mirror-pods.ts';
import { selectedNodePods, sharedNodePods } from './sources/node-pods.ts';
import { followSelectedNode, followSharedNode } from './sources/own-node.ts';
import { PodSources } from './sources/pod-sources.ts';
import { StatusReporter } from './status/status-reporter.ts';
import { type StartedPinning, startPinning } from './topology/start-pinning.ts';
import { Upkeep } from './upkeep/upkeep.ts';

export type { NodeAgentOptions } from './options.ts';

/** A running node agent. Disposing ends it; containers go on running, and the next agent of that folder takes them over. */
export interface NodeAgent extends AsyncDisposable {
  readonly nodeName: string;
  /** Where its HTTPS API is; 0 without one. */
  readonly port: number;
  /** Resolves when the node is registered and everything wanted has been looked at once. */
  readonly ready: Promise<void>;
  /** Resolves when no pod has anything left to do; for tests. */
  settled(): Promise<void>;
}

/** Starts wherry's kubelet: registers the node, and keeps the pods bound to it running. Rejects when the runtime or the folder cannot be used at all. */
export async function startNodeAgent(options: NodeAgentOptions): Promise<NodeAgent> {
  const agent = new Agent(options);
  try {
    await agent.start();
    return agent;
  } catch (error) {
    await agent[Symbol.asyncDispose]();
    throw error;
  }
}

class Agent implements NodeAgent {
  readonly nodeName: string;
  readonly #options: NodeAgentOptions;
  readonly #stack = new DisposalStack();
  readonly #ready = Promise.withResolvers<void>();
  readonly #directories: AgentDirectories;
  readonly #informers: Informers;
  readonly #pods: PodManager;
  readonly #mirrors: MirrorPods;
  readonly #health: RuntimeHealth;
  readonly #registrar: NodeRegistrar;
  readonly #statuses: StatusReporter;
  readonly #observations: PodObservations;
  readonly #sources: PodSources;
  readonly #decisions: DeviceDecisions | undefined;
  readonly #admission: PodAdmission;
  readonly #machine: Machine | undefined;
  readonly #pinned: StartedPinning;
  #services!: PodServices;
  #upkeep: Upkeep | undefined;
  #server: NodeServer | undefined;
  #version: RuntimeVersion = { name: 'unknown', version: '', apiVersion: 'v1' };
  readonly #images: NodeImageList;
  #serviceInformer!: Informer<Service>;
  #isServed = false;

  constructor(options: NodeAgentOptions) {
    const { client, clock, runtime, events, nodeName } = options;
    const log = options.log;
    this.#options = options;
    this.nodeName = nodeName;
    this.#ready.promise.catch(() => {}); // whoever does not ask need not hear
    this.#machine = options.isSimulated ? undefined : readMachine('/');
    // Before anything is opened: it may not go with the machine.
    this.#pinned = startPinning(options, this.#resources().capacity, {
      activePods: () => this.#pods.activePods(),
      observed: (uid) => this.#observations.get(uid),
    });
    this.#directories = new AgentDirectories(options.directory, options.logDirectory);
    this.#informers = options.informers ?? this.#stack.use(createInformers({ client, clock, log: log.scope('informers') }));
    this.#pods = new PodManager(() => this.#services);
    this.#mirrors = new MirrorPods({ client, log, node: () => this.#registrar.node });
    // Many simulated pods start at the same time: their steps are worth a write only when they take long.
    this.#statuses = new StatusReporter({
      client,
      clock,
      log,
      interimDelayMs: options.isSimulated ? 1_000 : 20,
      shownAs: (pod) => (isStaticPod(pod) ? this.#mirrors.of(pod) : pod),
    });
    this.#health = new RuntimeHealth({ runtime, clock, isSimulated: options.isSimulated, onChange: () => this.#onHealthChange() });
    this.#observations = new PodObservations({
      runtime,
      clock,
      log,
      agentMark: agentMark(options.directory),
      isSimulated: options.isSimulated,
      onChange: (uid) => this.#onObserved(uid),
    });
    const staticPodDirectory = options.staticPodDirectory;
    this.#sources = new PodSources({ pods: this.#pods, mirrors: this.#mirrors, statuses: this.#statuses, nodeName, staticPodDirectory, clock, log });
    const { pinning } = this.#pinned;
    this.#decisions = startDeviceDecisions(options, pinning, this.#stack);
    const { devices } = options;
    this.#admission = new PodAdmission({
      client,
      nodeName,
      devices,
      pinning,
      pods: this.#pods,
      node: () => this.#registrar.node,
      decisions: this.#decisions,
      clock,
    });
    this.#images = new NodeImageList({ runtime, clock, log, onChange: () => this.#registrar.update() });
    this.#registrar = new NodeRegistrar({
      client,
      clock,
      log,
      events,
      nodeName,
      labels: nodeLabels(options),
      taints: options.taints ?? [],
      podCidr: options.podCidr,
      isSimulated: options.isSimulated,
      facts: () => this.#nodeFacts(),
      resetsExtendedResources: () => options.devices?.isNew ?? false,
      problems: () => this.#health.problems,
      pressure: () => this.#upkeep?.pressure ?? noPressure,
    });
  }

  get port(): number {
    return this.#isServed ? (this.#server?.port ?? 0) : 0;
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  settled(): Promise<void> {
    return this.#pods.settled();
  }

  async start(): Promise<void> {
    const { runtime, podCidr, isSimulated, devices, dynamicResources } = this.#options;
    this.#services = this.#createServices();
    // In reverse order of use: sources first stop feeding, workers end, then what they work with.
    this.#stack.use(this.#statuses);
    this.#stack.use(this.#services.volumes);
    if (dynamicResources) this.#stack.use(dynamicResources);
    if (devices) this.#stack.use(devices);
    this.#stack.use(this.#observations);
    this.#stack.use(this.#services.probes);
    this.#stack.use(this.#pods);
    this.#stack.use(this.#registrar);
    this.#stack.use(this.#health);
    if (!isSimulated) await mkdir(this.#directories.pods, { recursive: true });
    if (podCidr && runtime.updateRuntimeConfig)
      await runtime.updateRuntimeConfig(podCidr).catch((error: unknown) => this.#options.log.warn('pod address range not passed to the runtime', { error }));
    // First what was prepared before, then what finds drivers.
    await dynamicResources?.start({
      podUids: () => new Set(this.#pods.pods().map(podUid)),
      wake: (uid) => this.#pods.wake(uid),
      appliesCdi: () => appliesCdi(this.#version),
      prepared: (pod, outcome) => this.#decisions?.prepared(pod, outcome),
    });
    const started = devices?.start({
      activePods: () => this.#pods.activePods(),
      podByName: (namespace, name) => this.#pods.byName(namespace, name),
      wake: (uid) => this.#pods.wake(uid),
      appliesCdi: () => appliesCdi(this.#version),
      numaNodes: this.#pinned.numaNodes,
      pinned: this.#pinned.pinning,
    });
    const [version] = await Promise.all([runtime.version(), this.#health.start(), this.#observations.start(), this.#serve(), started]);
    this.#version = version;
    this.#begin().then(this.#ready.resolve, (error: unknown) => {
      this.#options.log.error('node agent did not start', { node: this.nodeName, error });
      this.#ready.reject(error);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }

  /** What needs the API: it may come later, so nobody waits for it but `ready`. */
  async #begin(): Promise<void> {
    const { client, clock, log, isSimulated, informers, leaseDurationSeconds } = this.#options;
    const nodePods = informers ? sharedNodePods(informers, this.nodeName) : selectedNodePods(this.#informers, this.nodeName);
    this.#serviceInformer = this.#informers.informer(serviceType);
    await this.#registrar.register();
    if (this.#registrar.node && !isSimulated) this.#options.events.record(this.#registrar.node, 'Normal', 'Starting', 'Starting kubelet.');
    this.#stack.use(
      renewNodeLease({
        client,
        clock,
        log,
        nodeName: this.nodeName,
        node: () => this.#registrar.node,
        ...(leaseDurationSeconds ? { durationSeconds: leaseDurationSeconds } : {}),
      }),
    );
    this.#followNode();
    if (this.#options.devices) this.#stack.use(this.#options.devices.onChange(() => this.#registrar.update()));
    this.#stack.use(this.#sources);
    await this.#sources.followStatic();
    await Promise.all([nodePods.synced(), this.#serviceInformer.synced()]);
    this.#sources.followApi(nodePods);
    if (!isSimulated) await this.#startUpkeep();
    // After the containers of pods that are gone: what they held is given to others.
    const uids = new Set(this.#pods.pods().map(podUid));
    this.#options.devices?.retain(uids);
    this.#pinned.pinning.retain(uids);
    if (this.#pinned.cpusets) this.#stack.use(this.#pinned.cpusets).start();
    this.#options.dynamicResources?.sourcesReady();
    if (!isSimulated) this.#stack.use(this.#images).start();
  }

  #followNode(): void {
    const follow = this.#options.informers ? followSharedNode : followSelectedNode;
    this.#stack.use(follow(this.#informers, this.nodeName, (node) => this.#registrar.observe(node)));
  }

  async #startUpkeep(): Promise<void> {
    const { clock, log } = this.#options;
    const thresholds = await agentThresholds(this.#options, this.#machine?.memoryBytes ?? 0);
    const upkeep = new Upkeep({ services: this.#services, pods: this.#pods, clock, log, thresholds, onPressureChange: () => this.#registrar.update() });
    this.#upkeep = this.#stack.use(upkeep);
    await upkeep.removeOrphans();
    upkeep.start();
  }

  #onObserved(uid: string): void {
    if (this.#pods.has(uid)) return this.#pods.observed(uid);
    if (!this.#sources.areReady || !this.#upkeep || this.#observations.get(uid).sandboxes.length === 0) return;
    this.#upkeep.removeOrphan(uid).catch((error: unknown) => this.#options.log.warn('leftover pod not removed', { uid, error }));
  }

  #onHealthChange(): void {
    if (!this.#registrar.node) return;
    this.#registrar.update();
    if (this.#health.problems.length === 0) this.#pods.wakeAll();
  }

  async #serve(): Promise<void> {
    const { server, sharedServer, client, clock, log } = this.#options;
    this.#server = sharedServer ?? (server && this.#stack.use(await createNodeServer({ ...server, client, clock, log: log.scope('server') })));
    if (!this.#server) return;
    this.#stack.use(this.#server.add(this.#endpoint()));
    this.#isServed = true;
  }

  #endpoint(): NodeEndpoint {
    return {
      nodeName: this.nodeName,
      runtime: this.#options.runtime,
      isSimulated: this.#options.isSimulated,
      directory: this.#options.directory,
      node: () => this.#registrar.node,
      pods: () => this.#pods.pods(),
      podByName: (namespace, name) => this.#pods.byName(namespace, name),
      statusOf: (pod) => withNewestStatus(pod, this.#services).status ?? {},
      observed: (uid) => this.#observations.get(uid),
      devices: () => this.#reportDevices(),
      admissionCounts: this.#pinned.pinning.admissionCounts,
    };
  }

  #reportDevices(): Promise<NodeDeviceReport> {
    const { devices, dynamicResources, isSimulated, machineRoot = '/' } = this.#options;
    const pods = this.#pods.pods().map((pod) => withNewestStatus(pod, this.#services));
    return reportNode({ devices, dynamicResources, pinning: this.#pinned.pinning, pods, machineRoot: isSimulated ? undefined : machineRoot });
  }

  #resources(): NodeResources {
    return nodeResources(this.#options, this.#machine);
  }

  #nodeFacts(): Omit<NodeStatus, 'conditions'> {
    const { nodeAddress, isSimulated } = this.#options;
    return nodeFacts({
      nodeName: this.nodeName,
      nodeAddress,
      isSimulated,
      resources: this.#resources(),
      port: this.port,
      version: this.#version,
      images: this.#images.images,
      runtimeHandlers: this.#health.handlers,
    });
  }

  #createServices(): PodServices {
    return createPodServices({
      options: this.#options,
      directories: this.#directories,
      observations: this.#observations,
      statuses: this.#statuses,
      mirrors: this.#mirrors,
      health: this.#health,
      admission: this.#admission,
      pinning: this.#pinned.pinning,
      machine: this.#machine,
      resources: () => this.#resources(),
      runtimeName: () => this.#version.name,
      services: () => this.#serviceInformer.list(),
      wake: (uid) => this.#pods.wake(uid),
    });
  }
}
