import type { Status } from '../../extension-points/scheduling/contract.ts';
import { fitErrorMessage, refusingPlugins } from '../../extension-points/scheduling/fit-error.ts';
import type { NotScheduled } from './pod-status-writer.ts';

/** What became of an attempt that failed. */
export interface Failure extends NotScheduled {
  /** The plugins that refused the pod; none after a fault. */
  readonly unschedulablePlugins: ReadonlySet<string>;
  readonly pendingPlugins: ReadonlySet<string>;
}

/** A plugin refused the pod on the one node that was chosen. */
export function refusalOf(status: Status): Failure {
  const message = fitErrorMessage({ nodeCount: 1, failures: new Map([['', status]]), unschedulablePlugins: new Set(), pendingPlugins: new Set() });
  return { reason: 'Unschedulable', message, ...refusingPlugins([status]) };
}

export const faultOf = (error: unknown): Failure => ({
  reason: 'SchedulerError',
  message: messageOf(error),
  unschedulablePlugins: new Set(),
  pendingPlugins: new Set(),
});

/** The outermost message says it all: it names the plugin and repeats the cause. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
