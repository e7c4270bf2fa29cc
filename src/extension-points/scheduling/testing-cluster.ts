import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { keyOf, keyText } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import type { Informer, InformerHandler, Informers } from '../../client/informer.ts';
import type { NodeInfo, NodeTable, PlacementObserver, SchedulingHandle, Status, Verdicts } from './contract.ts';
import { NodeRecord } from './node-record.ts';
import { LiveNodeTable } from './node-table.ts';

/** For tests of plugins: informers whose objects the test changes. */
export class TestInformers implements Informers {
  readonly #informers = new Map<string, TestInformer<KubernetesObject>>();

  constructor(objects: Readonly<Record<string, readonly KubernetesObject[]>> = {}) {
    for (const [resource, all] of Object.entries(objects)) for (const object of all) this.set(resource, object);
  }

  informer<T extends KubernetesObject>({ resource }: ResourceType<T>): Informer<T> {
    return this.#of(resource) as unknown as Informer<T>;
  }

  /** Adds or replaces an object. */
  set(resource: string, object: KubernetesObject): void {
    this.#of(resource).set(object);
  }

  delete(resource: string, object: KubernetesObject): void {
    this.#of(resource).delete(object);
  }

  async synced(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #of(resource: string): TestInformer<KubernetesObject> {
    let informer = this.#informers.get(resource);
    if (!informer) this.#informers.set(resource, (informer = new TestInformer()));
    return informer;
  }
}

class TestInformer<T extends KubernetesObject> implements Informer<T> {
  readonly hasSynced = true;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, (object: T) => readonly string[]>();
  readonly #handlers = new Set<InformerHandler<T>>();

  async synced(): Promise<void> {}

  get(key: Parameters<Informer<T>['get']>[0]): T | undefined {
    return this.#objects.get(keyText(key));
  }

  list(namespace?: string): readonly T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  byIndex(index: string, value: string): readonly T[] {
    const valuesOf = this.#indexes.get(index);
    if (!valuesOf) throw new Error(`unknown index ${index}`);
    return [...this.#objects.values()].filter((object) => valuesOf(object).includes(value));
  }

  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void {
    this.#indexes.set(name, valuesOf);
  }

  onChange(handler: InformerHandler<T>): Disposable {
    this.#handlers.add(handler);
    for (const object of this.#objects.values()) handler.added?.(object, true);
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) };
  }

  set(object: T): void {
    const key = keyText(keyOf(object));
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const handler of this.#handlers) {
      if (old) handler.updated?.(object, old);
      else handler.added?.(object, false);
    }
  }

  delete(object: T): void {
    const key = keyText(keyOf(object));
    const old = this.#objects.get(key);
    this.#objects.delete(key);
    if (old) for (const handler of this.#handlers) handler.deleted?.(old);
  }
}

/** For tests of plugins: nodes with pods that the test changes, told to observers and shown as a table the way a scheduler does it. */
export class TestCluster implements Pick<SchedulingHandle, 'observe' | 'informers' | 'snapshot' | 'nodeInfo'> {
  readonly informers: TestInformers;
  readonly #observers = new Set<PlacementObserver>();
  readonly #table = new LiveNodeTable();

  constructor(nodes: readonly NodeInfo[] = [], informers = new TestInformers()) {
    this.informers = informers;
    for (const node of nodes) this.#table.put(NodeRecord.from(node));
  }

  get table(): NodeTable {
    return this.#table;
  }

  snapshot(): readonly NodeInfo[] {
    return [...this.#table.nodes];
  }

  nodeInfo(name: string): NodeInfo | undefined {
    const index = this.#table.indexOf(name);
    return index === undefined ? undefined : this.#table.nodes[index];
  }

  observe(observer: PlacementObserver): Disposable {
    for (const node of this.#table.nodes) show(observer, node);
    this.#observers.add(observer);
    return { [Symbol.dispose]: () => void this.#observers.delete(observer) };
  }

  /** Adds a node, or replaces what is not its pods. */
  setNode(node: Node): void {
    const old = this.nodeInfo(node.metadata.name!);
    const record = old ? NodeRecord.from(old).withNode(node) : NodeRecord.of(node);
    this.#table.put(record);
    for (const observer of this.#observers) {
      if (old) observer.nodeChanged?.(record, old);
      else show(observer, record);
    }
  }

  removeNode(name: string): void {
    let record = NodeRecord.from(this.nodeInfo(name)!);
    this.#table.remove(name);
    for (const pod of record.pods) {
      record = record.withoutPod(pod);
      for (const observer of this.#observers) observer.podRemoved?.(pod, record);
    }
    for (const observer of this.#observers) observer.nodeRemoved?.(record);
  }

  addPod(pod: Pod, nodeName: string): void {
    const record = NodeRecord.from(this.nodeInfo(nodeName)!).withPod(pod);
    this.#table.put(record);
    for (const observer of this.#observers) observer.podAdded?.(pod, record);
  }

  removePod(pod: Pod, nodeName: string): void {
    const record = NodeRecord.from(this.nodeInfo(nodeName)!).withoutPod(pod);
    this.#table.put(record);
    for (const observer of this.#observers) observer.podRemoved?.(pod, record);
  }
}

/** For tests of plugins: what became of nodes, by index. */
export class TestVerdicts implements Verdicts {
  readonly statuses: Status[] = [];

  refuse(index: number, status: Status): void {
    this.statuses[index] ??= status;
  }

  refuseMarked(marks: Uint8Array, statuses: readonly Status[]): void {
    for (const [index, mark] of marks.entries()) if (mark !== 0) this.refuse(index, statuses[mark]!);
  }

  isRefused(index: number): boolean {
    return this.statuses[index] !== undefined;
  }
}

function show(observer: PlacementObserver, node: NodeInfo): void {
  observer.nodeAdded?.(node);
  for (const pod of node.pods) observer.podAdded?.(pod, node);
}
