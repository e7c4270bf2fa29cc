import type { Status } from '../../extension-points/scheduling/contract.ts';
import type { AttemptOutcome, AttemptStage, NodeVerdicts, PreemptionRecord } from '../../extension-points/scheduling/decision.ts';
import type { Diagnosis } from '../../extension-points/scheduling/fit-error.ts';
import { fitErrorMessage, refusingPlugins } from '../../extension-points/scheduling/fit-error.ts';
import { SchedulingFault } from '../../extension-points/scheduling/scheduling-fault.ts';
import { ExtensionError } from '../../kernel/extension-point.ts';
import type { NotScheduled } from './pod-status-writer.ts';

/** What became of an attempt that failed. */
export interface Failure extends NotScheduled {
  /** The plugins that refused the pod; none after a fault. */
  readonly unschedulablePlugins: ReadonlySet<string>;
  readonly pendingPlugins: ReadonlySet<string>;
  /** Where a plugin ended the attempt, and which; absent when no node fits. */
  readonly endedAt?: AttemptStage | undefined;
  readonly plugin?: string | undefined;
}

/** A plugin refused the pod on the one node that was chosen. */
export function refusalOf(status: Status, endedAt?: AttemptStage): Failure {
  const message = fitErrorMessage({ nodeCount: 1, failures: new Map([['', status]]), unschedulablePlugins: new Set(), pendingPlugins: new Set() });
  return { reason: 'Unschedulable', message, ...refusingPlugins([status]), endedAt, plugin: status.plugin };
}

export const faultOf = (error: unknown, endedAt?: AttemptStage): Failure => ({
  reason: 'SchedulerError',
  message: messageOf(error),
  unschedulablePlugins: new Set(),
  pendingPlugins: new Set(),
  endedAt,
  plugin: error instanceof ExtensionError ? error.extension : error instanceof SchedulingFault ? error.plugin : undefined,
});

/** A failure as the record of the attempt has it. */
export function outcomeOf({ reason, message, endedAt, plugin, nominatedNodeName }: Failure): AttemptOutcome {
  const result = reason === 'SchedulerError' ? 'Error' : endedAt === undefined ? 'Unschedulable' : 'Rejected';
  return { result, message, endedAt, plugin, nominatedNodeName };
}

/** A refusal of the pod as a whole, before any node was looked at, as verdicts: the same on every node. */
export function verdictsOnWhole({ nodeCount, failures }: Diagnosis): NodeVerdicts {
  const names = [...failures.keys()];
  const status = failures.get(names[0] ?? '');
  return {
    nodeCount,
    feasibleCount: 0,
    evaluatedCount: 0,
    nameOf: (index) => names[index]!,
    statusOf: (index) => failures.get(names[index]!),
    refusals: status ? [{ status, count: names.length, nodeAt: (position) => position }] : [],
  };
}

/** What PostFilter came to, whether it was preemption or not. */
export function preemptionOf({ plugin, reasons }: Status, found: PreemptionRecord | undefined): PreemptionRecord {
  const message = reasons.join(', ');
  return { candidateCount: 0, candidates: [], ...(plugin === undefined ? {} : { plugin }), ...(message ? { message } : {}), ...found };
}

/** The outermost message says it all: it names the plugin and repeats the cause. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
