import { join } from 'node:path';
import { serverFlags } from '../../src/components/cli/server-flags.ts';
import { percentile } from '../row.ts';
import type { CreatorOrders } from './creator.ts';
import type { ObserverOrders } from './observer.ts';
import { startProcess } from './orders.ts';
import type { ProberOrders } from './prober.ts';
import type { ServerOrders } from './server.ts';
import { startUpstream } from './upstream.ts';
import type { Workload, WorkloadSize } from './workloads.ts';
import { sized } from './workloads.ts';

/** What one pass of a workload gave. */
export interface Pass {
  readonly bound: number;
  readonly podsPerSecond: number;
  readonly getP99Ms: number;
  readonly loopDelayP99Ms: number;
  readonly longestLoopDelayMs: number;
  /** Processor time of the server, all threads, for each pod: what a busy machine does not change. */
  readonly processorMsPerPod: number;
}

export interface EndToEndResult extends WorkloadSize {
  readonly workload: string;
  /** Pods are created while the scheduler runs: from the first create that was sent to the last binding that a watcher saw. As upstream measures. */
  readonly whileCreated: Pass;
  /** The pods are there when the scheduler starts: from the first binding that a watcher saw to the last. */
  readonly onBacklog: Pass;
  /** The same pods created while nobody schedules: what the API alone allows. */
  readonly createdPerSecond: number;
  /** p99 of a GET on the same cluster while nothing happens. */
  readonly idleGetP99Ms: number;
  readonly residentMegabytes: number;
}

export interface EndToEndOptions {
  readonly size: WorkloadSize;
  /** How long one pass may take; then what was bound so far counts. */
  readonly limitMs: number;
  /** A folder that gets a CPU profile of the server's main thread for each pass. Default: none are taken. */
  readonly profiles?: string | undefined;
  /** A folder with kube-apiserver and kube-scheduler, to measure Kubernetes itself. Default: wherry is measured. */
  readonly upstream?: string | undefined;
}

const idleMs = 2_000;
const warmUpPods = 4_000;
const warmUpLimitMs = 10_000;

/** Runs one workload against a server process of its own, with a client that creates and one that watches. */
export async function measureEndToEnd(workload: Workload, { size, limitMs, profiles, upstream }: EndToEndOptions): Promise<EndToEndResult> {
  await using server = upstream === undefined ? startProcess<ServerOrders>('server.ts', serverFlags) : startUpstream(upstream);
  await using creator = startProcess<CreatorOrders>('creator.ts');
  await using observer = startProcess<ObserverOrders>('observer.ts');
  await using prober = startProcess<ProberOrders>('prober.ts');
  const run = new Run(workload, { size, limitMs, profiles }, { server: server.ask, creator: creator.ask, observer: observer.ask, prober: prober.ask });
  const address = await server.ask.start();
  await creator.ask.connect(address);
  await observer.ask.connect(address);
  await prober.ask.connect(address);
  await run.create('surroundings');
  await run.warmUp();
  await run.create('nodes');
  await run.create('initPods');
  const whileCreated = await run.whileCreated();
  await creator.ask.removeMeasured({ workload: workload.name, size });
  const { onBacklog, createdPerSecond } = await run.onBacklog();
  const idleGetP99Ms = await run.idleGet();
  const { residentMegabytes } = await server.ask.memory();
  await server.ask.stop();
  return { workload: workload.name, ...size, whileCreated, onBacklog, createdPerSecond, idleGetP99Ms, residentMegabytes };
}

type Asked<T extends Record<string, (argument: never) => unknown>> = ReturnType<typeof startProcess<T>>['ask'];

interface Processes {
  readonly server: Asked<ServerOrders>;
  readonly creator: Asked<CreatorOrders>;
  readonly observer: Asked<ObserverOrders>;
  readonly prober: Asked<ProberOrders>;
}

class Run {
  readonly #workload: Workload;
  readonly #size: WorkloadSize;
  readonly #limitMs: number;
  readonly #profiles: string | undefined;
  readonly #server: Asked<ServerOrders>;
  readonly #creator: Asked<CreatorOrders>;
  readonly #observer: Asked<ObserverOrders>;
  readonly #prober: Asked<ProberOrders>;

  constructor(workload: Workload, { size, limitMs, profiles }: EndToEndOptions, { server, creator, observer, prober }: Processes) {
    this.#workload = workload;
    this.#size = size;
    this.#limitMs = limitMs;
    this.#profiles = profiles;
    this.#server = server;
    this.#creator = creator;
    this.#observer = observer;
    this.#prober = prober;
  }

  create(what: 'surroundings' | 'nodes' | 'initPods' | 'measuredPods', size = this.#size): ReturnType<Asked<CreatorOrders>['create']> {
    return this.#creator.create({ workload: this.#workload.name, size, what });
  }

  /** The whole way, on as few nodes as have room, so that compiling is not what is measured. */
  async warmUp(): Promise<void> {
    const nodes = Math.max(300, Math.ceil(warmUpPods / (this.#workload.podsPerNode ?? Infinity)));
    const size = sized(this.#workload, { nodes, measuredPods: warmUpPods });
    await this.create('nodes', size);
    await this.create('initPods', size);
    await this.#server.startScheduler();
    await this.#observer.watch();
    await this.create('measuredPods', size);
    await this.#observer.bound({ count: size.measuredPods, limitMs: warmUpLimitMs });
    await this.#server.stopScheduler();
    await this.#creator.clear({ workload: this.#workload.name });
  }

  async whileCreated(): Promise<Pass> {
    await this.#server.startScheduler();
    await this.#begin(0);
    const creating = this.create('measuredPods');
    const { bound, lastMs } = await this.#observer.bound({ count: this.#size.measuredPods, limitMs: this.#limitMs });
    const measured = await this.#end(bound, 'created');
    // With the time over, what is still being created is let finish.
    const { startedMs } = await creating;
    return { ...measured, podsPerSecond: perSecond(bound, lastMs - startedMs) };
  }

  async onBacklog(): Promise<{ onBacklog: Pass; createdPerSecond: number }> {
    const { created, startedMs, endedMs } = await this.create('measuredPods');
    await this.#begin(1_000);
    await this.#server.startScheduler();
    const { bound, firstMs, lastMs } = await this.#observer.bound({ count: this.#size.measuredPods, limitMs: this.#limitMs });
    const onBacklog = { ...(await this.#end(bound, 'backlog')), podsPerSecond: perSecond(bound - 1, lastMs - firstMs) };
    return { onBacklog, createdPerSecond: perSecond(created, endedMs - startedMs) };
  }

  async idleGet(): Promise<number> {
    await this.#prober.start();
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    return percentile(await this.#prober.stop(), 0.99);
  }

  async #begin(firstChurn: number): Promise<void> {
    await this.#observer.watch();
    await this.#prober.start();
    if (this.#profiles) await this.#server.startProfile();
    await this.#server.measureDelays();
    await this.#creator.startChurn({ workload: this.#workload.name, from: firstChurn });
  }

  async #end(bound: number, pass: string): Promise<Omit<Pass, 'podsPerSecond'>> {
    await this.#creator.stopChurn();
    const { p99Ms, longestMs, processorMs } = await this.#server.delays();
    if (this.#profiles) await this.#server.stopProfile(join(this.#profiles, `${this.#workload.name}-${pass}.cpuprofile`));
    const gets = await this.#prober.stop();
    await this.#server.stopScheduler();
    return { bound, getP99Ms: percentile(gets, 0.99), loopDelayP99Ms: p99Ms, longestLoopDelayMs: longestMs, processorMsPerPod: processorMs / bound };
  }
}

const perSecond = (count: number, durationMs: number): number => (count * 1_000) / durationMs;
