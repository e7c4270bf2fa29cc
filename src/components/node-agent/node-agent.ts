import { mkdir } from 'node:fs/promises';
import type { Node, NodeStatus, Pod, ResourceList, Service } from '../../api/generated/core-v1.ts';
import { nodes, runtimeclasses, services as serviceType } from '../../api/generated/resource-types.ts';
import { isNotFound } from '../../api/status.ts';
import type { Informer, Informers } from '../../client/informer.ts';
import { createInformers } from '../../client/shared-informers.ts';
import type { RuntimeVersion } from '../../extension-points/runtime/contract.ts';
import { DisposalStack } from '../../kernel/disposal.ts';
import { createPodCgroups, noCgroups } from './cgroups/pod-cgroups.ts';
import { serviceVariables } from './containers/service-environment.ts';
import { appliesCdi } from './devices/cdi/applies-cdi.ts';
import { AgentDirectories, isMirrorPod, isStaticPod, podUid } from './directories.ts';
import { ImagePuller } from './images/image-puller.ts';
import { agentMark } from './labels.ts';
import { admitPod, fitOfResize } from './node/admission.ts';
import { type Machine, machineArchitecture, machineResources, readMachine, simulatedSystemInfo, systemInfo } from './node/machine.ts';
import { renewNodeLease } from './node/node-lease.ts';
import { NodeRegistrar, nodeImages } from './node/node-registrar.ts';
import { defaultThresholds, noPressure } from './node/pressure.ts';
import { RuntimeHealth } from './node/runtime-health.ts';
import { createObjectReader } from './object-reader.ts';
import type { NodeAgentOptions } from './options.ts';
import { PodObservations } from './pod/observations.ts';
import { PodManager } from './pod/pod-manager.ts';
import type { AdmissionRefusal, PodServices } from './pod/pod-services.ts';
import { withNewestStatus } from './pod/pod-state.ts';
import { RestartBackoff } from './pod/restart-rules.ts';
import { createChecker } from './probes/check.ts';
import { PodProbes } from './probes/pod-probes.ts';
import { quantityValue } from './quantities.ts';
import type { NodeEndpoint } from './server/node-endpoint.ts';
import { createNodeServer, type NodeServer } from './server/node-server.ts';
import { MirrorPods } from './sources/mirror-pods.ts';
import { type NodePods, selectedNodePods, sharedNodePods } from './sources/node-pods.ts';
import { followSelectedNode, followSharedNode } from './sources/own-node.ts';
import { followStaticPods } from './sources/static-pods.ts';
import { StatusReporter } from './status/status-reporter.ts';
import { Upkeep } from './upkeep/upkeep.ts';
import { builtInVolumes } from './volumes/built-in-volumes.ts';
import { systemMounter } from './volumes/mounter.ts';
import { createPodVolumes } from './volumes/pod-volumes.ts';
import { createSimulatedVolumes } from './volumes/simulated-volumes.ts';
import { createTokenSource } from './volumes/token-source.ts';

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
  readonly #machine: Machine | undefined;
  #services!: PodServices;
  #upkeep: Upkeep | undefined;
  #server: NodeServer | undefined;
  #version: RuntimeVersion = { name: 'unknown', version: '', apiVersion: 'v1' };
  #images: NodeStatus['images'] = [];
  #serviceInformer!: Informer<Service>;
  readonly #allocating = new Map<string, Pod>();
  #isServed = false;
  #areSourcesReady = false;

  constructor(options: NodeAgentOptions) {
    const { client, clock, runtime, events, nodeName } = options;
    const log = options.log;
    this.#options = options;
    this.nodeName = nodeName;
    this.#ready.promise.catch(() => {}); // whoever does not ask need not hear
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
    this.#machine = undefined;
    this.#observations = new PodObservations({
      runtime,
      clock,
      log,
      agentMark: agentMark(options.directory),
      isSimulated: options.isSimulated,
      onChange: (uid) => this.#onObserved(uid),
    });
    if (!options.isSimulated) this.#machine = this.#readMachine();
    this.#registrar = new NodeRegistrar({
      client,
      clock,
      log,
      events,
      nodeName,
      labels: this.#labels(),
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
    const { runtime, podCidr, isSimulated, devices } = this.#options;
    this.#services = this.#createServices();
    // In reverse order of use: sources first stop feeding, workers end, then what they work with.
    this.#stack.use(this.#statuses);
    this.#stack.use(this.#services.volumes);
    if (devices) this.#stack.use(devices);
    this.#stack.use(this.#observations);
    this.#stack.use(this.#services.probes);
    this.#stack.use(this.#pods);
    this.#stack.use(this.#registrar);
    this.#stack.use(this.#health);
    if (!isSimulated) await mkdir(this.#directories.pods, { recursive: true });
    if (podCidr && runtime.updateRuntimeConfig)
      await runtime.updateRuntimeConfig(podCidr).catch((error: unknown) => this.#options.log.warn('pod address range not passed to the runtime', { error }));
    const started = devices?.start({
      activePods: () => this.#pods.activePods(),
      podByName: (namespace, name) => this.#pods.byName(namespace, name),
      wake: (uid) => this.#pods.wake(uid),
      appliesCdi: () => appliesCdi(this.#version),
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
    await this.#followStatic();
    await Promise.all([nodePods.synced(), this.#serviceInformer.synced()]);
    this.#followPods(nodePods);
    this.#areSourcesReady = true;
    if (!isSimulated) await this.#startUpkeep();
    // After the containers of pods that are gone: what they held is given to others.
    this.#options.devices?.retain(new Set(this.#pods.pods().map(podUid)));
    void this.#refreshImages();
  }

  #followNode(): void {
    const follow = this.#options.informers ? followSharedNode : followSelectedNode;
    this.#stack.use(follow(this.#informers, this.nodeName, (node) => this.#registrar.observe(node)));
  }

  async #followStatic(): Promise<void> {
    const { staticPodDirectory: directory, clock, log } = this.#options;
    if (!directory) return;
    this.#stack.use(
      await followStaticPods({
        directory,
        nodeName: this.nodeName,
        clock,
        log,
        put: (pod) => this.#pods.put(pod),
        remove: (pod) => this.#onStaticRemoved(pod),
      }),
    );
  }

  #onStaticRemoved(pod: Pod): void {
    this.#pods.remove(podUid(pod));
    const mirror = this.#mirrors.of(pod);
    if (mirror) this.#mirrors.delete(mirror).catch((error: unknown) => this.#options.log.warn('mirror of a static pod not removed', { error }));
  }

  #followPods(nodePods: NodePods): void {
    this.#stack.use(
      nodePods.follow({
        put: (pod) => {
          if (isMirrorPod(pod)) return this.#onMirror(pod);
          this.#statuses.observe(pod, podUid(pod));
          this.#pods.put(pod);
        },
        remove: (pod) => {
          if (!isMirrorPod(pod)) return this.#pods.remove(podUid(pod));
          this.#mirrors.remove(pod);
          this.#staticOf(pod).forEach((owner) => this.#pods.wake(podUid(owner)));
        },
      }),
    );
    for (const mirror of this.#mirrors.all()) if (this.#staticOf(mirror).length === 0) this.#dropMirror(mirror);
  }

  #onMirror(mirror: Pod): void {
    this.#mirrors.put(mirror);
    const [owner] = this.#staticOf(mirror);
    if (owner) {
      this.#statuses.observe(mirror, podUid(owner));
      if (mirror.metadata.deletionTimestamp) this.#pods.wake(podUid(owner));
    } else if (this.#areSourcesReady) {
      this.#dropMirror(mirror);
    }
  }

  #dropMirror(mirror: Pod): void {
    this.#mirrors.delete(mirror).catch((error: unknown) => this.#options.log.warn('mirror without a static pod not removed', { error }));
  }

  #staticOf(mirror: Pod): Pod[] {
    return this.#pods
      .pods()
      .filter((pod) => isStaticPod(pod) && pod.metadata.name === mirror.metadata.name && pod.metadata.namespace === mirror.metadata.namespace);
  }

  async #startUpkeep(): Promise<void> {
    const { clock, log, thresholds = defaultThresholds } = this.#options;
    const upkeep = new Upkeep({ services: this.#services, pods: this.#pods, clock, log, thresholds, onPressureChange: () => this.#registrar.update() });
    this.#upkeep = this.#stack.use(upkeep);
    await upkeep.removeOrphans();
    upkeep.start();
  }

  #onObserved(uid: string): void {
    if (this.#pods.has(uid)) return this.#pods.observed(uid);
    if (!this.#areSourcesReady || !this.#upkeep || this.#observations.get(uid).sandboxes.length === 0) return;
    this.#upkeep.removeOrphan(uid).catch((error: unknown) => this.#options.log.warn('leftover pod not removed', { uid, error }));
  }

  #onHealthChange(): void {
    if (!this.#registrar.node) return;
    this.#registrar.update();
    if (this.#health.problems.length === 0) this.#pods.wakeAll();
  }

  async #refreshImages(): Promise<void> {
    if (this.#options.isSimulated) return;
    try {
      this.#images = nodeImages(await this.#options.runtime.listImages());
      this.#registrar.update();
    } catch (error) {
      this.#options.log.debug('images not listed', { error });
    }
    this.#stack.use(this.#options.clock.after(300_000, () => void this.#refreshImages()));
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
      devices: () => this.#options.devices?.report(this.#pods.pods()) ?? [],
    };
  }

  #readMachine(): Machine {
    return readMachine('/');
  }

  #labels(): Record<string, string> {
    return { 'kubernetes.io/arch': machineArchitecture(), 'kubernetes.io/hostname': this.nodeName, 'kubernetes.io/os': 'linux', ...this.#options.labels };
  }

  #resources(): { capacity: ResourceList; allocatable: ResourceList } {
    const { capacity: override = {}, maximumPods = 110, devices } = this.#options;
    const own = this.#machine ? machineResources(this.#machine, maximumPods) : simulatedResources(maximumPods);
    const extra = devices?.resources();
    return { capacity: { ...own.capacity, ...override, ...extra?.capacity }, allocatable: { ...own.allocatable, ...override, ...extra?.allocatable } };
  }

  #nodeFacts(): Omit<NodeStatus, 'conditions'> {
    const { nodeAddress, isSimulated } = this.#options;
    return {
      ...this.#resources(),
      addresses: [
        { type: 'InternalIP', address: nodeAddress },
        { type: 'Hostname', address: this.nodeName },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: this.port } },
      nodeInfo: isSimulated ? simulatedSystemInfo(this.nodeName, this.#version) : systemInfo(this.#version),
      ...(this.#images && this.#images.length > 0 ? { images: this.#images } : {}),
      ...(this.#health.handlers.length > 0 ? { runtimeHandlers: this.#health.handlers.map((name) => ({ name })) } : {}),
    };
  }

  #createServices(): PodServices {
    const { client, clock, log, events, runtime, isSimulated, nodeName, nodeAddress, clusterDns = [], clusterDomain } = this.#options;
    const objects = createObjectReader(client);
    const hostIps = [nodeAddress];
    const directories = this.#directories;
    const wake = (uid: string): void => this.#pods.wake(uid);
    const allocatable = (): ResourceList => this.#resources().allocatable;
    const hugePageSizes = this.#machine ? [...this.#machine.hugePages.keys()] : [];
    const mark = agentMark(this.#options.directory);
    const facts = { memoryCapacityBytes: quantityValue(this.#resources().capacity['memory']), hugePageSizes };
    return {
      nodeName,
      agentMark: mark,
      isSimulated,
      hostIps,
      dns: { clusterDns, clusterDomain },
      clock,
      log,
      client,
      events,
      runtime,
      runtimeName: () => this.#version.name,
      directories,
      objects,
      observations: this.#observations,
      statuses: this.#statuses,
      images: new ImagePuller({ runtime, events, objects, clock }),
      volumes: isSimulated
        ? createSimulatedVolumes({ objects, events })
        : createPodVolumes({
            directories,
            events,
            log,
            onStale: wake,
            plugins: [...(this.#options.volumePlugins ?? []), ...builtInVolumes],
            services: { client, objects, tokens: createTokenSource({ client, clock }), mounter: systemMounter, clock, nodeName, allocatable },
          }),
      cgroups: isSimulated ? noCgroups : createPodCgroups({ root: this.#options.cgroupRoot ?? `wherry-${mark}`, hugePageSizes, log }),
      probes: new PodProbes({ clock, events, hostIps, check: createChecker({ runtime, isSimulated }), onChange: wake }),
      restarts: new RestartBackoff(),
      devices: this.#options.devices,
      facts: () => facts,
      allocatable,
      serviceVariables: (pod) => serviceVariables(pod, this.#serviceInformer.list(), this.#options.apiServerForPods),
      runtimeHandler: (pod) => this.#runtimeHandler(pod),
      admit: (pod, signal) => this.#admit(pod, signal),
      fitOfResize: (pod) => {
        const known = this.#registrar.node;
        return known
          ? fitOfResize(
              pod,
              known,
              this.#pods.activePods().filter((other) => podUid(other) !== podUid(pod)),
            )
          : { kind: 'deferred', message: 'Kubelet cannot get node info.' };
      },
      networkProblem: () => this.#health.networkProblem,
      ensureMirror: (pod) => this.#mirrors.ensure(pod),
    };
  }

  async #runtimeHandler(pod: Pod): Promise<string> {
    const name = pod.spec.runtimeClassName;
    if (!name) return '';
    try {
      return (await this.#options.client.get(runtimeclasses, { name })).handler;
    } catch (error) {
      if (isNotFound(error)) throw new Error(`failed to get sandbox runtime: runtimeclass.node.k8s.io "${name}" not found`, { cause: error });
      throw error;
    }
  }

  async #admit(pod: Pod, signal: AbortSignal): Promise<AdmissionRefusal | undefined> {
    const { devices } = this.#options;
    const known = this.#registrar.node;
    if (!known) return { reason: 'InvalidNodeInfo', message: 'Kubelet cannot get node info.' };
    const asSeenBy = (node: Node): Node =>
      devices ? { ...node, status: { ...node.status, allocatable: devices.allocatableFor(pod, node.status?.allocatable ?? {}) } } : node;
    let refusal = admitPod(pod, asSeenBy(known), this.#othersThan(pod));
    // Labels may have changed a moment ago: ask for the newest before a pod is lost over them.
    if (refusal?.reason === 'NodeAffinity')
      refusal = admitPod(pod, asSeenBy(await this.#options.client.get(nodes, { name: this.nodeName })), this.#othersThan(pod));
    if (refusal || !devices) return refusal;
    this.#allocating.set(podUid(pod), pod);
    try {
      await devices.allocate(pod, signal);
      return undefined;
    } catch (error) {
      this.#allocating.delete(podUid(pod));
      signal.throwIfAborted(); // the pod or the agent is being stopped: nothing was refused
      return { reason: 'UnexpectedAdmissionError', message: `Allocate failed due to ${(error as Error).message}, which is unexpected` };
    }
  }

  /** Pods that hold resources of the node, and those that were found to fit and wait for their devices. */
  #othersThan(pod: Pod): readonly Pod[] {
    const active = this.#pods.activePods();
    const activeUids = new Set(active.map(podUid));
    for (const uid of this.#allocating.keys()) if (activeUids.has(uid) || !this.#pods.has(uid)) this.#allocating.delete(uid);
    return [...active, ...this.#allocating.values()].filter((other) => podUid(other) !== podUid(pod));
  }
}

const simulatedResources = (maximumPods: number): { capacity: ResourceList; allocatable: ResourceList } => {
  const resources = { cpu: '32', memory: '256Gi', 'ephemeral-storage': '1Ti', pods: String(maximumPods) };
  return { capacity: resources, allocatable: resources };
};
