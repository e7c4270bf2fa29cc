import type { Pod } from '../../api/generated/core-v1.ts';
import type {
  AttemptOutcome,
  AttemptRecorder,
  AttemptResult,
  AttemptStage,
  ExtenderContribution,
  NodeScores,
  NodeVerdicts,
  PermitWait,
  PodReference,
  PreemptionRecord,
  SchedulingAttempt,
} from '../../extension-points/scheduling/decision.ts';
import type { Share } from '../../kernel/bounded-records.ts';
import { microTimeText } from '../../kernel/clock.ts';
import { bytesOfMove, type MoveNote, mostMoves, moveRecord } from './decision-moves.ts';
import { noRefusals, type RefusalKeeper, type Refusals } from './decision-refusals.ts';
import { KeptScores } from './decision-scores.ts';

/** What the notes of all attempts have in common. */
export interface NotesDeps {
  readonly now: () => number;
  readonly refusals: RefusalKeeper;
  /** The one list for all equal lists of plugins. */
  readonly sharedPlugins: (plugins: NodeScores['plugins']) => NodeScores['plugins'];
  /** Told when more is known of an attempt. */
  readonly onChange: (notes: AttemptNotes) => void;
}

const longestMessage = 4_096;
const mostCandidates = 10;
const mostVictims = 20;
const mostExtenders = 16;
const mostExtenderScores = 20;

/** One attempt as it is kept: copied at once, put into words when somebody asks. */
export class AttemptNotes implements AttemptRecorder {
  readonly pod: PodReference;
  readonly attempt: number;
  readonly #deps: NotesDeps;
  readonly #schedulerName: string;
  readonly #startMs: number;
  readonly #moves: readonly MoveNote[];
  #endMs: number | undefined;
  #result: AttemptResult = 'Scheduling';
  #endedAt: AttemptStage | undefined;
  #plugin: string | undefined;
  #message: string | undefined;
  #nodeName: string | undefined;
  #nominatedNodeName: string | undefined;
  #refusals: Refusals = noRefusals;
  #scores: KeptScores | undefined;
  #extenders: readonly ExtenderContribution[] | undefined;
  #preemption: PreemptionRecord | undefined;
  #waits: readonly PermitWait[] | undefined;
  /** Of the newest attempt of a pod that waits; the recorder adds to them. */
  readonly movesSince: MoveNote[] = [];
  /** Given by the recorder. */
  revision = 0;

  constructor(deps: NotesDeps, pod: Pod, about: { readonly attempt: number; readonly moves: readonly MoveNote[] }) {
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    this.#deps = deps;
    this.pod = { namespace, name, uid };
    this.attempt = about.attempt;
    this.#schedulerName = pod.spec?.schedulerName ?? 'default-scheduler';
    this.#startMs = deps.now();
    this.#moves = about.moves;
  }

  /** About what it takes in memory, without what it shares. */
  get bytes(): number {
    return (
      480 +
      bytesOfMove * (this.#moves.length + this.movesSince.length) +
      2 * (this.#message?.length ?? 0) +
      (this.#scores?.bytes ?? 0) +
      (this.#extenders?.reduce((sum, extender) => sum + 200 + 60 * (extender.scores?.length ?? 0) + 2 * (extender.error?.length ?? 0), 0) ?? 0) +
      (this.#preemption?.candidates.reduce((sum, { victims }) => sum + 120 + 160 * victims.length, 200) ?? 0) +
      60 * (this.#waits?.length ?? 0)
    );
  }

  get shares(): readonly Share[] {
    return this.#refusals === noRefusals ? [] : [this.#refusals];
  }

  verdicts(verdicts: NodeVerdicts): void {
    this.#refusals = this.#deps.refusals.keep(verdicts);
  }

  scored(scores: NodeScores, chosen: number): void {
    this.#scores = new KeptScores(scores, chosen, this.#deps.sharedPlugins(scores.plugins));
  }

  extended(contribution: ExtenderContribution): void {
    const { scores, error } = contribution;
    const kept = {
      ...contribution,
      ...(scores ? { scores: scores.slice(0, mostExtenderScores) } : {}),
      ...(error === undefined ? {} : { error: error.slice(0, longestMessage) }),
    };
    this.#extenders = [...(this.#extenders ?? []), kept].slice(0, mostExtenders);
  }

  preempted(preemption: PreemptionRecord): void {
    const candidates = preemption.candidates.slice(0, mostCandidates).map((candidate) => ({ ...candidate, victims: candidate.victims.slice(0, mostVictims) }));
    this.#preemption = { ...preemption, candidates };
  }

  chose(nodeName: string): void {
    this.#nodeName = nodeName;
    this.#deps.onChange(this);
  }

  waiting(waits: ReadonlyMap<string, number>): void {
    this.#waits = [...waits].map(([plugin, milliseconds]) => ({ plugin, timeoutSeconds: milliseconds / 1_000 }));
    this.#result = 'Waiting';
    this.#deps.onChange(this);
  }

  binding(): void {
    this.#result = 'Binding';
  }

  end(outcome: AttemptOutcome): void {
    this.#endMs = this.#deps.now();
    this.#finish(outcome);
    this.#deps.onChange(this);
  }

  /** A gate keeps the pod from being tried. */
  gated({ plugin, message }: { readonly plugin?: string | undefined; readonly message: string }): void {
    this.#finish({ result: 'Gated', endedAt: 'PreEnqueue', plugin, message });
    this.#deps.onChange(this);
  }

  get isScheduled(): boolean {
    return this.#result === 'Scheduled';
  }

  get isGated(): boolean {
    return this.#result === 'Gated';
  }

  /** Takes the moves since this attempt away, for the next one; with those before it when the next one is the attempt that a gate held back. */
  takeMoves(nextAttempt: number): MoveNote[] {
    const since = this.movesSince.splice(0);
    return this.isGated && this.attempt === nextAttempt ? [...this.#moves, ...since].slice(-mostMoves) : since;
  }

  record(): SchedulingAttempt {
    return {
      pod: this.pod,
      attempt: this.attempt,
      schedulerName: this.#schedulerName,
      startTime: microTimeText(this.#startMs),
      ...(this.#endMs === undefined ? {} : { durationMilliseconds: Math.max(0, this.#endMs - this.#startMs) }),
      result: this.#result,
      ...given({ endedAt: this.#endedAt, plugin: this.#plugin, message: this.#message, nodeName: this.#nodeName, nominatedNodeName: this.#nominatedNodeName }),
      nodes: { total: this.#refusals.total, evaluated: this.#refusals.evaluated, feasible: this.#refusals.feasible },
      refusals: this.#refusals.entries,
      refusalCount: this.#refusals.entryCount,
      scores: this.#scores?.records() ?? [],
      scoreCount: this.#scores?.count ?? 0,
      ...given({ tiedCount: this.#scores?.tiedCount, extenders: this.#extenders, preemption: this.#preemption, waits: this.#waits }),
      moves: this.#moves.map(moveRecord),
      ...(this.movesSince.length > 0 ? { movesSince: this.movesSince.map(moveRecord) } : {}),
    };
  }

  #finish({ result, endedAt, plugin, message, nominatedNodeName }: Omit<AttemptOutcome, 'result'> & { readonly result: AttemptResult }): void {
    this.#result = result;
    this.#endedAt = endedAt;
    this.#plugin = plugin;
    this.#message = message?.slice(0, longestMessage);
    this.#nominatedNodeName = nominatedNodeName || undefined;
  }
}

type Given<T> = { readonly [K in keyof T]?: NonNullable<T[K]> };

/** The fields that have a value. */
const given = <T extends object>(fields: T): Given<T> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
