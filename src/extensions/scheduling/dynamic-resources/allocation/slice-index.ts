import type { Node } from '../../../../api/generated/core-v1.ts';
import type { ResourceSlice } from '../../../../api/generated/resource-v1.ts';
import { type PoolSlice, type PoolView, readSlice, viewPool } from './pool-view.ts';

/** All slices, by pool and by the node they are for, so that finding what a node offers does not depend on how many others there are. */
export class SliceIndex {
  readonly #pools = new Map<string, Pool>();
  /** Pools that have slices of one node, by its name. */
  readonly #local = new Map<string, Set<Pool>>();
  /** Pools with slices that more than one node may use, or whose counters they share. */
  readonly #shared = new Set<Pool>();
  readonly #offers = new Map<string, { readonly node: Node; readonly pools: readonly PoolView[] }>();

  /** Takes in a new state of a slice, by its name. */
  set(slice: ResourceSlice): void {
    this.delete(slice);
    const id = poolOf(slice);
    let pool = this.#pools.get(id);
    if (!pool) this.#pools.set(id, (pool = new Pool()));
    pool.put(readSlice(slice));
    this.#placed(pool, slice);
  }

  delete(slice: ResourceSlice): void {
    const id = poolOf(slice);
    const pool = this.#pools.get(id);
    if (!pool?.remove(slice)) return;
    if (pool.isEmpty) this.#pools.delete(id);
    this.#placed(pool, slice);
  }

  /** What a node's pools offer, in the order in which devices are tried. The same list as long as nothing about it changed. */
  offersTo(node: Node): readonly PoolView[] {
    const name = node.metadata.name ?? '';
    const known = this.#offers.get(name);
    if (known && isSamePlace(known.node, node)) return known.pools;
    const found = [...new Set([...(this.#local.get(name) ?? []), ...this.#shared])].flatMap((pool) => viewPool(pool.slices, node) ?? []);
    const pools = found.sort(byPrecedence);
    this.#offers.set(name, { node, pools });
    return pools;
  }

  /** What a node was; nothing needs to be remembered of it any more. */
  forgetNode(name: string): void {
    this.#offers.delete(name);
  }

  #placed(pool: Pool, slice: ResourceSlice): void {
    const nodeName = localNode(slice);
    if (nodeName !== undefined) {
      const pools = this.#local.get(nodeName) ?? new Set();
      if (pool.hasSliceOf(nodeName)) this.#local.set(nodeName, pools.add(pool));
      else if (pools.delete(pool) && pools.size === 0) this.#local.delete(nodeName);
    }
    if (pool.isShared) this.#shared.add(pool);
    else this.#shared.delete(pool);
    // Slices of one node may decide for the others whether their pool is complete.
    if (nodeName !== undefined && !pool.isShared && [...pool.nodes].every((node) => node === nodeName)) this.#offers.delete(nodeName);
    else this.#offers.clear();
  }
}

class Pool {
  readonly #slices = new Map<string, PoolSlice>();
  slices: readonly PoolSlice[] = [];
  isShared = false;
  /** Nodes that have slices of their own. */
  nodes: ReadonlySet<string> = new Set();

  put(part: PoolSlice): void {
    this.#slices.set(part.slice.metadata.name ?? '', part);
    this.#changed();
  }

  /** Whether it was there. */
  remove({ metadata }: ResourceSlice): boolean {
    const isKnown = this.#slices.delete(metadata.name ?? '');
    if (isKnown) this.#changed();
    return isKnown;
  }

  get isEmpty(): boolean {
    return this.#slices.size === 0;
  }

  hasSliceOf(nodeName: string): boolean {
    return this.nodes.has(nodeName);
  }

  #changed(): void {
    this.slices = [...this.#slices.values()];
    this.isShared = this.slices.some(({ slice }) => localNode(slice) === undefined);
    this.nodes = new Set(this.slices.flatMap(({ slice }) => localNode(slice) ?? []));
  }
}

const poolOf = ({ spec }: ResourceSlice): string => `${spec.driver}/${spec.pool.name}`;

/** The only node that a slice concerns. */
const localNode = ({ spec }: ResourceSlice): string | undefined => (spec.nodeName && !spec.sharedCounters?.length ? spec.nodeName : undefined);

const isSamePlace = (left: Node, right: Node): boolean =>
  left === right || (left.metadata.name === right.metadata.name && left.metadata.labels === right.metadata.labels);

/** By driver and name, those with binding conditions after all others. */
function byPrecedence(left: PoolView, right: PoolView): number {
  if (left.hasBindingConditions !== right.hasBindingConditions) return left.hasBindingConditions ? 1 : -1;
  if (left.driver !== right.driver) return left.driver < right.driver ? -1 : 1;
  return left.pool < right.pool ? -1 : 1;
}
