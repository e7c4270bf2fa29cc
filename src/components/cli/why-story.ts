import { findCondition } from '../../api/conditions.ts';
import type { ContainerStatus, Event, Pod } from '../../api/generated/core-v1.ts';
import type { AdmissionRecord } from '../../extension-points/admission/decision.ts';
import type { DeviceDecisionRecord } from '../../extension-points/devices/decision.ts';
import type { SchedulingAttempt } from '../../extension-points/scheduling/decision.ts';
import { attemptLines, clockText, moveText, wokenBy } from './attempt-text.ts';
import { deviceAdvice, deviceParagraphs } from './device-decision-text.ts';
import { adviceFor } from './scheduling-advice.ts';

/** What is known of one pod. */
export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  /** Absent when it is not there (any more). */
  readonly pod: Pod | undefined;
  /** Of all pods that had the name, in any order. */
  readonly attempts: readonly SchedulingAttempt[];
  /** About the pod; about what should have made it when it is not there. */
  readonly events: readonly Event[];
  /** Of writes of the pod. */
  readonly admissions: readonly AdmissionRecord[];
  /** What nodes made of its wishes for devices; of all pods that had the name. */
  readonly devices?: readonly DeviceDecisionRecord[];
  readonly nowMs: number;
}

/** What is told of it: paragraphs of lines, the first line of each its heading. */
export interface PodStory {
  readonly summary: string;
  readonly paragraphs: readonly (readonly string[])[];
  readonly advice: readonly string[];
}

/** Of more attempts the first and the last ones are told. */
const attemptsTold = 6;
const movesTold = 8;
const eventsTold = 5;
const admissionsTold = 3;
const changesTold = 4;

/** Tells what happened to a pod on its way to a node, and what keeps it from running, from the oldest to the newest. */
export function tellStory(facts: PodFacts): PodStory {
  const { pod, nowMs } = facts;
  const uid = pod?.metadata.uid ?? newest(facts.attempts)?.pod.uid ?? facts.devices?.at(-1)?.pod.uid;
  const attempts = facts.attempts.filter((attempt) => attempt.pod.uid === uid).sort((left, right) => left.attempt - right.attempt);
  const last = attempts.at(-1);
  const devices = (facts.devices ?? []).filter((decision) => decision.pod.uid === uid);
  // That it waits after an attempt that failed goes without saying.
  const since = (last?.movesSince ?? []).filter(({ cause, to }) => cause.event !== 'ScheduleAttemptFailure' || to !== 'Unschedulable');
  return {
    summary: summaryOf(facts, last),
    paragraphs: [
      ...(pod ? [creationOf(pod, nowMs)] : []),
      ...admissionParagraphs(facts),
      ...attemptParagraphs(attempts, nowMs),
      ...(since.length > 0 ? [['since then', ...since.slice(-movesTold).map((move) => `${clockText(move.time, nowMs)}  ${moveText(move)}`)]] : []),
      ...unknownPast(facts, last),
      ...deviceParagraphs(devices, nowMs),
      ...(devices.length === 0 ? refusalOf(pod) : []),
      ...runningTrouble(pod),
      ...eventParagraph(facts),
    ],
    advice: pod?.spec?.nodeName ? adviceAfterRefusal(pod) : last ? adviceFor(last) : [],
  };
}

const newest = (attempts: readonly SchedulingAttempt[]): SchedulingAttempt | undefined =>
  attempts.reduce<SchedulingAttempt | undefined>((latest, attempt) => (latest && latest.startTime > attempt.startTime ? latest : attempt), undefined);

const resultTexts: Readonly<Record<SchedulingAttempt['result'], string>> = {
  Scheduling: 'is being scheduled',
  Waiting: 'has a node and waits for a permit',
  Binding: 'is being bound to its node',
  Scheduled: 'was scheduled',
  Unschedulable: 'is pending: no node fits',
  Error: 'is pending: the scheduler failed and tries again',
  Gated: 'is pending: a gate keeps it from being tried',
  Rejected: 'is pending: it lost its node again',
};

function summaryOf({ namespace, name, pod }: PodFacts, last: SchedulingAttempt | undefined): string {
  const subject = `pod ${namespace}/${name}`;
  if (!pod) return last ? `${subject} is gone; this is what is remembered of it` : `${subject} is not there, and nothing is remembered of it`;
  const { nodeName } = pod.spec ?? {};
  const phase = pod.status?.phase ?? 'Pending';
  if (nodeName) return `${subject} is on ${nodeName}, ${phase}${phase === 'Failed' && pod.status?.reason ? `: ${pod.status.reason}` : ''}`;
  if (phase === 'Failed' || phase === 'Succeeded') return `${subject} ended without a node: ${phase}${pod.status?.reason ? `, ${pod.status.reason}` : ''}`;
  return `${subject} ${last ? resultTexts[last.result] : 'is pending'}`;
}

function creationOf({ metadata, spec, status }: Pod, nowMs: number): string[] {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  const made = metadata.creationTimestamp ? `created ${clockText(metadata.creationTimestamp, nowMs)}` : 'created';
  const scheduler = spec?.schedulerName ?? 'default-scheduler';
  const priority = spec?.priority ? `, priority ${spec.priority}` : '';
  return [
    `${made}${owner ? ` by ${owner.kind} ${owner.name}` : ''}, for ${scheduler}${priority}`,
    ...(spec?.schedulingGates?.length ? [`gates: ${spec.schedulingGates.map((gate) => gate.name).join(', ')}`] : []),
    ...(metadata.deletionTimestamp ? [`is being deleted since ${clockText(metadata.deletionTimestamp, nowMs)}`] : []),
    ...(status?.nominatedNodeName && !spec?.nodeName ? [`${status.nominatedNodeName} is set aside for it`] : []),
  ];
}

/** Of writes of the pod as it is: earlier ones were of others of its name. Rehearsals do not count. */
function admissionParagraphs({ admissions, pod, nowMs }: PodFacts): string[][] {
  const since = pod?.metadata.creationTimestamp ?? '';
  const told = admissions
    .filter(({ time, dryRun }) => !dryRun && time.slice(0, since.length - 1) >= since.slice(0, -1))
    .sort((left, right) => (left.time < right.time ? -1 : 1));
  return told
    .slice(-admissionsTold)
    .map(({ time, operation, user, steps }) => [
      `admission of ${operation} by ${user} · ${clockText(time, nowMs)}`,
      ...steps.map((step) => (step.result === 'Changed' ? `${step.plugin}: ${patchText(step)}` : `${step.plugin} refused it: ${step.message ?? step.result}`)),
    ]);
}

function patchText({ patch = [], omittedOperations = 0 }: AdmissionRecord['steps'][number]): string {
  const shown = patch.slice(0, changesTold);
  const more = patch.length - shown.length + omittedOperations;
  return `${shown.map(({ op, path }) => `${op} ${path}`).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Attempts that ended as the one before are told as one. */
function attemptParagraphs(attempts: readonly SchedulingAttempt[], nowMs: number): string[][] {
  const runs: SchedulingAttempt[][] = [];
  for (const attempt of attempts) {
    const run = runs.at(-1);
    if (run && isAlike(run[0]!, attempt)) run.push(attempt);
    else runs.push([attempt]);
  }
  const told = runs.length > attemptsTold ? [...runs.slice(0, 1), ...runs.slice(-(attemptsTold - 1))] : runs;
  const leftOut = runs.length - told.length;
  const paragraphs = told.map((run) => runParagraph(run, nowMs));
  if (leftOut > 0) paragraphs.splice(1, 0, [`… ${leftOut} more that ended in other ways, see kubectl get schedulingdecisions`]);
  return paragraphs;
}

const isAlike = (left: SchedulingAttempt, right: SchedulingAttempt): boolean =>
  left.result === right.result && left.result !== 'Scheduled' && left.message === right.message && left.plugin === right.plugin;

function runParagraph(run: readonly SchedulingAttempt[], nowMs: number): string[] {
  const [first, last] = [run[0]!, run.at(-1)!];
  const time = clockText(first.startTime, nowMs);
  const isOne = run.length === 1;
  const took = isOne && last.durationMilliseconds !== undefined ? `, ${Math.round(last.durationMilliseconds)} ms` : '';
  const number = first.result === 'Gated' ? 'gated' : isOne ? `attempt ${first.attempt}` : `attempts ${first.attempt} to ${last.attempt}`;
  const heading = `${number} · ${time}${isOne ? '' : ` to ${clockText(last.startTime, nowMs)}`}${took} · ${outcomeText(last)}`;
  const woken = last.result === 'Gated' ? '' : wokenBy(last.moves);
  return [heading, ...(woken ? [isOne ? woken : `the last time: ${woken}`] : []), ...attemptLines(last)];
}

const outcomeText = ({ result, nodeName }: SchedulingAttempt): string =>
  ({
    Scheduling: 'under way',
    Waiting: `waits for a permit, on ${nodeName}`,
    Binding: `being bound to ${nodeName}`,
    Scheduled: `scheduled on ${nodeName}`,
    Unschedulable: 'no node fits',
    Error: 'the scheduler failed',
    Gated: 'not tried yet',
    Rejected: `lost ${nodeName} again`,
  })[result];

/** Why nothing is remembered, and what to do. */
function unknownPast({ pod, namespace, name }: PodFacts, last: SchedulingAttempt | undefined): string[][] {
  if (last || !pod) return [];
  if (pod.spec?.nodeName) {
    const condition = findCondition(pod.status?.conditions, 'PodScheduled');
    const when = condition?.lastTransitionTime ? ` at ${condition.lastTransitionTime}` : '';
    return [
      [
        `its scheduling${when} is not remembered`,
        'records are kept in memory for a day, as long as there is room, and a pod that names its node itself is never scheduled',
        `what would happen now: kubectl get pod ${name} -n ${namespace} -o yaml | wherry schedule --dry-run -n ${namespace} -f -`,
      ],
    ];
  }
  const condition = findCondition(pod.status?.conditions, 'PodScheduled');
  const scheduler = pod.spec?.schedulerName ?? 'default-scheduler';
  return [
    [
      'no scheduler of this cluster has tried it yet',
      ...(condition?.message ? [`its condition says: ${condition.reason}: ${condition.message}`] : []),
      scheduler === 'default-scheduler'
        ? 'see whether the cluster runs: wherry status'
        : `it names the scheduler ${scheduler}: run that, add a profile of the name (wherry up --scheduler-config), or leave spec.schedulerName out`,
    ],
  ];
}

/** A node refused the pod, and the record of it is lost: what the status still says. */
function refusalOf(pod: Pod | undefined): string[][] {
  const { phase, reason, message } = pod?.status ?? {};
  if (phase !== 'Failed' || !reason || !message) return [];
  return [[`${reason}, says ${pod?.spec?.nodeName}`, message]];
}

function adviceAfterRefusal({ spec, status }: Pod): string[] {
  if (status?.phase !== 'Failed' || !status.reason) return [];
  return deviceAdvice({ reason: status.reason, message: status.message ?? '', nodeName: spec.nodeName ?? '' });
}

/** What keeps a pod that has a node from running. */
function runningTrouble(pod: Pod | undefined): string[][] {
  const statuses: ContainerStatus[] = [...(pod?.status?.initContainerStatuses ?? []), ...(pod?.status?.containerStatuses ?? [])];
  const waiting = statuses.flatMap(({ name, state, restartCount }) => {
    const { reason, message } = state?.waiting ?? {};
    if (!reason || reason === 'ContainerCreating' || reason === 'PodInitializing') return [];
    return [`${name}: ${reason}${message ? `: ${message}` : ''}${restartCount > 0 ? ` (${restartCount} restarts)` : ''}`];
  });
  return waiting.length > 0 ? [['containers that do not run', ...waiting]] : [];
}

/** Told elsewhere already, and better. */
const ownReasons = new Set(['FailedScheduling', 'Scheduled']);

function eventParagraph({ events, pod, nowMs }: PodFacts): string[][] {
  const told = events.filter(({ type, reason = '' }) => type === 'Warning' && !ownReasons.has(reason)).slice(-eventsTold);
  if (told.length === 0) return [];
  const line = ({ reason, message, involvedObject, lastTimestamp, eventTime, count }: Event): string => {
    const time = lastTimestamp ?? eventTime;
    const about = pod ? '' : `${involvedObject.kind} ${involvedObject.name}: `;
    return `${time ? `${clockText(time, nowMs)}  ` : ''}${about}${reason}: ${message}${count && count > 1 ? ` (${count} times)` : ''}`;
  };
  return [[pod ? 'warnings about it' : 'warnings about what may have been to make it', ...told.map(line)]];
}
