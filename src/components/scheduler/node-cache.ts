import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { NodeInfo } from '../../extension-points/scheduling/contract.ts';
import { NodeRecord } from '../../extension-points/scheduling/node-record.ts';
import { podKey } from './pod-facts.ts';

interface Entry {
  /** Absent while only its pods are known. */
  node?: Node;
  /** Absent when the entry has no node. */
  record?: NodeRecord;
  readonly pods: Map<string, Pod>;
}

/**
 * The nodes with the pods on them, assumed ones included. Records are never changed, only replaced, so a snapshot stays as it was taken although the cache
 * moves on.
 */
export class NodeCache {
  readonly #entries = new Map<string, Entry>();
  /** Where each pod is, by pod key. */
  readonly #places = new Map<string, string>();
  readonly #assumed = new Set<string>();
  #snapshot: readonly NodeRecord[] = [];
  readonly #dirty = new Set<string>();
  #isRosterDirty = true;
  #positions = new Map<string, number>();

  setNode(node: Node): void {
    const entry = this.#entry(node.metadata.name!);
    if (!entry.node) this.#isRosterDirty = true;
    entry.record = entry.record ? entry.record.withNode(node) : NodeRecord.of(node, [...entry.pods.values()]);
    entry.node = node;
    this.#dirty.add(node.metadata.name!);
  }

  removeNode(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry?.node) return;
    delete entry.node;
    delete entry.record;
    if (entry.pods.size === 0) this.#entries.delete(name);
    this.#isRosterDirty = true;
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
      entry.record = entry.record.withoutPod(known);
      this.#dirty.add(name!);
    } else if (entry.pods.size === 0) this.#entries.delete(name!);
  }

  /** The nodes as they are now. The same array comes back while nothing changed. */
  snapshot(): readonly NodeInfo[] {
    if (this.#isRosterDirty) this.#rebuild();
    else if (this.#dirty.size > 0) this.#refresh();
    this.#dirty.clear();
    return this.#snapshot;
  }

  /** A node of the last snapshot. */
  nodeInfo(name: string): NodeInfo | undefined {
    const position = this.#positions.get(name);
    return position === undefined ? undefined : this.#snapshot[position];
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
    if (place === name && this.#entries.get(name)?.pods.get(key) === pod) return;
    if (place !== undefined) this.removePod(pod);
    const entry = this.#entry(name);
    entry.pods.set(key, pod);
    this.#places.set(key, name);
    if (!entry.record) return;
    entry.record = entry.record.withPod(pod);
    this.#dirty.add(name);
  }

  #rebuild(): void {
    const records = [...this.#entries.values()].flatMap(({ record }) => (record ? [record] : []));
    this.#positions = new Map(records.map(({ name }, index) => [name, index]));
    this.#snapshot = records;
    this.#isRosterDirty = false;
  }

  #refresh(): void {
    const records = this.#snapshot.slice();
    for (const name of this.#dirty) {
      const record = this.#entries.get(name)?.record;
      const position = this.#positions.get(name);
      if (record && position !== undefined) records[position] = record;
    }
    this.#snapshot = records;
  }
}
