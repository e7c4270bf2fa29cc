import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import * as resourceTypes from '../../src/api/generated/resource-types.ts';
import { type KubernetesObject, keyOf } from '../../src/api/object.ts';
import type { ResourceType } from '../../src/api/resource-type.ts';
import type { EventRecorder } from '../../src/client/events.ts';
import { startScheduler } from '../../src/components/scheduler/scheduler.ts';
import { AttachableHandle } from '../../src/extension-points/scheduling/handle.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createLog } from '../../src/kernel/log.ts';
import { defaultPlugins } from './default-plugins.ts';
import { MemoryCluster } from './memory-cluster.ts';
import type { Workload, WorkloadSize } from './workloads.ts';
import { churnIntervalMs, isMeasured, sized, WorkloadObjects } from './workloads.ts';

export interface CoreOptions {
  readonly size: WorkloadSize;
  /** After this the rate so far counts. */
  readonly limitMs: number;
  readonly seed: number;
  /** Whether a smaller cluster is scheduled first, so that compiling is not what is measured. */
  readonly isWarm: boolean;
}

export interface CoreResult extends WorkloadSize {
  readonly workload: string;
  /** Measured pods that got their binding. */
  readonly bound: number;
  readonly seconds: number;
  readonly podsPerSecond: number;
  /** How long the event loop was held at a time, at most. */
  readonly longestTurnMs: number;
  readonly failedAttempts: number;
  readonly lastFailure: string;
  /** By preemption. */
  readonly deletedPods: number;
}

/** Schedules one workload; answers when every measured pod has its binding, or the time is over. */
export async function measureCore(workload: Workload, options: CoreOptions): Promise<CoreResult> {
  if (options.isWarm) {
    const size = sized(workload, { nodes: 300, measuredPods: 600 });
    for (let round = 0; round < 3; round++) await measureOnce(workload, { ...options, size, limitMs: 1_000 });
  }
  return measureOnce(workload, options);
}

/** Pods per second of the same cluster in memory when nobody decides: each pod is bound to the next node. */
export async function measureHarness(workload: Workload, size: WorkloadSize): Promise<number> {
  const cluster = fill(workload, size);
  const { client, informers } = cluster;
  const nodes = informers.informer(resourceTypes.nodes).list();
  const measured = [...new WorkloadObjects(workload, size).measuredPods()].map(asAdmitted);
  const startedMs = performance.now();
  for (const [index, pod] of measured.entries()) {
    cluster.put(resourceTypes.pods, pod);
    await client.createSubresource(resourceTypes.pods, keyOf(pod), 'binding', { target: { name: nodes[index % nodes.length]!.metadata.name! } });
  }
  await nextTurn();
  return (measured.length * 1_000) / (performance.now() - startedMs);
}

function fill(workload: Workload, size: WorkloadSize): MemoryCluster {
  const cluster = new MemoryCluster();
  const objects = new WorkloadObjects(workload, size);
  for (const object of workload.surroundings ?? []) cluster.put(typeOf(object), object);
  for (const node of objects.nodes()) cluster.put(resourceTypes.nodes, node);
  for (const pod of objects.initPods()) cluster.put(resourceTypes.pods, asAdmitted(pod));
  return cluster;
}

async function measureOnce(workload: Workload, { size, limitMs, seed }: CoreOptions): Promise<CoreResult> {
  const cluster = fill(workload, size);
  const objects = new WorkloadObjects(workload, size);
  const measured = [...objects.measuredPods()].map(asAdmitted);
  const failures = { count: 0, last: '' };
  await using _scheduler = await startScheduler(schedulerParts(cluster, seed, failures));
  await nextTurn();
  const finished = Promise.withResolvers<void>();
  let bound = 0;
  let lastBoundMs = 0;
  cluster.onBound((pod) => {
    if (!isMeasured(pod)) return;
    lastBoundMs = performance.now();
    if (++bound === size.measuredPods) finished.resolve();
  });
  using _churn = startChurn(cluster, objects);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const startedMs = performance.now();
  const timer = setTimeout(finished.resolve, limitMs);
  for (const [index, pod] of measured.entries()) {
    cluster.put(resourceTypes.pods, pod);
    if (index % podsToldTogether === podsToldTogether - 1) await nextTurn();
  }
  await finished.promise;
  clearTimeout(timer);
  delays.disable();
  const seconds = ((bound === size.measuredPods ? lastBoundMs : performance.now()) - startedMs) / 1_000;
  return {
    workload: workload.name,
    ...size,
    bound,
    seconds,
    podsPerSecond: bound / seconds,
    longestTurnMs: delays.max / 1e6,
    failedAttempts: failures.count,
    lastFailure: failures.last,
    deletedPods: cluster.deletedPods,
  };
}

// As an informer tells of a long first list.
const podsToldTogether = 500;

function schedulerParts(cluster: MemoryCluster, seed: number, failures: { count: number; last: string }): Parameters<typeof startScheduler>[0] {
  const { client, informers } = cluster;
  const events: EventRecorder = {
    record: (_object, _type, reason, message) => {
      if (reason !== 'FailedScheduling') return;
      failures.count++;
      failures.last = message;
    },
    as: () => events,
    flush: async () => undefined,
  };
  const clock = systemClock;
  const handle = new AttachableHandle({ client, informers, events, clock });
  const log = createLog((line) => process.stderr.write(line), 'warn');
  return { client, informers, events, clock, log, plugins: defaultPlugins(handle), handle, random: seededRandom(seed) };
}

function startChurn(cluster: MemoryCluster, objects: WorkloadObjects): Disposable {
  let index = 0;
  const timer = setInterval(() => {
    const pod = objects.churnPod(index++);
    if (pod) cluster.put(resourceTypes.pods, asAdmitted(pod));
  }, churnIntervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

const tolerationSeconds = 300;

/** What the API server and its admission make of a pod before a scheduler sees it. */
function asAdmitted(pod: Pod): Pod {
  const isImportant = pod.spec?.priorityClassName !== undefined;
  return {
    ...pod,
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      ...pod.spec!,
      tolerations: ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds,
      })),
      priority: isImportant ? 10 : 0,
      preemptionPolicy: 'PreemptLowerPriority',
      enableServiceLinks: true,
    },
    status: { phase: 'Pending', qosClass: 'Burstable' },
  };
}

const types = [resourceTypes.namespaces, resourceTypes.services, resourceTypes.priorityclasses];

function typeOf({ kind }: KubernetesObject): ResourceType<KubernetesObject> {
  return types.find((type) => type.kind === kind)! as unknown as ResourceType<KubernetesObject>;
}

/** Mulberry32: the same choices among equals in every run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
