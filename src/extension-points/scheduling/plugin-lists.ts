import type { Extension, ExtensionPoint } from '../../kernel/extension-point.ts';
import type { PointName } from './configuration/configuration.ts';
import type { SchedulingPlugin } from './contract.ts';

/** Which plugins run at each extension point, by name and in order. */
export type PluginLists = Readonly<Record<PointName, readonly string[]>>;

/** Which list a method belongs to; a method without its own extension point is called with that of another. */
export const pointOfMethod = {
  preEnqueue: 'preEnqueue',
  queueSort: 'queueSort',
  preFilter: 'preFilter',
  addPod: 'preFilter',
  removePod: 'preFilter',
  filter: 'filter',
  filterAll: 'filter',
  postFilter: 'postFilter',
  reviewPostFilter: 'postFilter',
  preScore: 'preScore',
  preScoreAll: 'preScore',
  score: 'score',
  scoreAll: 'score',
  normalizeScores: 'score',
  normalizeAll: 'score',
  reserve: 'reserve',
  unreserve: 'reserve',
  permit: 'permit',
  preBind: 'preBind',
  preBindPreFlight: 'preBind',
  bind: 'bind',
  postBind: 'postBind',
} as const satisfies Partial<Record<keyof SchedulingPlugin, PointName>>;

/** What a plugin can be called with. */
export type PluginMethod = {
  [K in keyof SchedulingPlugin]-?: NonNullable<SchedulingPlugin[K]> extends (...args: never[]) => unknown ? K : never;
}[keyof SchedulingPlugin] &
  string;

type Having<K extends PluginMethod> = Extension<SchedulingPlugin & Required<Pick<SchedulingPlugin, K>>>;

/** The plugins of a framework by method: in the order of its lists, or of the roster when there are none. */
export class PluginRoster {
  readonly #point: ExtensionPoint<SchedulingPlugin>;
  readonly #lists: PluginLists | undefined;
  readonly #byMethod = new Map<PluginMethod, readonly Extension<SchedulingPlugin>[]>();

  constructor(point: ExtensionPoint<SchedulingPlugin>, lists?: PluginLists) {
    this.#point = point;
    this.#lists = lists;
  }

  /** Without a list for the method, any plugin that has it. */
  having<K extends PluginMethod>(method: K): readonly Having<K>[] {
    if (!this.#lists) return this.#point.implementing(method) as unknown as readonly Having<K>[];
    let found = this.#byMethod.get(method);
    if (!found) {
      found = this.#listed(method);
      this.#byMethod.set(method, found);
    }
    return found as readonly Having<K>[];
  }

  #listed(method: PluginMethod): readonly Extension<SchedulingPlugin>[] {
    const pointName = Object.hasOwn(pointOfMethod, method) ? pointOfMethod[method as keyof typeof pointOfMethod] : undefined;
    if (!pointName) return this.#point.implementing(method);
    return this.#lists![pointName].flatMap((name) => {
      const plugin = this.#point.get(name);
      return plugin && typeof plugin.implementation[method] === 'function' ? [plugin] : [];
    });
  }
}
