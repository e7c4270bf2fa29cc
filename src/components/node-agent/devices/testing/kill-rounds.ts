import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveDevicePlugin } from '../../../../extension-points/devices/serve.ts';
import { createFakeGpu } from '../../../../extensions/devices/fake-gpu/fake-gpu.ts';
import { DisposalStack } from '../../../../kernel/disposal.ts';
import type { AgentNews, WantedPod } from './agent-process.ts';

export interface KillRoundsOptions {
  readonly plugins: number;
  /** At once on the node. Each asks for one or two of its plugin's devices. */
  readonly pods: number;
  readonly kills: number;
  /** 0 to 1, and not 1. */
  readonly random: () => number;
}

export interface KillRoundsOutcome {
  /** Assignments that were seen: a container was started with them. */
  readonly seen: number;
  /** Containers that had other devices after a kill than before. */
  readonly lost: readonly string[];
  /** Devices that two containers had at a time. */
  readonly doubled: readonly string[];
  /** From the start of the first agent, which is not killed before, until all containers have started. */
  readonly allStartedMs: number;
  /** Longest time from the connection of a plugin to an agent that was restarted until its devices are allocatable. */
  readonly usableAfterMs: number;
}

/**
 * Kills an agent with SIGKILL at random moments while pods start at once on plugins that have sockets of their own, starts it again, and compares what containers
 * were started with before and after. Between the rounds a third of the pods goes, and others come. In the end all pods must have run.
 */
export async function playKillRounds({ plugins, pods, kills, random }: KillRoundsOptions): Promise<KillRoundsOutcome> {
  await using stack = new DisposalStack();
  // Paths of sockets are 107 bytes long at most.
  const directory = await mkdtemp(join(tmpdir(), 'wk-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const perPlugin = Math.ceil((2 * pods) / plugins);
  const resourceOf = (index: number): string => `example.com/gpu-${index}`;
  for (let index = 0; index < plugins; index++)
    stack.use(await serveDevicePlugin(createFakeGpu({ resourceName: resourceOf(index), count: perPlugin }), { kubeletDirectory: directory }));
  const ledger = new Ledger();
  let made = 0;
  const make = (resource: string): WantedPod => ({ uid: `pod-${made++}`, resource, count: 1 + Math.floor(random() * 2) });
  let wanted = Array.from({ length: pods }, (_, index) => make(resourceOf(index % plugins)));
  const allStartedMs = await undisturbed(directory, wanted, ledger);
  for (let kill = 0; kill < kills; kill++) {
    const agent = startAgent(directory, wanted, ledger);
    await Promise.race([agent.allStarted, agent.ended, new Promise((resolve) => setTimeout(resolve, random() * allStartedMs))]);
    await agent.kill();
    wanted = wanted.map((pod) => (random() > 1 / 3 ? pod : make(pod.resource)));
    ledger.keep(wanted);
  }
  await undisturbed(directory, wanted, ledger);
  const { seen, lost, doubled, usableAfterMs } = ledger;
  return { seen, lost, doubled, allStartedMs, usableAfterMs };
}

/** Runs an agent until all containers have started, and kills it then. Answers how long that took. */
async function undisturbed(directory: string, wanted: readonly WantedPod[], ledger: Ledger): Promise<number> {
  const startedMs = performance.now();
  const agent = startAgent(directory, wanted, ledger);
  await Promise.race([agent.allStarted, agent.ended.then(() => Promise.reject(new Error('the agent ended by itself')))]);
  const tookMs = performance.now() - startedMs;
  await agent.kill();
  return tookMs;
}

/** What containers were started with, as their runtime knows it. */
class Ledger {
  seen = 0;
  usableAfterMs = 0;
  readonly lost: string[] = [];
  readonly doubled: string[] = [];
  readonly #ids = new Map<string, string>();
  readonly #owners = new Map<string, string>();

  started({ uid, resource }: WantedPod, ids: readonly string[]): void {
    const text = ids.join();
    const before = this.#ids.get(uid);
    if (before !== undefined && before !== text) this.lost.push(`${uid} had ${before}, has ${text}`);
    if (before === undefined) this.seen++;
    this.#ids.set(uid, text);
    for (const id of ids) {
      const device = `${resource} ${id}`;
      const owner = this.#owners.get(device);
      if (owner !== undefined && owner !== uid) this.doubled.push(`${device}: ${owner} and ${uid}`);
      this.#owners.set(device, uid);
    }
  }

  /** All other pods are gone. */
  keep(pods: readonly WantedPod[]): void {
    const uids = new Set(pods.map(({ uid }) => uid));
    for (const uid of this.#ids.keys()) if (!uids.has(uid)) this.#ids.delete(uid);
    for (const [device, uid] of this.#owners) if (!uids.has(uid)) this.#owners.delete(device);
  }
}

interface RunningAgent {
  readonly allStarted: Promise<void>;
  readonly ended: Promise<void>;
  kill(): Promise<void>;
}

function startAgent(directory: string, pods: readonly WantedPod[], ledger: Ledger): RunningAgent {
  const child: ChildProcess = fork(join(import.meta.dirname, 'agent-process.ts'), [directory], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(() => {});
  const waiting = new Map(pods.map((pod) => [pod.uid, pod]));
  const { promise: allStarted, resolve } = Promise.withResolvers<void>();
  child.on('message', (news: AgentNews) => {
    if ('usableAfterMs' in news) {
      ledger.usableAfterMs = Math.max(ledger.usableAfterMs, news.usableAfterMs);
      return;
    }
    const pod = waiting.get(news.uid);
    if (pod) ledger.started(pod, news.ids);
    waiting.delete(news.uid);
    if (waiting.size === 0) resolve();
  });
  child.send({ pods });
  return {
    allStarted,
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
