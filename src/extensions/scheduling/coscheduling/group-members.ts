import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import type { SchedulingHandle } from '../../../extension-points/scheduling/contract.ts';
import { groupKeyOf } from './pod-group-type.ts';

/** The pods that name one group, whatever became of them. */
export interface Members {
  readonly pods: ReadonlyMap<string, Pod>;
  /** Those that scheduling gates keep out of the queue. */
  readonly gated: number;
  /** Those that have a node, or a place on one that is held for them. */
  readonly assigned: number;
  /** The UIDs of those whose place is held. */
  readonly held: ReadonlySet<string>;
}

interface Group extends Members {
  readonly pods: Map<string, Pod>;
  readonly held: Set<string>;
  /** The UIDs of those that have a node, as the API says: those that have finished there, too. */
  readonly bound: Set<string>;
  /** The UIDs of those on nodes in the scheduler's view, as soon as a node was chosen. */
  readonly placed: Set<string>;
  gated: number;
}

const nobody: Members = { pods: new Map(), gated: 0, assigned: 0, held: new Set() };

/** Counts the members of every group as pods come and go, and take and leave nodes in the scheduler's view. Disposing ends it. */
export class GroupMembers implements Disposable {
  readonly #groups = new Map<string, Group>();
  readonly #subscriptions: readonly Disposable[];

  constructor({ informers, observe }: Pick<SchedulingHandle, 'informers' | 'observe'>) {
    this.#subscriptions = [
      informers.informer(pods).onChange({
        added: (pod) => this.#put(pod),
        updated: (pod, old) => {
          this.#remove(old);
          this.#put(pod);
        },
        deleted: (pod) => this.#remove(pod),
      }),
      observe({
        podAdded: (pod) => this.#change(pod, (group) => group.placed.add(uidOf(pod))),
        podRemoved: (pod) => this.release(pod),
      }),
    ];
  }

  of(groupKey: string): Members {
    return this.#groups.get(groupKey) ?? nobody;
  }

  /** Its place is no longer held, whether the scheduler's view says so yet or not. */
  release(pod: Pod): void {
    this.#change(pod, (group) => group.placed.delete(uidOf(pod)));
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #put(pod: Pod): void {
    this.#change(pod, (group) => {
      group.pods.set(uidOf(pod), pod);
      if (isGated(pod)) group.gated++;
      if (pod.spec?.nodeName) group.bound.add(uidOf(pod));
    });
  }

  #remove(pod: Pod): void {
    this.#change(pod, (group) => {
      const known = group.pods.get(uidOf(pod));
      if (known && isGated(known)) group.gated--;
      group.pods.delete(uidOf(pod));
      group.bound.delete(uidOf(pod));
    });
  }

  #change(pod: Pod, change: (group: Group) => void): void {
    const key = groupKeyOf(pod);
    if (key === undefined) return;
    const group = this.#groups.get(key) ?? createGroup();
    change(group);
    const uid = uidOf(pod);
    if (group.placed.has(uid) && !group.bound.has(uid)) group.held.add(uid);
    else group.held.delete(uid);
    if (group.pods.size === 0 && group.placed.size === 0) this.#groups.delete(key);
    else this.#groups.set(key, group);
  }
}

const createGroup = (): Group => ({
  pods: new Map(),
  held: new Set(),
  bound: new Set(),
  placed: new Set(),
  gated: 0,
  get assigned(): number {
    return this.bound.size + this.held.size;
  },
});

const uidOf = ({ metadata: { uid, namespace, name } }: Pod): string => uid ?? `${namespace}/${name}`;
const isGated = ({ spec }: Pod): boolean => (spec?.schedulingGates?.length ?? 0) > 0;
