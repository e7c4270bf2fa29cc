import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import { services as serviceType } from '../../../api/generated/resource-types.ts';
import type { EventRecorder } from '../../../client/events.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { noCgroups } from '../cgroups/pod-cgroups.ts';
import { serviceVariables } from '../containers/service-environment.ts';
import { AgentDirectories, isMirrorPod, podUid } from '../directories.ts';
import { ImagePuller } from '../images/image-puller.ts';
import { agentMark } from '../labels.ts';
import { createObjectReader } from '../object-reader.ts';
import { PodObservations } from '../pod/observations.ts';
import { RestartBackoff } from '../pod/restart-rules.ts';
import { createChecker } from '../probes/check.ts';
import { PodProbes } from '../probes/pod-probes.ts';
import { sharedNodePods } from '../sources/node-pods.ts';
import { followSharedNode } from '../sources/own-node.ts';
import { StatusReporter } from '../status/status-reporter.ts';
import { createSimulatedVolumes } from '../volumes/simulated-volumes.ts';
import { FleetLeases } from './fleet-leases.ts';
import { FleetPlace, type SharedServices } from './fleet-place.ts';
import type { NodeFleetOptions } from './options.ts';
import { PodIntake } from './pod-intake.ts';

export type { FleetNode, NodeFleetOptions } from './options.ts';

/** A running fleet. Disposing ends it; its nodes stay in the API. */
export interface NodeFleet extends AsyncDisposable {
  /** Resolves when every node is registered and its pods are being looked after. */
  readonly ready: Promise<void>;
}

/**
 * One agent for many simulated nodes. Pods are looked after by the same workers as on any node, so what clients see of them is the same; what a real agent has of its own
 * (views of the API, observation of the runtime, status writes, probes, leases) the nodes share, and an empty node costs next to nothing.
 */
export async function startNodeFleet(options: NodeFleetOptions): Promise<NodeFleet> {
  const fleet = new Fleet(options);
  try {
    await fleet.start();
    return fleet;
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
}

/** Enough to share commits of the store, few enough to answer requests meanwhile. */
const registeredTogether = 64;
/** As often places without pods are let go of. */
const tidyEveryMs = 30_000;

class Fleet implements NodeFleet {
  readonly #options: NodeFleetOptions;
  readonly #stack = new DisposalStack();
  readonly #ready = Promise.withResolvers<void>();
  readonly #places = new Map<string, FleetPlace>();
  /** Where each pod is, by uid. */
  readonly #placeOf = new Map<string, FleetPlace>();
  readonly #statuses: StatusReporter;
  readonly #observations: PodObservations;
  readonly #leases: FleetLeases;
  readonly #intake: PodIntake;
  readonly #events: EventRecorder;
  #tidying: Disposable | undefined;
  #isStopped = false;

  constructor(options: NodeFleetOptions) {
    const { clock, log, runtime, clientOf } = options;
    this.#options = options;
    this.#ready.promise.catch(() => {}); // whoever does not ask need not hear
    this.#events = warningsOf(options.events);
    // Many pods start at the same time: their steps are worth a write only when they take long.
    this.#statuses = new StatusReporter({ clock, log, client: (pod) => clientOf(pod.spec.nodeName ?? ''), interimDelayMs: 1_000, shownAs: (pod) => pod });
    const mark = agentMark(options.directory);
    this.#observations = new PodObservations({
      ...{ runtime, clock, log, isSimulated: true, agentMark: mark },
      onChange: (uid) => this.#placeOf.get(uid)?.pods?.observed(uid),
    });
    this.#leases = new FleetLeases({
      ...{ clock, log, clientOf, nodeNames: options.nodes.map(({ name }) => name) },
      node: (name) => this.#places.get(name)?.registrar.node,
      isSilent: (name) => this.#isSilent(name),
    });
    this.#intake = new PodIntake({ put: (pod) => this.#put(pod), remove: (pod) => this.#placeOf.get(podUid(pod))?.pods?.remove(podUid(pod)) });
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  async start(): Promise<void> {
    const { runtime, nodes, server } = this.#options;
    const [version, { handlers }] = await Promise.all([runtime.version(), runtime.status(), this.#observations.start()]);
    const shared = this.#sharedServices(version.name);
    const { clientOf, runtimeOf, isSilent, nodeAddress, directory, clock, log } = this.#options;
    const common = { clientOf, runtimeOf, isSilent, nodeAddress, directory, clock, log, shared, version, handlers, events: this.#events, port: server.port };
    for (const node of nodes) this.#places.set(node.name, new FleetPlace({ ...common, node }));
    // In reverse order of use: sources first stop feeding, workers end, then what they work with.
    this.#stack.use(this.#statuses);
    this.#stack.use(shared.volumes);
    this.#stack.use(this.#observations);
    this.#stack.use(shared.probes);
    this.#stack.defer(async () => void (await Promise.all([...this.#places.values()].map((place) => place[Symbol.asyncDispose]()))));
    this.#stack.defer(() => this.#tidying?.[Symbol.dispose]());
    this.#stack.use(this.#leases);
    this.#stack.use(this.#intake);
    for (const place of this.#places.values()) this.#stack.use(server.add(place.endpoint()));
    this.#begin().then(this.#ready.resolve, (error: unknown) => {
      if (!this.#isStopped) log.error('the fleet of simulated nodes did not start', { error });
      this.#ready.reject(error);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    return this.#stack[Symbol.asyncDispose]();
  }

  /** What needs the API: it may come later, so nobody waits for it but `ready`. */
  async #begin(): Promise<void> {
    const { informers } = this.#options;
    const waiting = this.#places.values();
    const lane = async (): Promise<void> => {
      for (const place of waiting) {
        if (this.#isStopped) return;
        await place.registrar.register();
        await this.#leases.renew(place.name);
        this.#stack.use(followSharedNode(informers, place.name, (node) => this.#onNode(place, node)));
      }
    };
    await Promise.all(Array.from({ length: registeredTogether }, lane));
    await informers.synced();
    if (this.#isStopped) return;
    this.#leases.start();
    for (const name of this.#places.keys()) this.#followPods(name);
    this.#planTidying();
  }

  #followPods(nodeName: string): void {
    const { informers } = this.#options;
    this.#stack.use(sharedNodePods(informers, nodeName).follow({ put: (pod) => this.#intake.put(pod), remove: (pod) => this.#intake.remove(pod) }));
  }

  #put(pod: Pod): void {
    const place = this.#places.get(pod.spec.nodeName ?? '');
    // The mirror of a static pod is nobody's here.
    if (!place || isMirrorPod(pod) || this.#isSilent(place.name)) return;
    const uid = podUid(pod);
    this.#placeOf.set(uid, place);
    this.#statuses.observe(pod, uid);
    place.put(pod);
  }

  /** A node that no longer plays dead takes up what it missed. */
  #onNode(place: FleetPlace, node: Node | undefined): void {
    const wasSilent = this.#isSilent(place.name);
    place.registrar.observe(node);
    if (!node || !wasSilent || this.#isSilent(place.name)) return;
    void this.#leases.renew(place.name);
    for (const pod of sharedNodePods(this.#options.informers, place.name).list()) this.#intake.put(pod);
  }

  #isSilent(nodeName: string): boolean {
    const node = this.#places.get(nodeName)?.registrar.node;
    return node !== undefined && this.#options.isSilent(node);
  }

  #planTidying(): void {
    this.#tidying = this.#options.clock.after(tidyEveryMs, () => {
      for (const [uid, place] of this.#placeOf) if (!place.pods?.has(uid)) this.#placeOf.delete(uid);
      for (const place of this.#places.values()) place.tidy();
      if (!this.#isStopped) this.#planTidying();
    });
  }

  #sharedServices(runtimeName: string): SharedServices {
    const { client, informers, clock, log, runtime, nodeAddress, clusterDomain, directory, logDirectory } = this.#options;
    const objects = createObjectReader(client);
    const services = informers.informer(serviceType);
    const hostIps = [nodeAddress];
    const wake = (uid: string): void => this.#placeOf.get(uid)?.pods?.wake(uid);
    const events = this.#events;
    return {
      agentMark: agentMark(directory),
      isSimulated: true,
      hostIps,
      dns: { clusterDns: [], clusterDomain },
      clock,
      log,
      runtimeName: () => runtimeName,
      directories: new AgentDirectories(directory, logDirectory),
      objects,
      observations: this.#observations,
      statuses: this.#statuses,
      images: new ImagePuller({ runtime, events, objects, clock }),
      volumes: createSimulatedVolumes({ objects, events }),
      cgroups: noCgroups,
      probes: new PodProbes({ clock, events, hostIps, check: createChecker({ runtime, isSimulated: true }), onChange: wake }),
      restarts: new RestartBackoff(),
      devices: undefined,
      dynamicResources: undefined,
      serviceVariables: (pod) => serviceVariables(pod, services.list(), undefined),
      networkProblem: () => undefined,
      ensureMirror: async () => {},
    };
  }
}

/** Ten thousand pods that start would otherwise write forty thousand events, and the few that tell of trouble be lost among them. */
function warningsOf(events: EventRecorder): EventRecorder {
  return {
    record: (object, type, reason, message, fieldPath) => {
      if (type === 'Warning') events.record(object, type, reason, message, fieldPath);
    },
    as: (component, host) => warningsOf(events.as(component, host)),
    flush: () => events.flush(),
  };
}
