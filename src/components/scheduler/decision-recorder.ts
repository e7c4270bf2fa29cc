import type { Pod } from '../../api/generated/core-v1.ts';
import { keyText } from '../../api/object.ts';
import type { Status } from '../../extension-points/scheduling/contract.ts';
import type { AttemptRecorder, DecisionReader, DecisionRecorder, NodeScores, QueueMove, RecordedAttempt } from '../../extension-points/scheduling/decision.ts';
import { decisionName } from '../../extension-points/scheduling/decision.ts';
import { BoundedRecords } from '../../kernel/bounded-records.ts';
import type { Clock } from '../../kernel/clock.ts';
import { addMove, type MoveNote } from './decision-moves.ts';
import { AttemptNotes, type NotesDeps } from './decision-notes.ts';
import { RefusalKeeper } from './decision-refusals.ts';
import { podKey } from './pod-facts.ts';

export interface DecisionMemoryOptions {
  readonly clock: Clock;
  /** Default 16 MiB. */
  readonly maximumBytes?: number;
  /** Of attempts of pods that no longer wait. Default: a day. */
  readonly maximumAgeMs?: number;
}

/** What is known of a pod that waits for a node. */
interface PodNotes {
  /** Since its newest attempt, if there was one. */
  moves: MoveNote[];
  newest: AttemptNotes | undefined;
}

/**
 * Remembers the attempts of all schedulers of a process within a number of bytes. The newest attempt of a pod that still waits is kept before all others. Restarting
 * forgets: what happened to pods is in their conditions and events.
 */
export class DecisionMemory implements DecisionRecorder, DecisionReader {
  readonly #records: BoundedRecords<AttemptNotes>;
  readonly #pods = new Map<string, PodNotes>();
  readonly #deps: NotesDeps;
  #plugins: NodeScores['plugins'] = [];
  #revision = 0;

  constructor({ clock, maximumBytes = 16 * 1_024 * 1_024, maximumAgeMs = 24 * 3_600_000 }: DecisionMemoryOptions) {
    this.#records = new BoundedRecords({ clock, maximumBytes, maximumAgeMs, onDropped: (_key, notes) => this.#dropped(notes) });
    this.#deps = {
      now: () => clock.now(),
      refusals: new RefusalKeeper(),
      sharedPlugins: (plugins) => this.#sharedPlugins(plugins),
      onChange: (notes) => this.#changed(notes),
    };
  }

  get bytes(): number {
    return this.#records.bytes;
  }

  moved(pod: Pod, move: Omit<QueueMove, 'time'> & { readonly atMs: number }): void {
    const notes = this.#notesOf(pod);
    if (!notes.newest) return void addMove(notes.moves, move);
    addMove(notes.newest.movesSince, move);
    this.#changed(notes.newest);
  }

  gated(pod: Pod, { attempt, status }: { readonly attempt: number; readonly status: Status }): void {
    const notes = this.#notesOf(pod);
    const gate = { plugin: status.plugin, message: status.reasons.join(', ') };
    if (notes.newest?.isGated && notes.newest.attempt === attempt) return notes.newest.gated(gate);
    this.#add(notes, pod, attempt).gated(gate);
  }

  begin(pod: Pod, attempt: number): AttemptRecorder {
    return this.#add(this.#notesOf(pod), pod, attempt);
  }

  forget(pod: Pod): void {
    const key = podKey(pod);
    const notes = this.#pods.get(key);
    this.#pods.delete(key);
    if (notes?.newest) this.#records.release(recordKey(notes.newest));
  }

  find(namespace: string, name: string): RecordedAttempt | undefined {
    const notes = this.#records.get(keyText({ namespace, name }));
    return notes && new Recorded(notes);
  }

  *all(namespace?: string): Generator<RecordedAttempt> {
    for (const [, notes] of this.#records) if (namespace === undefined || notes.pod.namespace === namespace) yield new Recorded(notes);
  }

  /** A gate that opened leaves a record under the number of the attempt it held back: that attempt takes its place. */
  #add(notes: PodNotes, pod: Pod, attempt: number): AttemptNotes {
    const before = notes.newest;
    const added = new AttemptNotes(this.#deps, pod, { attempt, moves: before?.takeMoves(attempt) ?? notes.moves });
    notes.moves = [];
    if (before) {
      this.#measure(before);
      this.#records.release(recordKey(before));
    }
    notes.newest = added;
    added.revision = ++this.#revision;
    this.#records.put(recordKey(added), added, { bytes: added.bytes, isKept: true });
    return added;
  }

  #changed(notes: AttemptNotes): void {
    notes.revision = ++this.#revision;
    this.#measure(notes);
    if (!notes.isScheduled) return;
    this.#records.release(recordKey(notes));
    const key = notes.pod.uid || keyText(notes.pod);
    if (this.#pods.get(key)?.newest === notes) this.#pods.delete(key);
  }

  #measure(notes: AttemptNotes): void {
    const key = recordKey(notes);
    if (this.#records.get(key) === notes) this.#records.resize(key, notes);
  }

  #dropped(notes: AttemptNotes): void {
    const pod = this.#pods.get(notes.pod.uid || keyText(notes.pod));
    if (pod?.newest === notes) pod.newest = undefined;
  }

  #notesOf(pod: Pod): PodNotes {
    const key = podKey(pod);
    let notes = this.#pods.get(key);
    if (!notes) this.#pods.set(key, (notes = { moves: [], newest: undefined }));
    return notes;
  }

  #sharedPlugins(plugins: NodeScores['plugins']): NodeScores['plugins'] {
    const isSame =
      plugins.length === this.#plugins.length &&
      plugins.every(({ name, weight }, index) => name === this.#plugins[index]!.name && weight === this.#plugins[index]!.weight);
    if (!isSame) this.#plugins = plugins.map(({ name, weight }) => ({ name, weight }));
    return this.#plugins;
  }
}

const recordKey = ({ pod, attempt }: AttemptNotes): string => keyText({ namespace: pod.namespace, name: decisionName(pod, attempt) });

/** Put into words when asked. */
class Recorded implements RecordedAttempt {
  readonly #notes: AttemptNotes;

  constructor(notes: AttemptNotes) {
    this.#notes = notes;
  }

  get namespace(): string {
    return this.#notes.pod.namespace;
  }

  get name(): string {
    return decisionName(this.#notes.pod, this.#notes.attempt);
  }

  get revision(): number {
    return this.#notes.revision;
  }

  get attempt(): RecordedAttempt['attempt'] {
    return this.#notes.record();
  }
}
