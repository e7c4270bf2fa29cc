import { type FieldTree, leaf, makeTree } from './field-tree.ts';

/** How many states a cache remembers before it starts afresh. */
const maximumStates = 512;
const maximumNameLength = 256;
/** Nodes with more elements are hardly ever the same. */
const maximumDepth = 128;

/** What was said of a node so far: a chain of its elements in the order they came. */
export interface TreeState {
  readonly before: TreeState | undefined;
  readonly name: string;
  readonly inner: FieldTree;
  readonly depth: number;
  tree: FieldTree | undefined;
  leaves: Map<string, TreeState> | undefined;
  others: Map<string, Map<FieldTree, TreeState>> | undefined;
}

const newState = (before: TreeState | undefined, name: string, inner: FieldTree): TreeState => ({
  before,
  name,
  inner,
  depth: before === undefined ? 1 : before.depth + 1,
  tree: undefined,
  leaves: undefined,
  others: undefined,
});

/**
 * Hands out the same frozen tree for the same elements: objects of a kind mostly have the same fields, so their trees are neither built, sorted, frozen nor kept twice.
 * `prefix` stands before every name.
 */
export class TreeCache {
  readonly #prefix: string;
  readonly #isMember: boolean;
  #start = newState(undefined, '', leaf);
  #size = 0;

  constructor(prefix: string, isMember: boolean) {
    this.#prefix = prefix;
    this.#isMember = isMember;
  }

  step(state: TreeState | undefined, name: string, inner: FieldTree): TreeState {
    const from = state ?? this.#start;
    if (inner === leaf) {
      const known = from.leaves?.get(name);
      if (known) return known;
    } else {
      const known = from.others?.get(name)?.get(inner);
      if (known) return known;
    }
    const next = newState(state, name, inner);
    if (name.length <= maximumNameLength && next.depth <= maximumDepth) this.#remember(from, next);
    return next;
  }

  /** The tree of the elements that led to a state; undefined for none. */
  finish(state: TreeState | undefined): FieldTree | undefined {
    if (state === undefined) return undefined;
    if (state.tree) return state.tree;
    const elements: Record<string, FieldTree> = {};
    for (const { name, inner } of chainOf(state)) elements[this.#prefix + name] = inner;
    state.tree = makeTree(this.#isMember, elements)!;
    return state.tree;
  }

  #remember(from: TreeState, next: TreeState): void {
    if (++this.#size > maximumStates) {
      this.#start = newState(undefined, '', leaf);
      this.#size = 0;
      return;
    }
    if (next.inner === leaf) (from.leaves ??= new Map()).set(next.name, next);
    else {
      let known = (from.others ??= new Map()).get(next.name);
      if (!known) from.others.set(next.name, (known = new Map()));
      known.set(next.inner, next);
    }
  }
}

function chainOf(last: TreeState): TreeState[] {
  const chain: TreeState[] = [];
  for (let state: TreeState | undefined = last; state; state = state.before) chain.push(state);
  return chain.reverse();
}
