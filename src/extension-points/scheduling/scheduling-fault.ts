import type { Extension } from '../../kernel/extension-point.ts';
import type { SchedulingPlugin, Status } from './contract.ts';
import { maximumScore } from './normalize-scores.ts';

type Plugin = Extension<SchedulingPlugin>;

/** A plugin answered something that its extension point does not know, reported an error, or took too long. Aborts the cycle. */
export class SchedulingFault extends Error {
  readonly plugin: string;
  constructor(plugin: string, point: string, why: string, cause?: unknown) {
    super(`running ${point} plugin "${plugin}": ${why}`, cause === undefined ? undefined : { cause });
    this.name = 'SchedulingFault';
    this.plugin = plugin;
  }
}

/** A plugin does not want the pod there, or not now. */
export const isRejected = ({ code }: Status): boolean => code === 'unschedulable' || code === 'unschedulable-and-unresolvable' || code === 'pending';

/** The status with the name of its plugin. */
export const blame = (status: Status, { name }: Plugin): Status => ({ ...status, reasons: isTexts(status.reasons) ? status.reasons : [], plugin: name });

/** The status that a plugin answered. Throws, naming it, for anything else: what plugins answer is not to be relied on. */
export function statusOf(plugin: Plugin, point: string, answer: Status): Status {
  const { code, reasons } = (answer ?? {}) as Partial<Status>;
  if (code === 'success') return answer;
  // Those who refuse say why.
  if (typeof code === 'string' && (isTexts(reasons) || (reasons === undefined && !isRejected(answer)))) return answer;
  throw fault(plugin, point, answer);
}

/** The same for an answer that has a status in it. */
export function statusIn(plugin: Plugin, point: string, answer: { readonly status: Status }): Status {
  if (answer instanceof Promise) throw fault(plugin, point, answer as unknown as Status);
  return statusOf(plugin, point, (answer as { readonly status: Status } | undefined)?.status as Status);
}

/** For the few methods that answer nothing or a number. Throws when the plugin, against the contract, answered a promise: nobody would wait for it. */
export function atOnce<T>(plugin: Plugin, point: string, answer: T): T {
  if (answer instanceof Promise) throw fault(plugin, point, answer as unknown as Status);
  return answer;
}

/** What is thrown for a status that the extension point does not know. */
export const fault = (plugin: Plugin, point: string, status: Status): SchedulingFault =>
  new SchedulingFault(plugin.name, point, whatIsWrong(status), (status as Status | undefined)?.error);

function whatIsWrong(status: unknown): string {
  if (status instanceof Promise) {
    status.catch(() => undefined);
    return 'answered a promise; it must answer at once';
  }
  const { code, reasons } = (status ?? {}) as Partial<Status>;
  if (typeof code !== 'string')
    return `answered ${status === null ? 'null' : typeof status === 'object' ? 'an object without a code' : typeof status}, not a status`;
  if (reasons === undefined) return isRejected(status as Status) ? `answered the status ${code} without reasons` : `unexpected status ${code}`;
  if (!isTexts(reasons)) return `answered the status ${code} with reasons that are no list of texts`;
  return reasons.join(', ') || `unexpected status ${code}`;
}

const isTexts = (reasons: unknown): reasons is readonly string[] => Array.isArray(reasons) && reasons.every((reason) => typeof reason === 'string');

/** The score; throws when it is out of range. */
export function checkedScore(plugin: Plugin, score: number): number {
  if (score >= 0 && score <= maximumScore) return score;
  atOnce(plugin, 'Score', score);
  throw new SchedulingFault(
    plugin.name,
    'Score',
    `returned an invalid score ${String(score)}, it should be in the range of [0, ${maximumScore}] after normalizing`,
  );
}
