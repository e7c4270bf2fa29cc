import { basename } from 'node:path';
import type { Pod } from '../../api/generated/core-v1.ts';
import { unavailable } from '../../api/status.ts';
import type { RunningScheduler, SchedulerDeps } from '../../components/scheduler/scheduler.ts';
import { startScheduler } from '../../components/scheduler/scheduler.ts';
import type { SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import type { SchedulingAttempt, SchedulingOracle } from '../../extension-points/scheduling/decision.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import { errorText } from '../../kernel/log.ts';
import { SavedFiles } from '../saved-files.ts';
import type { BuiltGeneration } from './build-generation.ts';
import { buildGeneration } from './build-generation.ts';
import type { PluginSource } from './plugin-module.ts';
import type { SchedulingSetup } from './read-setup.ts';
import { readSetup, UnreadableSetup } from './read-setup.ts';

export interface LiveSchedulingOptions
  extends Omit<SchedulerDeps, 'generation' | 'plugins' | 'handle' | 'schedulerNames' | 'weights' | 'percentageOfNodesToScore'> {
  /** A KubeSchedulerConfiguration. Default: upstream's, without a file. */
  readonly configurationFile: string | undefined;
  /** Plugins that need no loading, by name. */
  readonly builtIn: ReadonlyMap<string, PluginSource>;
  /** What files of extensions added; changes of it are made known by `refresh`. */
  readonly others: ExtensionPoint<SchedulingPlugin>;
  /** Told of the rosters of the plugins in use, one per profile, at the start and whenever they were made anew. */
  readonly onRosters: (rosters: readonly ExtensionPoint<SchedulingPlugin>[]) => void;
}

/** A scheduler whose configuration and plugins are loaded again whenever they are saved. */
export interface LiveScheduling extends AsyncDisposable, SchedulingOracle {
  readonly generation: number;
  /** Makes a new generation when files of extensions added, or took away, plugins. */
  refresh(): void;
}

/** Starts it. Rejects when the configuration cannot be used: a cluster is not started with one that says nothing. */
export async function startLiveScheduling(options: LiveSchedulingOptions): Promise<LiveScheduling> {
  const live = new LiveScheduler(options);
  await live.start();
  return live;
}

/** The object that events about the configuration are recorded for. It is no object of the API; people find the events among those of the default namespace. */
const eventSubject = { apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration' } as const;

class LiveScheduler implements LiveScheduling {
  readonly #options: LiveSchedulingOptions;
  readonly #saved: SavedFiles;
  #setup: SchedulingSetup | undefined;
  #scheduler: RunningScheduler | undefined;
  #built = 0;
  #othersSeen = 0;

  constructor(options: LiveSchedulingOptions) {
    this.#options = options;
    this.#saved = new SavedFiles({ onSave: () => this.#reload(), log: options.log });
  }

  get generation(): number {
    return this.#scheduler?.generation ?? 0;
  }

  async start(): Promise<void> {
    const { configurationFile, builtIn, onRosters, others: _others, ...deps } = this.#options;
    const setup = await readSetup(configurationFile, builtIn);
    const generation = this.#build(setup);
    this.#scheduler = await startScheduler({ ...deps, generation });
    this.#setup = setup;
    onRosters(generation.points);
    this.#saved.watch(setup.files);
  }

  refresh(): void {
    if (this.#scheduler && this.#options.others.generation !== this.#othersSeen) this.#saved.notice();
  }

  review(pod: Pod, signal: AbortSignal): Promise<SchedulingAttempt> {
    return this.#scheduler ? this.#scheduler.review(pod, signal) : Promise.reject(unavailable('the scheduler is not running'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#saved[Symbol.asyncDispose]();
    await this.#scheduler?.[Symbol.asyncDispose]();
  }

  #build(setup: SchedulingSetup): BuiltGeneration {
    const { client, informers, events, clock, others } = this.#options;
    this.#othersSeen = others.generation;
    const generation = buildGeneration(this.#built + 1, setup, [...others], { client, informers, events, clock });
    this.#built++;
    return generation;
  }

  /** Never rejects: what cannot be loaded is said, and what there is stays. */
  async #reload(): Promise<void> {
    const { configurationFile, builtIn, onRosters, log } = this.#options;
    try {
      const setup = await readSetup(configurationFile, builtIn);
      this.#saved.watch(setup.files);
      const generation = this.#build(setup);
      await this.#scheduler!.replace(generation);
      this.#setup = setup;
      onRosters(generation.points);
      log.info('scheduling plugins were loaded again', { generation: generation.number });
      this.#say('Normal', 'PluginsLoaded', `scheduling goes on with generation ${generation.number} of its plugins`);
    } catch (error) {
      if (error instanceof UnreadableSetup) this.#saved.watch(error.files.union(this.#setup?.files ?? new Set()));
      const why = errorText(error);
      log.error('scheduling plugins were saved but not loaded; those of before stay', { generation: this.generation, error: why });
      this.#say('Warning', 'PluginsNotLoaded', `generation ${this.generation} of the scheduling plugins stays in use: ${why}`);
    }
  }

  #say(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const name = basename(this.#options.configurationFile ?? 'default').toLowerCase();
    this.#options.events.record(
      { ...eventSubject, metadata: { name: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) ? name : 'configuration' } },
      type,
      reason,
      message,
    );
  }
}
