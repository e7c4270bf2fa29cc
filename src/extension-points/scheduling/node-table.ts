import { Amounts, Holders } from './amount-columns.ts';
import type { NodeInfo, NodeTable, TopologyDomains } from './contract.ts';
import { labelOf } from './node-labels.ts';
import type { NodeRecord } from './node-record.ts';

/** More changes than any class of pods in use falls behind; one that did is worked out anew. A power of two. */
const journalLength = 1 << 16;
/** Pods choose the keys that they are spread by. Domains of more are made anew when they are asked for again. */
const mostTopologyKeys = 256;
/** Numbers of domains that are gone are kept up to this many, and as many as there are nodes. */
const mostSpareDomains = 1024;

/** The nodes by index, and which of them changed when. Indexes are dense: a node that goes away leaves its place to the last one. */
export class LiveNodeTable implements NodeTable {
  readonly nodes: NodeRecord[] = [];
  readonly allocatable = new Amounts();
  readonly requested = new Amounts();
  readonly #holders = new Holders();
  readonly #restricted = new Set<number>();
  readonly #indexes = new Map<string, number>();
  readonly #domains = new Map<string, Domains>();
  readonly #journal = new Int32Array(journalLength);
  #uses = 0;
  #version = 0;
  #rosterVersion = 0;

  /** Rises with every change of a node. */
  get version(): number {
    return this.#version;
  }

  /** Rises when nodes come or go: indexes of before are void. */
  get rosterVersion(): number {
    return this.#rosterVersion;
  }

  indexOf(name: string): number | undefined {
    return this.#indexes.get(name);
  }

  domains(topologyKey: string): TopologyDomains {
    let domains = this.#domains.get(topologyKey);
    if (!domains) {
      if (this.#domains.size >= mostTopologyKeys) this.#forgetOldestDomains();
      domains = new Domains(topologyKey);
      for (const [index, node] of this.nodes.entries()) domains.set(index, node);
      this.#domains.set(topologyKey, domains);
    }
    domains.lastUse = ++this.#uses;
    return domains;
  }

  /** Adds or replaces a node. */
  put(record: NodeRecord): void {
    let index = this.#indexes.get(record.name);
    if (index === undefined) {
      index = this.nodes.length;
      this.#indexes.set(record.name, index);
      this.#rosterVersion++;
    }
    this.#place(index, record, this.nodes[index]);
  }

  remove(name: string): void {
    const index = this.#indexes.get(name);
    if (index === undefined) return;
    const gone = this.nodes[index]!;
    const last = this.nodes.pop()!;
    this.#indexes.delete(name);
    this.#rosterVersion++;
    this.#holders.delete(this.nodes.length, last);
    this.#restricted.delete(this.nodes.length);
    for (const [key, domains] of this.#domains) {
      domains.clear(this.nodes.length);
      if (domains.size > mostSpareDomains + 2 * this.nodes.length) this.#domains.delete(key);
    }
    if (last === gone) return;
    this.#indexes.set(last.name, index);
    this.#place(index, last, gone);
  }

  holders(scalarResource: string): Iterable<number> {
    return this.#holders.of(scalarResource);
  }

  restricted(): Iterable<number> {
    return this.#restricted;
  }

  /** Notes that something about a node changed that is kept elsewhere. */
  touch(name: string): void {
    const index = this.#indexes.get(name);
    if (index !== undefined) this.#note(index);
  }

  /** Visits the nodes that changed after a version, maybe some twice. False, without a visit, when that is too long ago. */
  changedSince(version: number, visit: (index: number) => void): boolean {
    if (this.#version - version > journalLength) return false;
    for (let position = version; position < this.#version; position++) {
      const index = this.#journal[position & (journalLength - 1)]!;
      if (index < this.nodes.length) visit(index);
    }
    return true;
  }

  #place(index: number, record: NodeRecord, old: NodeRecord | undefined): void {
    this.nodes[index] = record;
    const { pods, requested } = record;
    this.requested.set(index, { ...requested, pods: pods.length });
    if (old?.node !== record.node) {
      this.allocatable.set(index, record.allocatable);
      if (old) this.#holders.delete(index, old);
      this.#holders.add(index, record);
      if (isRestricted(record)) this.#restricted.add(index);
      else this.#restricted.delete(index);
      for (const domains of this.#domains.values()) domains.set(index, record);
    }
    this.#note(index);
  }

  #forgetOldestDomains(): void {
    const oldest = [...this.#domains].sort(([, left], [, right]) => left.lastUse - right.lastUse).slice(0, mostTopologyKeys / 8);
    for (const [key] of oldest) this.#domains.delete(key);
  }

  #note(index: number): void {
    this.#journal[this.#version++ & (journalLength - 1)] = index;
  }
}

const isRestricted = ({ node: { spec } }: NodeInfo): boolean => Boolean(spec?.unschedulable) || (spec?.taints?.length ?? 0) > 0;

class Domains implements TopologyDomains {
  readonly #key: string;
  readonly #ids = new Map<string, number>();
  ofNode = new Int32Array(64).fill(-1);
  nodeCounts = new Int32Array(16);
  lastUse = 0;

  constructor(key: string) {
    this.#key = key;
  }

  get size(): number {
    return this.#ids.size;
  }

  idOf(value: string): number {
    let id = this.#ids.get(value);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(value, id);
      if (id >= this.nodeCounts.length) this.nodeCounts = grown(this.nodeCounts, 0);
    }
    return id;
  }

  set(index: number, { node }: NodeInfo): void {
    while (index >= this.ofNode.length) this.ofNode = grown(this.ofNode, -1);
    const value = labelOf(node, this.#key);
    const id = value === undefined ? -1 : this.idOf(value);
    const old = this.ofNode[index]!;
    if (old === id) return;
    if (old >= 0) this.nodeCounts[old]!--;
    if (id >= 0) this.nodeCounts[id]!++;
    this.ofNode[index] = id;
  }

  clear(index: number): void {
    const old = this.ofNode[index];
    if (old === undefined || old < 0) return;
    this.nodeCounts[old]!--;
    this.ofNode[index] = -1;
  }
}

function grown(array: Int32Array<ArrayBuffer>, fill: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2).fill(fill, array.length);
  larger.set(array);
  return larger;
}
