import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Extension, ExtensionPoint } from '../../kernel/extension-point.ts';
import type { PermitResult, SchedulingPlugin, Status } from './contract.ts';
import { success } from './contract.ts';
import type { PluginRoster } from './plugin-lists.ts';
import { blame, fault, isRejected, SchedulingFault, statusIn, statusOf } from './scheduling-fault.ts';
import type { SchedulingState } from './scheduling-state.ts';
import { type LimitedPoint, withinLimit } from './time-limit.ts';
import { longestWaitMs } from './waiting-pods.ts';

type Plugin = Extension<SchedulingPlugin>;

/** `status` is `wait` when the pod must be held; `waits` says for how long, per plugin, in milliseconds. */
export interface PermitOutcome {
  readonly status: Status;
  readonly waits: ReadonlyMap<string, number>;
}

/** The extension points from Reserve to PostBind: what happens to a pod that has a node. */
export class BindingSteps {
  readonly #point: ExtensionPoint<SchedulingPlugin>;
  readonly #plugins: PluginRoster;
  readonly #clock: Clock;

  constructor(point: ExtensionPoint<SchedulingPlugin>, plugins: PluginRoster, clock: Clock) {
    this.#point = point;
    this.#plugins = plugins;
    this.#clock = clock;
  }

  /** A failure undoes all reservations, in reverse order. */
  async reserve(state: SchedulingState, pod: Pod, nodeName: string): Promise<Status> {
    for (const plugin of this.#plugins.having('reserve')) {
      const status = await this.#guarded(state, pod, nodeName, async () => {
        const answer = await this.#limited(plugin, 'Reserve', (signal) => this.#point.call(plugin, 'reserve', state, pod, nodeName, signal));
        return statusOf(plugin, 'Reserve', answer);
      });
      if (status.code === 'success') continue;
      this.unreserve(state, pod, nodeName);
      if (!isRejected(status)) throw fault(plugin, 'Reserve', status);
      return blame(status, plugin);
    }
    return success;
  }

  /** Undoes all plugins' reservations in reverse order, each even if another threw; the first fault is thrown at the end. */
  unreserve(state: SchedulingState, pod: Pod, nodeName: string): void {
    const faults: unknown[] = [];
    // Every plugin that has unreserve: it may be called though its reserve never was.
    for (const plugin of this.#plugins.having('unreserve').toReversed()) {
      try {
        this.#point.call(plugin, 'unreserve', state, pod, nodeName);
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw faults[0];
  }

  /** A refusal ends it; a wait lets the later plugins run. */
  async permit(state: SchedulingState, pod: Pod, nodeName: string): Promise<PermitOutcome> {
    const waits = new Map<string, number>();
    for (const plugin of this.#plugins.having('permit')) {
      const result = await this.#limited(plugin, 'Permit', (signal) => this.#point.call(plugin, 'permit', state, pod, nodeName, signal));
      const status = statusIn(plugin, 'Permit', result);
      if (status.code === 'wait') waits.set(plugin.name, waitOf(plugin, result));
      else if (isRejected(status)) return { status: blame(status, plugin), waits };
      else if (status.code !== 'success') throw fault(plugin, 'Permit', status);
    }
    return { status: waits.size > 0 ? { code: 'wait', reasons: [] } : success, waits };
  }

  /** Whether a plugin will have something to do before the bind. Each is asked once for a pod. */
  willPreBind(state: SchedulingState, pod: Pod, nodeName: string): boolean {
    const acting = this.#plugins.having('preBind').filter((plugin) => this.#willAct(plugin, state, pod, nodeName));
    state.preBindsToRun = new Set(acting.map(({ name }) => name));
    return acting.length > 0;
  }

  /** Runs the plugins that did not say beforehand that they have nothing to do. */
  async preBind(state: SchedulingState, pod: Pod, nodeName: string, signal: AbortSignal): Promise<Status> {
    if (!state.preBindsToRun) this.willPreBind(state, pod, nodeName);
    for (const plugin of this.#plugins.having('preBind')) {
      if (!state.preBindsToRun?.has(plugin.name)) continue;
      const answer = await this.#limited(plugin, 'PreBind', (own) => this.#point.call(plugin, 'preBind', state, pod, nodeName, own), signal);
      const status = statusOf(plugin, 'PreBind', answer);
      if (status.code === 'success') continue;
      if (!isRejected(status)) throw fault(plugin, 'PreBind', status);
      return blame(status, plugin);
    }
    return success;
  }

  /** The first plugin that does not skip decides. */
  async bind(state: SchedulingState, pod: Pod, nodeName: string, signal: AbortSignal): Promise<Status> {
    for (const plugin of this.#plugins.having('bind')) {
      const answer = await this.#limited(plugin, 'Bind', (own) => this.#point.call(plugin, 'bind', state, pod, nodeName, own), signal);
      const status = statusOf(plugin, 'Bind', answer);
      if (status.code === 'skip') continue;
      if (status.code !== 'success' && !isRejected(status)) throw fault(plugin, 'Bind', status);
      return blame(status, plugin);
    }
    throw new Error(`no scheduling plugin binds the pod "${pod.metadata.namespace}/${pod.metadata.name}"`);
  }

  /** Every plugin is told; faults are answered, for the log. */
  postBind(state: SchedulingState, pod: Pod, nodeName: string): unknown[] {
    const faults: unknown[] = [];
    for (const plugin of this.#plugins.having('postBind')) {
      try {
        this.#point.call(plugin, 'postBind', state, pod, nodeName);
      } catch (error) {
        faults.push(error);
      }
    }
    return faults;
  }

  #willAct(plugin: Plugin, state: SchedulingState, pod: Pod, nodeName: string): boolean {
    if (!plugin.implementation.preBindPreFlight) return true;
    const status = statusOf(plugin, 'PreBindPreFlight', this.#point.call(plugin, 'preBindPreFlight', state, pod, nodeName));
    if (status.code !== 'success' && status.code !== 'skip') throw fault(plugin, 'PreBindPreFlight', status);
    return status.code === 'success';
  }

  #limited<T>(plugin: Plugin, point: LimitedPoint, start: (signal: AbortSignal) => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    return withinLimit({ clock: this.#clock, plugin: plugin.name, point, ...(signal ? { signal } : {}) }, start);
  }

  async #guarded(state: SchedulingState, pod: Pod, nodeName: string, reserve: () => Promise<Status>): Promise<Status> {
    try {
      return await reserve();
    } catch (error) {
      this.unreserve(state, pod, nodeName);
      throw error;
    }
  }
}

/** In milliseconds. Whoever says nothing is not waited for; more than upstream's 15 minutes are cut short. */
function waitOf({ name }: Plugin, { timeoutMs = 0 }: PermitResult): number {
  if (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs))
    throw new SchedulingFault(name, 'Permit', `asked to wait for ${String(timeoutMs)}, not a number of milliseconds`);
  return Math.min(Math.max(timeoutMs, 0), longestWaitMs);
}
