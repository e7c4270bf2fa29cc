import type {
  MoveCause,
  NodeRefusal,
  NodeScoreRecord,
  PreemptionCandidate,
  PreemptionRecord,
  QueueMove,
  SchedulingAttempt,
} from '../../extension-points/scheduling/decision.ts';
import { table } from './table.ts';

const namesShown = 4;

/** `05:10:02.123Z`, with the date when it is another day. */
export function clockText(time: string, nowMs: number): string {
  const [day = '', clock = ''] = new Date(time).toISOString().split('T');
  return day === new Date(nowMs).toISOString().slice(0, 10) ? clock : `${day} ${clock}`;
}

/** Why an attempt ended as it did, in lines for a terminal, without its heading. */
export function attemptLines(attempt: SchedulingAttempt): string[] {
  return [
    ...nodeLines(attempt),
    ...scoreLines(attempt.scores),
    ...(attempt.extenders ?? []).map(({ name, verb, nodesBefore, nodesAfter, error, isIgnored }) => {
      const left = nodesBefore === undefined || nodesAfter === undefined ? '' : `, left ${nodesAfter} of ${nodesBefore} nodes`;
      return `extender ${name} (${verb})${left}${error === undefined ? '' : `, failed${isIgnored ? ' and was ignored' : ''}: ${error}`}`;
    }),
    ...preemptionLines(attempt.preemption, attempt.nominatedNodeName),
    ...(attempt.waits ?? []).map(({ plugin, timeoutSeconds }) => `held in Permit by ${plugin}, for ${timeoutSeconds} s at most`),
    ...endLines(attempt),
  ];
}

/** What made the scheduler try the pod: `woken by NodeAdd of Node big, as NodeResourcesFit asked; after its back-off`. Empty when it is not known. */
export function wokenBy(moves: readonly QueueMove[]): string {
  const last = moves.at(-1);
  if (!last) return '';
  const delay = delays[last.cause.event];
  const cause = delay ? moves.slice(0, -1).findLast((move) => !delays[move.cause.event]) : last;
  const because = cause && (knownCauses[cause.cause.event] ?? `woken by ${causeText(cause)}`);
  return [because, delay].filter(Boolean).join('; ');
}

/** One move in the queue. */
export const moveText = (move: QueueMove): string => `${placeText[move.from]} → ${placeText[move.to]}: ${causeText(move)}`;

/** They say when, not why. */
const delays: Readonly<Record<string, string>> = {
  BackoffComplete: 'after its back-off',
  PopFromBackoffQ: 'its back-off was cut short, as nothing else had to be scheduled',
};

const placeText: Readonly<Record<QueueMove['from'], string>> = {
  New: 'new',
  Active: 'to be tried',
  Backoff: 'back-off',
  ErrorBackoff: 'back-off after a fault',
  Unschedulable: 'waiting',
  Gated: 'gated',
  InFlight: 'being tried',
};

const knownCauses: Readonly<Record<string, string>> = {
  PodAdd: 'it was created, or the scheduler started',
  ScheduleAttemptFailure: 'the attempt failed',
  UnschedulableTimeout: 'nothing had happened for five minutes',
  ForceActivate: 'a plugin asked for it',
  SchedulingGenerationUpdate: 'the scheduling plugins were loaded again',
};

function causeText({ cause, plugin, to }: QueueMove): string {
  const known = knownCauses[cause.event] ?? delays[cause.event];
  if (to === 'Gated') return `${plugin ?? 'a plugin'} keeps it from being tried${known ? '' : ` (${eventText(cause)})`}`;
  return known ?? `${eventText(cause)}${plugin ? `, as ${plugin} asked` : ''}`;
}

const eventText = ({ event, object }: MoveCause): string =>
  object ? `${event} of ${object.kind} ${object.namespace ? `${object.namespace}/` : ''}${object.name}` : event;

function nodeLines({ nodes, refusals, refusalCount, nodeName, result, tiedCount, scores }: SchedulingAttempt): string[] {
  const { total, feasible, evaluated } = nodes;
  if (total === 0) {
    if (nodeName) return [`${nodeName} had been set aside for it and still fitted`];
    return result === 'Unschedulable' ? ['there is no node in the cluster'] : [];
  }
  const asked = evaluated > 0 && evaluated < total ? ` (${evaluated} were asked)` : '';
  const head = `${feasible} of ${total} ${total === 1 ? 'node' : 'nodes'} would do${asked}${refusals.length > 0 ? '; the others:' : ''}`;
  const more = refusalCount > refusals.length ? [`  … and ${refusalCount - refusals.length} other reasons`] : [];
  const choice = nodeName ? [choiceText(nodeName, { feasible, tiedCount, scores })] : [];
  return [head, ...refusalLines(refusals), ...more, ...choice];
}

function refusalLines(refusals: readonly NodeRefusal[]): string[] {
  const rows = refusals.map(({ count, reasons, detail, plugin, nodeNames }) => [
    `  ${count}`,
    `${reasons.join('; ') || 'no reason given'}${detail === undefined ? '' : `: ${detail}`}`,
    plugin ? `(${plugin})` : '',
    someOf(nodeNames, count),
  ]);
  return lines(table([], rows));
}

const someOf = (names: readonly string[], count: number): string => {
  const shown = names.toSorted((left, right) => left.localeCompare(right, 'en', { numeric: true })).slice(0, namesShown);
  return `${shown.join(', ')}${count > shown.length ? ` and ${count - shown.length} more` : ''}`;
};

function choiceText(
  nodeName: string,
  { feasible, tiedCount, scores }: { feasible: number; tiedCount?: number | undefined; scores: readonly NodeScoreRecord[] },
): string {
  const [best, second] = scores;
  if (!best) return feasible === 1 ? `${nodeName} was the only choice, so nothing was scored` : `${nodeName} was chosen`;
  if (tiedCount !== undefined && tiedCount > 1) return `${nodeName} was chosen by lot among ${tiedCount} nodes with ${best.total} points`;
  return `${nodeName} was chosen with ${best.total} points${second ? `; ${second.nodeName} had ${second.total}` : ''}`;
}

/** The chosen node against the runner-up. */
function scoreLines(scores: readonly NodeScoreRecord[]): string[] {
  const [best, second] = scores;
  if (!best) return [];
  const compared = second ? [best, second] : [best];
  const rows = best.plugins.map(({ name, weight }, index) => [
    `  ${name}`,
    String(weight),
    ...compared.map(({ plugins }) => {
      const { raw, normalized, weighted } = plugins[index]!;
      return raw === normalized && weighted === normalized ? numberText(weighted) : `${numberText(weighted)} (${numberText(raw)} → ${numberText(normalized)})`;
    }),
  ]);
  const total = ['  TOTAL', '', ...compared.map((node) => numberText(node.total))];
  return lines(table(['  POINTS (RAW → OF 100)', 'WEIGHT', ...compared.map(({ nodeName }) => nodeName)], [...rows, total]));
}

const numberText = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2));

function preemptionLines(preemption: PreemptionRecord | undefined, nominatedNodeName: string | undefined): string[] {
  if (!preemption) return [];
  const { candidates, candidateCount, message, plugin = 'PostFilter' } = preemption;
  const [chosen, ...others] = candidates;
  if (!chosen) return message ? [`${plugin}: ${message.replace(/^(no new claims to deallocate, )?preemption: /, '')}`] : [];
  const among = candidateCount > 1 ? `, the least harm of ${candidateCount} nodes` : '';
  return [
    `${plugin}: ${victimsText(chosen)} ${chosen.victimCount === 1 ? 'makes' : 'make'} room on ${chosen.nodeName}${among}`,
    ...(nominatedNodeName ? [`${nominatedNodeName} is set aside for the pod`] : []),
    ...others.map((candidate) => `  instead of ${victimsText(candidate)} on ${candidate.nodeName}`),
  ];
}

function victimsText({ victims, victimCount, budgetViolations }: PreemptionCandidate): string {
  const named = victims.slice(0, namesShown).map(({ namespace, name, priority }) => `${namespace}/${name} (priority ${priority})`);
  const rest = victimCount > named.length ? ` and ${victimCount - named.length} more` : '';
  const broken = budgetViolations > 0 ? `, breaking ${budgetViolations} disruption ${budgetViolations === 1 ? 'budget' : 'budgets'},` : '';
  return `${named.join(', ')}${rest}${broken}`;
}

function endLines({ result, endedAt, plugin, message, nodeName, nodes }: SchedulingAttempt): string[] {
  const who = plugin ? `${plugin}` : 'a plugin';
  // Plugins had nothing against these nodes: only here is it said what extenders had.
  if (result === 'Unschedulable' && nodes.feasible > 0) return [`all in all: ${message ?? ''}`];
  if (result === 'Rejected') return [`${who} refused ${nodeName ?? 'the node'} at ${endedAt}: ${message ?? ''}`];
  if (result === 'Error') return [`${plugin ? `${plugin} failed` : 'it failed'}${endedAt ? ` at ${endedAt}` : ''}: ${message ?? ''}`];
  if (result === 'Gated') return [`${who}: ${message ?? ''}`];
  return [];
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
