import type { DaemonSet } from '../../../api/generated/apps-v1.ts';
import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import { scaledValue } from '../../../extension-points/controllers/int-or-percent.ts';
import { isPodAvailable, isPodReady } from '../../../extension-points/controllers/pod-state.ts';
import { fitOf, hashLabel, isUpdated, oldestFirst } from './daemon-pods.ts';

/** What a set is to do next. */
export interface Plan {
  /** Names of nodes that are to get a pod. */
  readonly create: string[];
  readonly remove: Pod[];
}

/** One set as it is seen now. */
export interface Observed {
  readonly daemonSet: DaemonSet;
  readonly nodes: readonly Node[];
  /** The pods of the set by the node they are on, or wait for. */
  readonly podsByNode: ReadonlyMap<string, readonly Pod[]>;
  /** The hash of the current revision. */
  readonly hash: string;
  readonly nowMs: number;
}

/** Told of pods that have ended; answers whether a failed one may go now. */
export interface EndedPods {
  mayReplace(pod: Pod, nodeName: string): boolean;
  succeeded(pod: Pod, nodeName: string): void;
}

/** A pod for every node that is to have one, and none elsewhere. Rule: upstream's `podsShouldBeOnNode`. */
export function planPresence(observed: Observed, ended: EndedPods): Plan {
  const plan: Plan = { create: [], remove: [] };
  const { daemonSet, nodes, podsByNode } = observed;
  const names = new Set<string>();
  for (const node of nodes) {
    const name = node.metadata.name!;
    names.add(name);
    const onNode = podsByNode.get(name);
    const { shouldRun, mayStay } = fitOf(daemonSet, node);
    if (shouldRun && !onNode) plan.create.push(name);
    else if (mayStay) planNode(plan, { observed, name, shouldRun, running: runningOf(plan, onNode ?? [], { name, ended }) });
    else for (const pod of onNode ?? []) if (!pod.metadata.deletionTimestamp) plan.remove.push(pod);
  }
  // Nobody else removes a pod that waits for a node that is gone.
  for (const [name, waiting] of podsByNode) if (!names.has(name)) plan.remove.push(...waiting.filter(({ spec }) => !spec.nodeName));
  return plan;
}

/** The pods of a node that are neither leaving nor ended; ended ones are to go. */
function runningOf(plan: Plan, onNode: readonly Pod[], { name, ended }: { name: string; ended: EndedPods }): Pod[] {
  const running: Pod[] = [];
  for (const pod of onNode) {
    if (pod.metadata.deletionTimestamp) continue;
    const { phase } = pod.status ?? {};
    if (phase === 'Failed') {
      if (ended.mayReplace(pod, name)) plan.remove.push(pod);
    } else if (phase === 'Succeeded') {
      ended.succeeded(pod, name);
      plan.remove.push(pod);
    } else running.push(pod);
  }
  return running;
}

function planNode(plan: Plan, { observed, name, shouldRun, running }: { observed: Observed; name: string; shouldRun: boolean; running: Pod[] }): void {
  const { daemonSet, hash, nowMs } = observed;
  if (!allowsSurge(daemonSet)) return void plan.remove.push(...oldestFirst(running).slice(1));
  if (running.length === 0 && shouldRun) plan.create.push(name);
  if (running.length <= 1) return;
  // An old and a new pod are there together only while the old one is ready and the new one not yet available.
  const sorted = oldestFirst(running);
  const current = sorted.find(({ metadata }) => metadata.labels?.[hashLabel] === hash);
  const old = sorted.find(({ metadata }) => metadata.labels?.[hashLabel] !== hash);
  plan.remove.push(...sorted.filter((pod) => pod !== current && pod !== old));
  if (current && old && (!isPodReady(old) || isPodAvailable(current, daemonSet.spec.minReadySeconds ?? 0, nowMs))) plan.remove.push(old);
}

/** The next step towards the current template. Rule: upstream's `rollingUpdate`. */
export function planUpdate(observed: Observed): Plan {
  const { daemonSet, nodes } = observed;
  if (daemonSet.spec.updateStrategy?.type === 'OnDelete') return { create: [], remove: [] };
  const wanted = new Map<string, readonly Pod[]>(observed.podsByNode);
  const fits = new Map(nodes.map((node) => [node.metadata.name!, fitOf(daemonSet, node).shouldRun]));
  let desired = 0;
  for (const [name, shouldRun] of fits) {
    if (!shouldRun) continue;
    desired++;
    if (!wanted.has(name)) wanted.set(name, []);
  }
  const { maxUnavailable = 1, maxSurge = 0 } = daemonSet.spec.updateStrategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, desired, Math.ceil);
  const unavailable = scaledValue(maxUnavailable, desired, Math.ceil);
  const isAvailable = (pod: Pod): boolean => isPodAvailable(pod, daemonSet.spec.minReadySeconds ?? 0, observed.nowMs);
  const pairs = Array.from(wanted, ([name, onNode]) => ({ name, shouldRun: fits.get(name) ?? false, ...pairOf(onNode, observed) }));
  if (surge === 0) return { create: [], remove: toReplace(pairs, desired > 0 && unavailable === 0 ? 1 : unavailable, isAvailable) };
  return surged(pairs, { surge, desired }, isAvailable);
}

interface Pair {
  readonly name: string;
  readonly shouldRun: boolean;
  readonly current?: Pod;
  readonly old?: Pod;
  /** More than one of a kind: not the update's to clean up. */
  readonly isCrowded: boolean;
}

function pairOf(onNode: readonly Pod[], { daemonSet, hash }: Observed): Omit<Pair, 'name' | 'shouldRun'> {
  const staying = onNode.filter(({ metadata }) => !metadata.deletionTimestamp);
  const [current, anotherCurrent] = staying.filter((pod) => isUpdated(pod, daemonSet, hash));
  const [old, anotherOld] = staying.filter((pod) => !isUpdated(pod, daemonSet, hash));
  return { ...(current ? { current } : {}), ...(old ? { old } : {}), isCrowded: anotherCurrent !== undefined || anotherOld !== undefined };
}

/** Old pods that may go: those that are of no use anyway, and others while not too many nodes are without. */
function toReplace(pairs: readonly Pair[], maxUnavailable: number, isAvailable: (pod: Pod) => boolean): Pod[] {
  let unavailable = 0;
  const useless: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { current, old, isCrowded } of pairs) {
    if (isCrowded || Boolean(current) === Boolean(old)) unavailable++;
    else if (current) unavailable += isAvailable(current) ? 0 : 1;
    else if (!isAvailable(old!)) {
      useless.push(old!);
      unavailable++;
    } else if (unavailable < maxUnavailable) candidates.push(old!);
  }
  return [...useless, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))];
}

function surged(pairs: readonly Pair[], { surge, desired }: { surge: number; desired: number }, isAvailable: (pod: Pod) => boolean): Plan {
  const plan: Plan = { create: [], remove: [] };
  const candidates: string[] = [];
  const unwanted: Pod[] = [];
  let surging = 0;
  let available = 0;
  for (const { name, shouldRun, current, old, isCrowded } of pairs) {
    if (isCrowded) {
      surging++;
      continue;
    }
    const counted = old ?? current;
    if (counted && isAvailable(counted)) available++;
    if (!old) continue;
    if (current) {
      if (isAvailable(current)) plan.remove.push(old);
      else surging++;
    } else if (!isAvailable(old)) {
      if (shouldRun) plan.create.push(name);
      else plan.remove.push(old);
    } else if (!shouldRun) unwanted.push(old);
    else if (surging < surge) candidates.push(name);
  }
  // Whoever surges wants no gap: a pod that is not wanted on its node any more goes when another one has taken its place.
  plan.remove.push(...unwanted.slice(0, Math.max(0, available - desired)));
  plan.create.push(...candidates.slice(0, Math.max(0, surge - surging)));
  return plan;
}

const allowsSurge = ({ spec: { updateStrategy } }: DaemonSet): boolean =>
  updateStrategy?.type === 'RollingUpdate' && scaledValue(updateStrategy.rollingUpdate?.maxSurge ?? 0, 100, Math.ceil) > 0;
