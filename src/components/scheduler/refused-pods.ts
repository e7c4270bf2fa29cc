import type { Pod } from '../../api/generated/core-v1.ts';
import type { ClusterEventWithHint } from '../../extension-points/scheduling/contract.ts';
import type { ClusterChange } from './cluster-change.ts';
import { isInterested } from './cluster-change.ts';
import { podKey } from './pod-facts.ts';
import type { QueueEntry } from './scheduling-queue.ts';

export interface RefusedPodsDeps {
  /** What may help a pod that this plugin refused; undefined: anything. */
  readonly eventsOf: (plugin: string) => readonly ClusterEventWithHint[] | undefined;
  /** Pods of one class are the same to the hints of these plugins; undefined: like no other. */
  readonly classOf?: ((pod: Pod, plugins: readonly string[]) => string | undefined) | undefined;
}

/** How a pod is to be tried again, and the plugin that says so. */
export interface Help {
  readonly requeue: 'after-backoff' | 'now';
  readonly plugin: string;
}

/** Pods of one class that the same plugins refused: what helps one of them helps all. */
interface Bunch {
  readonly key: string;
  readonly members: Map<string, QueueEntry>;
  /** Those that any of it waits for. */
  readonly plugins: readonly string[];
}

/**
 * The pods that wait for something to happen, found by the plugins that refused them: a change is put before the hints of those plugins that asked for it, once for
 * each class of pods. Outcomes are those of asking for every pod (`helpFor`).
 */
export class RefusedPods {
  readonly #deps: RefusedPodsDeps;
  readonly #places = new Map<string, Bunch>();
  readonly #bunches = new Map<string, Bunch>();
  readonly #byPlugin = new Map<string, Set<Bunch>>();

  constructor(deps: RefusedPodsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#places.size;
  }

  get(key: string): QueueEntry | undefined {
    return this.#places.get(key)?.members.get(key);
  }

  *values(): Generator<QueueEntry> {
    for (const [key, bunch] of this.#places) yield bunch.members.get(key)!;
  }

  /** Adds a pod, or takes over what changed of one. */
  put(entry: QueueEntry): void {
    const key = podKey(entry.pod);
    const bunchKey = this.#bunchKey(entry, key);
    const place = this.#places.get(key);
    if (place?.key === bunchKey) return void place.members.set(key, entry);
    this.delete(key);
    const bunch = this.#bunches.get(bunchKey) ?? this.#addBunch(bunchKey, entry);
    bunch.members.set(key, entry);
    this.#places.set(key, bunch);
  }

  delete(key: string): QueueEntry | undefined {
    const bunch = this.#places.get(key);
    if (!bunch) return undefined;
    const entry = bunch.members.get(key);
    this.#places.delete(key);
    bunch.members.delete(key);
    if (bunch.members.size === 0) this.#removeBunch(bunch);
    return entry;
  }

  /** The pods that a change may help, but for one. */
  helpedBy(change: ClusterChange, exceptKey?: string): { readonly entry: QueueEntry; readonly help: Help }[] {
    const helped: { entry: QueueEntry; help: Help }[] = [];
    // A hint may know the very pod that changed from others of its class.
    const subject = subjectKey(change);
    for (const { members } of this.#bunchesFor(change)) {
      let common: Help | 'none' | undefined;
      for (const [key, entry] of members) {
        if (key === exceptKey) continue;
        let help: Help | undefined;
        if (key === subject) help = helpFor(entry, change, this.#deps.eventsOf);
        else {
          common ??= helpFor(entry, change, this.#deps.eventsOf) ?? 'none';
          if (common !== 'none') help = common;
          else if (subject === undefined || !members.has(subject)) break;
        }
        if (help) helped.push({ entry, help });
      }
    }
    return helped;
  }

  #bunchesFor(change: ClusterChange): Iterable<Bunch> {
    const found: Set<Bunch>[] = [];
    for (const [plugin, bunches] of this.#byPlugin) {
      const events = this.#deps.eventsOf(plugin);
      if (!events || events.some((event) => isInterested(event, change))) found.push(bunches);
    }
    return found.length === 1 ? found[0]! : new Set(found.flatMap((bunches) => [...bunches]));
  }

  #bunchKey(entry: QueueEntry, key: string): string {
    const { pod, gatedBy, pendingPlugins, unschedulablePlugins } = entry;
    const className = this.#deps.classOf?.(pod, waitsFor(entry));
    const pods = className === undefined ? `pod ${key}` : `class ${className}`;
    return [pods, gatedBy ?? '', namesOf(pendingPlugins), namesOf(unschedulablePlugins)].join('\0');
  }

  #addBunch(key: string, entry: QueueEntry): Bunch {
    const plugins = waitsFor(entry);
    const bunch: Bunch = { key, plugins, members: new Map() };
    this.#bunches.set(key, bunch);
    for (const plugin of plugins) {
      const bunches = this.#byPlugin.get(plugin) ?? new Set<Bunch>();
      this.#byPlugin.set(plugin, bunches.add(bunch));
    }
    return bunch;
  }

  #removeBunch(bunch: Bunch): void {
    this.#bunches.delete(bunch.key);
    for (const plugin of bunch.plugins) {
      const bunches = this.#byPlugin.get(plugin);
      bunches?.delete(bunch);
      if (bunches?.size === 0) this.#byPlugin.delete(plugin);
    }
  }
}

/** Whether a change may help a pod that was refused: plugins that wait for an outside actor are asked first, and spare the pod its back-off. */
export function helpFor(entry: QueueEntry, change: ClusterChange, eventsOf: RefusedPodsDeps['eventsOf']): Help | undefined {
  const { gatedBy, pod } = entry;
  const mayHelp = (plugin: string): boolean => {
    const events = eventsOf(plugin);
    return !events || events.some((event) => isInterested(event, change) && saysQueue(event, pod, change));
  };
  if (gatedBy !== undefined) return mayHelp(gatedBy) ? { requeue: 'now', plugin: gatedBy } : undefined;
  for (const plugin of entry.pendingPlugins) if (mayHelp(plugin)) return { requeue: 'now', plugin };
  for (const plugin of entry.unschedulablePlugins) if (mayHelp(plugin)) return { requeue: 'after-backoff', plugin };
  return undefined;
}

/** A hint that fails is taken for a yes: better one attempt too many than a pod forgotten. */
function saysQueue({ hint }: ClusterEventWithHint, pod: Pod, { old, current }: ClusterChange): boolean {
  if (!hint) return true;
  try {
    return hint(pod, old, current) === 'queue';
  } catch {
    return true;
  }
}

const waitsFor = ({ gatedBy, pendingPlugins, unschedulablePlugins }: QueueEntry): readonly string[] =>
  gatedBy === undefined ? [...pendingPlugins, ...unschedulablePlugins] : [gatedBy];

const namesOf = (plugins: ReadonlySet<string>): string => (plugins.size <= 1 ? ([...plugins][0] ?? '') : [...plugins].sort().join('\n'));

/** The pod that a change is about. */
function subjectKey({ resource, old, current }: ClusterChange): string | undefined {
  const pod = (current ?? old) as Pod | undefined;
  return resource.endsWith('Pod') && pod?.metadata ? podKey(pod) : undefined;
}
