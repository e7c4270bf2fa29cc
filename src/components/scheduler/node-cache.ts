import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo, PlacementObserver } from '../../extension-points/scheduling/contract.ts';
import { NodeRecord } from '../../extension-points/scheduling/node-record.ts';
import { LiveNodeTable } from '../../extension-points/scheduling/node-table.ts';
import { podKey } from './pod-facts.ts';

interface Entry {
  /** Absent while only its pods are known. */
  record?: NodeRecord;
  readonly pods: Map<string, Pod>;
}

/**
 * The nodes with the pods on them, assumed ones included. Records are never changed, only replaced, so a snapshot stays as it was taken although the cache
 * moves on.
 */
export class NodeCache {
  /** The same nodes, as they are at any moment. */
  readonly table = new LiveNodeTable();
  readonly #entries = new Map<string, Entry>();
  /** Where each pod is, by pod key. */
  readonly #places = new Map<string, string>();
  readonly #assumed = new Set<string>();
  readonly #observers = new Set<PlacementObserver>();
  #snapshot: readonly NodeInfo[] = [];
  #snapshotVersion = -1;
  #snapshotRoster = -1;

  setNode(node: Node): void {
    const name = node.metadata.name!;
    const entry = this.#entry(name);
    const old = entry.record;
    const record = old ? old.withNode(node) : NodeRecord.of(node, [...entry.pods.values()]);
    entry.record = record;
    this.table.put(record);
    for (const observer of this.#observers) {
      if (old) observer.nodeChanged?.(record, old);
      else show(observer, record);
    }
  }

  removeNode(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry?.record) return;
    let { record } = entry;
    delete entry.record;
    this.table.remove(name);
    if (entry.pods.size === 0) this.#entries.delete(name);
    if (this.#observers.size === 0) return;
    for (const pod of record.pods) {
      record = record.withoutPod(pod);
      for (const observer of this.#observers) observer.podRemoved?.(pod, record);
    }
    for (const observer of this.#observers) observer.nodeRemoved?.(record);
  }

  /** Takes a pod to be on a node though the API does not say so yet. */
  assume(pod: Pod): void {
    this.#put(pod);
    this.#assumed.add(podKey(pod));
  }

  isAssumed(pod: Pod): boolean {
    return this.#assumed.has(podKey(pod));
  }

  /** Takes back an assumption; no effect once the API confirmed it. */
  forget(pod: Pod): void {
    if (this.#assumed.has(podKey(pod))) this.removePod(pod);
  }

  /** A pod that is on its node according to the API: confirms, corrects or adds. */
  setPod(pod: Pod): void {
    this.#put(pod);
    this.#assumed.delete(podKey(pod));
  }

  removePod(pod: Pod): void {
    const key = podKey(pod);
    const name = this.#places.get(key);
    this.#assumed.delete(key);
    this.#places.delete(key);
    const entry = name === undefined ? undefined : this.#entries.get(name);
    const known = entry?.pods.get(key);
    if (!entry || !known) return;
    entry.pods.delete(key);
    if (entry.record) {
      const record = entry.record.withoutPod(known);
      this.#replace(entry, record);
      for (const observer of this.#observers) observer.podRemoved?.(known, record);
    } else if (entry.pods.size === 0) this.#entries.delete(name!);
  }

  /** The nodes as they are now. The same array comes back while nothing changed. */
  snapshot(): readonly NodeInfo[] {
    const { version, rosterVersion, nodes } = this.table;
    if (this.#snapshotVersion !== version || this.#snapshotRoster !== rosterVersion) {
      this.#snapshot = nodes.slice();
      this.#snapshotVersion = version;
      this.#snapshotRoster = rosterVersion;
    }
    return this.#snapshot;
  }

  nodeInfo(name: string): NodeInfo | undefined {
    return this.#entries.get(name)?.record;
  }

  /** Tells of all nodes and pods, then of every change. */
  observe(observer: PlacementObserver): Disposable {
    for (const node of this.table.nodes) show(observer, node);
    this.#observers.add(observer);
    return { [Symbol.dispose]: () => void this.#observers.delete(observer) };
  }

  #entry(name: string): Entry {
    let entry = this.#entries.get(name);
    if (!entry) {
      entry = { pods: new Map() };
      this.#entries.set(name, entry);
    }
    return entry;
  }

  #put(pod: Pod): void {
    const key = podKey(pod);
    const name = pod.spec?.nodeName ?? '';
    const place = this.#places.get(key);
    const known = place === name ? this.#entries.get(name)?.pods.get(key) : undefined;
    if (known === pod) return;
    if (known) return this.#exchange(known, pod, this.#entries.get(name)!);
    if (place !== undefined) this.removePod(pod);
    const entry = this.#entry(name);
    entry.pods.set(key, pod);
    this.#places.set(key, name);
    if (!entry.record) return;
    const record = entry.record.withPod(pod);
    this.#replace(entry, record);
    for (const observer of this.#observers) observer.podAdded?.(pod, record);
  }

  /** A newer state of a pod that stays where it is. */
  #exchange(known: Pod, pod: Pod, entry: Entry): void {
    entry.pods.set(podKey(pod), pod);
    if (!entry.record) return;
    const without = entry.record.withoutPod(known);
    const record = entry.record.withNewer(known, pod);
    this.#replace(entry, record);
    for (const observer of this.#observers) {
      observer.podRemoved?.(known, without);
      observer.podAdded?.(pod, record);
    }
  }

  #replace(entry: Entry, record: NodeRecord): void {
    entry.record = record;
    this.table.put(record);
  }
}

function show(observer: PlacementObserver, node: NodeInfo): void {
  observer.nodeAdded?.(node);
  for (const pod of node.pods) observer.podAdded?.(pod, node);
}
