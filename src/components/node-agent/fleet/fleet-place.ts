import type { Node, NodeStatus, Pod } from '../../../api/generated/core-v1.ts';
import { nodes, runtimeclasses } from '../../../api/generated/resource-types.ts';
import { isNotFound } from '../../../api/status.ts';
import type { EventRecorder } from '../../../client/events.ts';
import type { RuntimeVersion } from '../../../extension-points/runtime/contract.ts';
import { podUid } from '../directories.ts';
import { admitPod, fitOfResize } from '../node/admission.ts';
import { machineArchitecture, simulatedSystemInfo } from '../node/machine.ts';
import { NodeRegistrar } from '../node/node-registrar.ts';
import { noPressure } from '../node/pressure.ts';
import { PodManager } from '../pod/pod-manager.ts';
import type { AdmissionRefusal, PodServices } from '../pod/pod-services.ts';
import { withNewestStatus } from '../pod/pod-state.ts';
import { quantityValue } from '../quantities.ts';
import type { NodeEndpoint } from '../server/node-endpoint.ts';
import type { FleetNode, NodeFleetOptions } from './options.ts';

/** What the pods of all nodes of a fleet work with. */
export type SharedServices = Omit<PodServices, PlaceServices>;
type PlaceServices = 'nodeName' | 'client' | 'events' | 'runtime' | 'runtimeHandler' | 'admit' | 'fitOfResize' | 'allocatable' | 'facts';

export interface FleetPlaceDeps extends Pick<NodeFleetOptions, 'clientOf' | 'runtimeOf' | 'isSilent' | 'nodeAddress' | 'directory' | 'clock' | 'log'> {
  readonly node: FleetNode;
  readonly events: EventRecorder;
  readonly shared: SharedServices;
  readonly version: RuntimeVersion;
  readonly handlers: readonly string[];
  /** Where the nodes' HTTPS API is. */
  readonly port: number;
}

/** One node of a fleet: its Node object, and its pods while it has any. An empty one is little more than its name. */
export class FleetPlace implements AsyncDisposable {
  readonly name: string;
  readonly registrar: NodeRegistrar;
  readonly #deps: FleetPlaceDeps;
  #pods: PodManager | undefined;

  constructor(deps: FleetPlaceDeps) {
    const { node, clock, log, events, isSilent } = deps;
    this.#deps = deps;
    this.name = node.name;
    this.registrar = new NodeRegistrar({
      ...{ clock, log, events, isSilent, isSimulated: true, nodeName: node.name, podCidr: node.podCidr, taints: node.taints },
      client: deps.clientOf(node.name),
      labels: { 'kubernetes.io/arch': machineArchitecture(), 'kubernetes.io/hostname': node.name, 'kubernetes.io/os': 'linux', ...node.labels },
      facts: () => this.#facts(),
      problems: () => [],
      pressure: () => noPressure,
    });
  }

  /** Undefined while there are none. */
  get pods(): PodManager | undefined {
    return this.#pods;
  }

  put(pod: Pod): void {
    this.#pods ??= this.#createPods();
    this.#pods.put(pod);
  }

  /** Lets go of what only pods need, when the last one is gone. */
  tidy(): void {
    if (this.#pods?.pods().length === 0) this.#pods = undefined;
  }

  /** What the node's HTTPS API shows. */
  endpoint(): NodeEndpoint {
    const { runtimeOf, node, directory, shared } = this.#deps;
    return {
      nodeName: this.name,
      // Made when somebody asks: few nodes are ever asked.
      get runtime() {
        return runtimeOf(node);
      },
      isSimulated: true,
      directory,
      node: () => this.registrar.node,
      pods: () => this.#pods?.pods() ?? [],
      podByName: (namespace, name) => this.#pods?.byName(namespace, name),
      statusOf: (pod) => withNewestStatus(pod, shared).status ?? {},
      observed: (uid) => shared.observations.get(uid),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pods?.[Symbol.asyncDispose]();
    await this.registrar[Symbol.asyncDispose]();
  }

  #createPods(): PodManager {
    const { node, shared, clientOf, runtimeOf, events } = this.#deps;
    const facts = { memoryCapacityBytes: quantityValue(node.capacity['memory']), hugePageSizes: [] };
    const services: PodServices = {
      ...shared,
      nodeName: this.name,
      client: clientOf(this.name),
      events: events.as('kubelet', this.name),
      runtime: runtimeOf(node),
      facts: () => facts,
      allocatable: () => node.allocatable,
      runtimeHandler: (pod) => this.#runtimeHandler(pod),
      admit: (pod) => this.#admit(pod),
      fitOfResize: (pod) => {
        const known = this.registrar.node;
        return known ? fitOfResize(pod, known, this.#othersThan(pod)) : { kind: 'deferred', message: 'Kubelet cannot get node info.' };
      },
    };
    return new PodManager(() => services);
  }

  #othersThan(pod: Pod): Pod[] {
    return this.#pods?.activePods().filter((other) => podUid(other) !== podUid(pod)) ?? [];
  }

  async #admit(pod: Pod): Promise<AdmissionRefusal | undefined> {
    const known = this.registrar.node;
    if (!known) return { reason: 'InvalidNodeInfo', message: 'Kubelet cannot get node info.' };
    const refusal = admitPod(pod, known, this.#othersThan(pod));
    // Labels may have changed a moment ago: ask for the newest before a pod is lost over them.
    if (refusal?.reason !== 'NodeAffinity') return refusal;
    const newest: Node = await this.#deps.clientOf(this.name).get(nodes, { name: this.name });
    return admitPod(pod, newest, this.#othersThan(pod));
  }

  async #runtimeHandler({ spec: { runtimeClassName: name } }: Pod): Promise<string> {
    if (!name) return '';
    try {
      return (await this.#deps.clientOf(this.name).get(runtimeclasses, { name })).handler;
    } catch (error) {
      if (isNotFound(error)) throw new Error(`failed to get sandbox runtime: runtimeclass.node.k8s.io "${name}" not found`, { cause: error });
      throw error;
    }
  }

  #facts(): Omit<NodeStatus, 'conditions'> {
    const { node, nodeAddress, port, version, handlers } = this.#deps;
    const { capacity, allocatable, images } = node;
    return {
      capacity,
      allocatable,
      addresses: [
        { type: 'InternalIP', address: nodeAddress },
        { type: 'Hostname', address: this.name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      nodeInfo: simulatedSystemInfo(this.name, version),
      ...(images.length > 0 ? { images: [...images] } : {}),
      ...(handlers.length > 0 ? { runtimeHandlers: handlers.map((name) => ({ name })) } : {}),
    };
  }
}
