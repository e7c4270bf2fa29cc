import type { KubernetesObject } from '../../../src/api/object.ts';

/** What happens to a cluster while a scheduler runs on it. Names are unique within a trace; namespaced objects without a namespace go to the trace's own. */
export interface Trace {
  /** Also the name of its namespace. */
  readonly name: string;
  /** A KubeSchedulerConfiguration without `apiVersion`, `kind` and what concerns connections. Default: upstream's. `EXTENDER` in it is the URL of `extender`. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** What an HTTP extender answers, by verb: the same to every request. */
  readonly extender?: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly create: readonly KubernetesObject[] }
  | { readonly patch: ObjectName; readonly body: unknown; readonly subresource?: string }
  | { readonly remove: ObjectName; readonly graceSeconds?: number }
  /** Waits until nothing has changed for so many milliseconds, and looks. Default 500. */
  | { readonly look: string; readonly quietMs?: number };

export interface ObjectName {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** What is seen at every `look`, by its text. */
export type Answers = Readonly<Record<string, Seen>>;

export interface Seen {
  readonly pods: Readonly<Record<string, SeenPod>>;
  /** By `<kind>/<name>` of what they are about, in the order in which they came; the same one again is not said twice. */
  readonly events: Readonly<Record<string, readonly SeenEvent[]>>;
}

export interface SeenPod {
  /** The node. Where several have the highest total, all of them: the choice is by lot. */
  readonly node?: string | readonly string[];
  readonly nominatedNodeName?: string;
  readonly isLeaving?: true;
  readonly conditions?: readonly Readonly<Record<string, unknown>>[];
  /** By node, then plugin: what the plugin's weighted score was, where it was not 0. Absent where there was nothing to choose from. */
  readonly scores?: Scores;
}
export type Scores = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface SeenEvent {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly action: string;
  readonly reportingController: string;
  /** `<kind>/<name>` */
  readonly related?: string;
}
