import type { Pod } from '../../api/generated/core-v1.ts';
import type { ClusterEventWithHint, EventResource, QueuedPod } from '../../extension-points/scheduling/contract.ts';
import type { SchedulingExtender } from '../../extension-points/scheduling/extender.ts';
import type { SchedulingHost } from '../../extension-points/scheduling/handle.ts';
import type { SchedulingFramework } from '../../extension-points/scheduling/run.ts';
import type { NodeFinder } from './find-node.ts';
import type { SchedulingGeneration, SchedulingProfile } from './generation.ts';

/** A profile at work. */
export interface LiveProfile {
  readonly generation: LiveGeneration;
  readonly schedulerName: string;
  readonly framework: SchedulingFramework;
  readonly finder: NodeFinder;
}

export interface LiveGenerationDeps {
  readonly makeFinder: (profile: SchedulingProfile, extenders: readonly SchedulingExtender[]) => NodeFinder;
  readonly hostOf: (profile: LiveProfile) => SchedulingHost;
  /** Told when the plugin that orders the queue fails. */
  readonly onSortFault: (pod: Pod, error: unknown) => void;
}

/** A generation that the scheduler works with, or that still has pods under way. */
export class LiveGeneration {
  readonly #generation: SchedulingGeneration;
  readonly #deps: LiveGenerationDeps;
  readonly #profiles: ReadonlyMap<string, LiveProfile>;
  readonly #events = new Map<string, readonly ClusterEventWithHint[] | undefined>();
  #attached: Disposable[] = [];
  #underWay = 0;
  #isRetired = false;

  constructor(generation: SchedulingGeneration, deps: LiveGenerationDeps) {
    this.#generation = generation;
    this.#deps = deps;
    this.#profiles = new Map(
      generation.profiles.map((profile) => {
        const { schedulerName, framework } = profile;
        return [schedulerName, { generation: this, schedulerName, framework, finder: deps.makeFinder(profile, this.extenders) }];
      }),
    );
  }

  get number(): number {
    return this.#generation.number;
  }

  get extenders(): readonly SchedulingExtender[] {
    return this.#generation.extenders ?? [];
  }

  get backoff(): { readonly initialMs: number; readonly maximumMs: number } {
    return { initialMs: this.#generation.initialBackoffMs ?? 1_000, maximumMs: this.#generation.maximumBackoffMs ?? 10_000 };
  }

  /** The profile that the pod names; undefined when this scheduler does not answer for it. */
  profileOf({ spec }: Pod): LiveProfile | undefined {
    return this.#profiles.get(spec?.schedulerName || 'default-scheduler');
  }

  /** Lets the plugins see the cluster. */
  attach(): void {
    const handles = new Map(this.#generation.profiles.map(({ schedulerName, handle }) => [handle, schedulerName]));
    for (const [handle, schedulerName] of handles) if (handle) this.#attached.push(handle.attach(this.#deps.hostOf(this.#profiles.get(schedulerName)!)));
  }

  /** The order of the queue. When its plugin fails, pods go in the order in which they came. */
  compare(left: QueuedPod, right: QueuedPod): number {
    const [profile] = this.#profiles.values();
    try {
      return profile!.framework.compare(left, right);
    } catch (error) {
      this.#deps.onSortFault(left.pod, error);
      return left.queuedAtMs - right.queuedAtMs;
    }
  }

  /** What may help a pod that a plugin refused, in any profile; undefined: anything, as for a plugin that is no more. */
  eventsOf(plugin: string): readonly ClusterEventWithHint[] | undefined {
    if (!this.#events.has(plugin)) this.#events.set(plugin, this.#gatherEvents(plugin));
    return this.#events.get(plugin);
  }

  /** The kinds that plugins want to hear of. */
  resources(): Set<EventResource> {
    const resources = new Set<EventResource>();
    for (const { framework } of this.#profiles.values())
      for (const name of framework.pluginNames) for (const { event } of framework.eventsOf(name) ?? []) resources.add(event.resource);
    return resources;
  }

  /** Keeps the generation until disposed. */
  hold(): Disposable {
    this.#underWay++;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#underWay--;
        isHeld = false;
        this.#endIfIdle();
      },
    };
  }

  /** No pods begin with it any more. */
  retire(): void {
    this.#isRetired = true;
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (!this.#isRetired || this.#underWay > 0) return;
    for (const attached of this.#attached) attached[Symbol.dispose]();
    this.#attached = [];
    this.#generation[Symbol.dispose]?.();
  }

  #gatherEvents(plugin: string): readonly ClusterEventWithHint[] | undefined {
    const having = [...this.#profiles.values()].filter(({ framework }) => framework.pluginNames.includes(plugin));
    const lists = having.map(({ framework }) => framework.eventsOf(plugin));
    if (lists.length === 0 || lists.includes(undefined)) return undefined;
    return lists.length === 1 ? lists[0] : lists.flatMap((events) => events ?? []);
  }
}
