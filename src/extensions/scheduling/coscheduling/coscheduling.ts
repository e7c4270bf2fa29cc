import type { Pod } from '../../../api/generated/core-v1.ts';
import { keyOf, keyText } from '../../../api/object.ts';
import type { Informer } from '../../../client/informer.ts';
import type {
  ClusterEventWithHint,
  CycleState,
  NodeInfo,
  PermitResult,
  PostFilterResult,
  PreFilterResult,
  SchedulingHandle,
  SchedulingPlugin,
  Status,
  WaitingPod,
} from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import { priorityOf } from '../../../extension-points/scheduling/preemption/importance.ts';
import type { CoschedulingArgs } from './arguments.ts';
import { readArguments } from './arguments.ts';
import { resourceGap } from './cluster-resources.ts';
import { GroupFailures } from './group-failures.ts';
import { GroupMembers } from './group-members.ts';
import type { PodGroup } from './pod-group-type.ts';
import { groupKeyOf, podGroupLabel, podgroups } from './pod-group-type.ts';
import type { Place } from './queue-order.ts';
import { createQueueOrder } from './queue-order.ts';
import { findPlacesToTake } from './take-places.ts';
import { wakeUps } from './wake-up.ts';

/** What it is called in configurations, events and lists. */
export const name = 'Coscheduling';
const shortestMemoryMs = 3_000;

/**
 * Runs the pods of a PodGroup together or not at all: members that have a node wait in Permit until there are `minMember` of them. Takes the place of PrioritySort in
 * every profile that it is in. Throws for arguments out of range. Rules and words: scheduler-plugins' Coscheduling; what goes beyond it is in README.md.
 */
export default function coscheduling(args: unknown, handle: SchedulingHandle): SchedulingPlugin & Disposable {
  const groups = new Gangs(readArguments(args), handle);
  return {
    preEnqueue: (pod) => groups.preEnqueue(pod),
    queueSort: groups.queueSort,
    preFilter: (_state, pod, nodes) => groups.preFilter(pod, nodes),
    postFilter: (state, pod, failures) => {
      const { result, act } = groups.judgeFailure(state, pod, failures);
      act?.();
      return result;
    },
    reviewPostFilter: (state, pod, failures) => groups.judgeFailure(state, pod, failures).result,
    unreserve: (_state, pod) => groups.unreserve(pod),
    permit: (_state, pod) => groups.permit(pod),
    eventsToRegister: () => groups.wakeUps(),
    [Symbol.dispose]: () => groups[Symbol.dispose](),
  };
}

interface Verdict {
  readonly result: PostFilterResult;
  readonly act?: () => void;
}

class Gangs implements Disposable {
  readonly #args: CoschedulingArgs;
  readonly #handle: SchedulingHandle;
  readonly #members: GroupMembers;
  readonly #failures: GroupFailures;
  readonly #groups: Informer<PodGroup>;
  readonly #subscription: Disposable;
  readonly queueSort: NonNullable<SchedulingPlugin['queueSort']>;

  constructor(args: CoschedulingArgs, handle: SchedulingHandle) {
    this.#args = args;
    this.#handle = handle;
    this.#members = new GroupMembers({ informers: handle.informers, observe: (observer) => handle.observe(observer) });
    this.#failures = new GroupFailures(handle.clock);
    const informer = handle.informers.informer(podgroups, { mayBeMissing: true });
    this.#groups = informer;
    this.#subscription = informer.onChange({
      updated: (group) => {
        const key = keyText(keyOf(group));
        this.#failures.forgetResources(key);
        this.#releaseIfComplete(key, group);
      },
      deleted: (group) => this.#onGroupGone(keyText(keyOf(group))),
    });
    this.queueSort = createQueueOrder(({ pod, queuedAtMs }) => this.#placeOf(pod, queuedAtMs));
  }

  preEnqueue(pod: Pod): Status {
    const key = groupKeyOf(pod);
    return key !== undefined && this.#failures.isPaused(key) ? unresolvable(`podGroup ${key} failed recently`) : success;
  }

  preFilter(pod: Pod, nodes: readonly NodeInfo[]): PreFilterResult {
    const key = groupKeyOf(pod);
    const group = key === undefined ? undefined : this.#groupOf(pod);
    if (key === undefined || !group) return { status: success };
    if (this.#failures.isBackedOff(key)) return { status: unresolvable(`podGroup ${key} failed recently`) };
    const minMember = group.spec?.minMember ?? 0;
    const { pods, gated } = this.#members.of(key);
    const count = pods.size < minMember ? pods.size : pods.size - gated;
    if (count < minMember) {
      const why = `cannot find enough sibling pods, current pods number: ${count}, minMember of group: ${minMember}`;
      return { status: unresolvable(`pre-filter pod ${pod.metadata.name} ${why}`) };
    }
    const minResources = group.spec?.minResources;
    if (!minResources || this.#failures.isKnownToFit(key)) return { status: success };
    const gap = resourceGap({ groupKey: key, minMember, minResources }, nodes);
    this.#failures.rememberResources(key, gap === undefined, this.#args.permitWaitingTimeSeconds * 1_000 || shortestMemoryMs);
    return { status: gap === undefined ? success : unresolvable(gap) };
  }

  /** What becomes of a group of which a member fits nowhere, and what is to be done about it. */
  judgeFailure(state: CycleState, pod: Pod, failures: ReadonlyMap<string, Status>): Verdict {
    const key = groupKeyOf(pod);
    const group = key === undefined ? undefined : this.#groupOf(pod);
    if (key === undefined || !group) return { result: { status: unschedulable('can not find pod group') } };
    const minMember = group.spec?.minMember ?? 0;
    const { pods, assigned } = this.#members.of(key);
    // The group runs; this member comes on top.
    if (assigned >= minMember) return { result: { status: unschedulable() } };
    // What this plugin refused beforehand says nothing about the room that there is.
    const isTried = ![...failures.values()].some(({ plugin }) => plugin === name);
    const taking = isTried ? this.#findPlaces(state, pod, failures) : undefined;
    // No node is set aside: it would be kept from others while the group may yet have to wait for more.
    if (taking) return { result: { status: unschedulable() }, act: () => this.#takePlaces(pod, taking) };
    // Nearly complete: another member may yet fit.
    if ((minMember - assigned) / minMember <= this.#args.podGroupRejectPercentage / 100) return { result: { status: unschedulable() } };
    const why = `PodGroup ${key} gets rejected due to Pod ${pod.metadata.name} is unschedulable even after PostFilter`;
    return {
      result: { status: unschedulable(why) },
      act: () => {
        this.#reject(key, 'optimistic rejection in PostFilter');
        if (isTried) this.#onFailure(key, pods.size >= minMember);
      },
    };
  }

  permit(pod: Pod): PermitResult {
    const key = groupKeyOf(pod);
    if (key === undefined) return { status: success };
    const group = this.#groupOf(pod);
    if (!group) return { status: unschedulable('PodGroup not found') };
    if (this.#releaseIfComplete(key, group)) return { status: success };
    // Whoever is first calls the others; if each did, all would be called over and over.
    if (this.#members.of(key).held.size === 1) this.#activate(key);
    const seconds = group.spec?.scheduleTimeoutSeconds || this.#args.permitWaitingTimeSeconds;
    return { status: { code: 'wait', reasons: [] }, timeoutMs: seconds * 1_000 };
  }

  unreserve(pod: Pod): void {
    this.#members.release(pod);
    const key = groupKeyOf(pod);
    const group = key === undefined ? undefined : this.#groupOf(pod);
    if (key === undefined || !group) return;
    this.#reject(key, 'rejection in Unreserve');
    if (this.#members.of(key).assigned < (group.spec?.minMember ?? 0)) this.#failures.markFailed(key, () => this.#activate(key));
  }

  wakeUps(): readonly ClusterEventWithHint[] {
    return wakeUps((groupKey) => this.#failures.lacksResources(groupKey));
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#members[Symbol.dispose]();
    this.#failures[Symbol.dispose]();
  }

  #groupOf({ metadata: { namespace, labels } }: Pod): PodGroup | undefined {
    return this.#groups.get({ namespace: namespace ?? '', name: labels?.[podGroupLabel] ?? '' });
  }

  #placeOf(pod: Pod, queuedAtMs: number): Place {
    const key = groupKeyOf(pod);
    const group = key === undefined ? undefined : this.#groupOf(pod);
    const priority = priorityOf(pod);
    if (key === undefined || !group) return { priority, sinceMs: queuedAtMs, key: keyText(keyOf(pod)) };
    return { priority, sinceMs: this.#failures.failedAtMs(key) ?? (Date.parse(group.metadata.creationTimestamp ?? '') || queuedAtMs), key };
  }

  /** Lets the waiting members go when there are enough. */
  #releaseIfComplete(key: string, group: PodGroup): boolean {
    const { assigned, held } = this.#members.of(key);
    if (assigned < (group.spec?.minMember ?? 0)) return false;
    if (this.#failures.forget(key)) this.#activate(key);
    if (held.size > 0) for (const waiting of this.#waitingOf(key)) waiting.allow(name);
    return true;
  }

  /** The configured back-off, which people are told of, or the pause of every group. */
  #onFailure(key: string, isWhole: boolean): void {
    const { podGroupBackoffSeconds } = this.#args;
    if (podGroupBackoffSeconds > 0 && isWhole) this.#failures.backOff(key, podGroupBackoffSeconds * 1_000, () => this.#activate(key));
    else this.#failures.markFailed(key, () => this.#activate(key));
  }

  #onGroupGone(key: string): void {
    this.#reject(key, 'PodGroup not found');
    if (this.#failures.forget(key)) this.#activate(key);
  }

  #reject(key: string, reason: string): void {
    for (const waiting of this.#waitingOf(key)) waiting.reject(name, reason);
    this.#failures.forgetResources(key);
  }

  #waitingOf(key: string): WaitingPod[] {
    if (this.#members.of(key).held.size === 0) return [];
    return [...this.#handle.waitingPods()].filter(({ pod }) => groupKeyOf(pod) === key);
  }

  #activate(key: string): void {
    const { pods, held } = this.#members.of(key);
    this.#handle.activate([...pods].flatMap(([uid, pod]) => (held.has(uid) || pod.spec?.nodeName ? [] : [pod])));
  }

  /** Two groups that each hold what the other lacks would wait for each other: the later one gives way. */
  #findPlaces(state: CycleState, pod: Pod, failures: ReadonlyMap<string, Status>): readonly string[] | undefined {
    const placeOf = (key: string, other: Pod): Place | undefined => {
      const group = this.#groupOf(other);
      return group && this.#members.of(key).assigned < (group.spec?.minMember ?? 0) ? this.#placeOf(other, 0) : undefined;
    };
    return findPlacesToTake({ handle: this.#handle, placeOf }, state, pod, { place: this.#placeOf(pod, 0), failures });
  }

  #takePlaces(pod: Pod, groupKeys: readonly string[]): void {
    for (const key of groupKeys) {
      this.#reject(key, `PodGroup ${groupKeyOf(pod)} comes first and needs the node`);
      this.#failures.markFailed(key, () => this.#activate(key));
    }
  }
}
