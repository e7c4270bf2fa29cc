import type { FlowSchema, PriorityLevelConfiguration } from '../../../api/generated/flowcontrol-v1.ts';
import { flowschemas, prioritylevelconfigurations } from '../../../api/generated/resource-types.ts';
import type { ObservableLookup } from '../../../extension-points/admission/lookup.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { flowSchemaObjects, priorityLevelObjects } from '../bootstrap/flow-control-objects.ts';
import { type Digest, FlowMatcher } from './flow-matcher.ts';
import { type Classification, Overloaded } from './overloaded.ts';
import { PriorityLevel } from './priority-level.ts';
import { noSeat, type Seat } from './seat.ts';
import { boundsOf } from './seat-bounds.ts';
import { divideSeats } from './seat-shares.ts';
import { hashOfFlow } from './shuffle-sharding.ts';

/** How often seats are moved between levels. */
const adjustmentMs = 10_000;
/** Objects of a list that count as one seat. */
const objectsPerSeat = 100;

export interface FairnessDeps {
  readonly lookup: ObservableLookup;
  /** Seats of all levels together. */
  readonly seats: number;
  readonly clock: Clock;
}

/** A request that runs: by what it was classified, and the seat to give back. */
export interface Admitted {
  readonly classification: Classification;
  readonly seat: Seat;
}

/** What is asked of a request only when it matters. */
export interface Width {
  /** Objects it may have to go through; 0 for requests about single objects. */
  readonly objects: number;
  readonly signal: () => AbortSignal;
}

interface Flow {
  readonly schema: FlowSchema;
  readonly level: PriorityLevel;
  readonly classification: Classification;
  readonly method: string;
}

/**
 * API priority and fairness (KEP-1040): every request belongs to a flow schema and through it to a priority level, which has seats. Objects of the API say how;
 * the two that must be there stand in for themselves when they are not.
 */
export class Fairness implements Disposable {
  readonly #deps: FairnessDeps;
  readonly #listeners: Disposable[];
  #levels = new Map<string, PriorityLevel>();
  #matcher: FlowMatcher<Flow>;
  #isStale = false;
  #adjustment: Disposable;

  constructor(deps: FairnessDeps) {
    this.#deps = deps;
    this.#matcher = this.#digest();
    const changed = (): void => void (this.#isStale = true);
    const handler = { added: changed, updated: changed, deleted: changed };
    this.#listeners = [deps.lookup.onChange(flowschemas, handler), deps.lookup.onChange(prioritylevelconfigurations, handler)];
    this.#adjustment = this.#adjustLater();
  }

  /** Lets a request run now, or when its turn comes. Throws, or rejects with, `Overloaded` when there is no place; rejects with the signal's reason. */
  enter(digest: Digest, { objects, signal }: Width): Admitted | Promise<Admitted> {
    if (this.#isStale) this.#matcher = this.#digest();
    const flow = this.#matcher.match(digest);
    const { level, classification } = flow;
    if (!level.queues) return { classification, seat: noSeat };
    const width = objects <= objectsPerSeat ? 1 : Math.min(level.maximumWidth, Math.ceil(objects / objectsPerSeat));
    const seat = level.queues.enter({ width, signal, hash: () => hashOfFlow(flow.schema.metadata.name ?? '', distinguisherOf(flow, digest)) });
    if (seat instanceof Promise) return seat.then((taken) => admitted(taken, classification));
    return admitted(seat, classification);
  }

  /** What each level has and uses, for metrics. */
  *levels(): Generator<{ readonly name: string; readonly limit: number; readonly seatsInUse: number; readonly waiting: number }> {
    for (const { name, queues } of this.#levels.values())
      if (queues) yield { name, limit: queues.limit, seatsInUse: queues.seatsInUse, waiting: queues.waiting };
  }

  /** Moves seats to the levels that need them, within what each may lend and borrow. Runs by itself every ten seconds. */
  adjust(): void {
    const now = performance.now();
    const limited = [...this.#levels.values()].flatMap((level) => (level.queues ? [{ level, queues: level.queues }] : []));
    const claims = limited.map(({ level: { bounds, demand } }) => {
      const { highest, smoothed } = demand.take(now);
      const lower = Math.max(bounds.lowest, Math.min(bounds.nominal, highest));
      return { lower, upper: bounds.highest, target: Math.max(lower, smoothed) };
    });
    const total = limited.reduce((sum, { level }) => sum + level.bounds.nominal, 0);
    for (const [index, share] of divideSeats(total, claims).entries()) limited[index]!.queues.limit = Math.round(share);
  }

  [Symbol.dispose](): void {
    this.#adjustment[Symbol.dispose]();
    for (const listener of this.#listeners) listener[Symbol.dispose]();
  }

  #adjustLater(): Disposable {
    return this.#deps.clock.after(adjustmentMs, () => {
      this.adjust();
      this.#adjustment = this.#adjustLater();
    });
  }

  /** Reads the objects anew. Levels that are still wanted keep their queues; others serve who waits in them and are forgotten. */
  #digest(): FlowMatcher<Flow> {
    const { lookup, seats, clock } = this.#deps;
    this.#isStale = false;
    const objects = withMandatory(lookup.list(prioritylevelconfigurations), mandatoryLevels());
    const before = this.#levels;
    this.#levels = new Map();
    for (const { object, bounds } of boundsOf(objects, seats)) {
      const level = new PriorityLevel(object, { bounds, clock, before: before.get(object.metadata.name ?? '') });
      this.#levels.set(level.name, level);
    }
    this.adjust();
    const flows = withMandatory(lookup.list(flowschemas), mandatoryFlows()).flatMap((schema) => {
      const level = this.#levels.get(schema.spec?.priorityLevelConfiguration?.name ?? '');
      return level ? [flowOf(schema, level)] : [];
    });
    return new FlowMatcher(flows, flows.find(({ schema }) => schema.metadata.name === 'catch-all')!);
  }
}

const flowOf = (schema: FlowSchema, level: PriorityLevel): Flow => ({
  schema,
  level,
  method: schema.spec?.distinguisherMethod?.type ?? '',
  classification: { flowSchemaUid: schema.metadata.uid ?? '', priorityLevelUid: level.uid },
});

function distinguisherOf({ method }: Flow, { user, info }: Digest): string {
  if (method === 'ByUser') return user.name;
  return method === 'ByNamespace' && info.isResource ? info.namespace : '';
}

function admitted(seat: Seat | undefined, classification: Classification): Admitted {
  if (!seat) throw new Overloaded(classification);
  return { seat, classification };
}

const mandatory = (name: string | undefined): boolean => name === 'exempt' || name === 'catch-all';
const mandatoryLevels = (): PriorityLevelConfiguration[] => priorityLevelObjects().filter(({ metadata }) => mandatory(metadata.name));
const mandatoryFlows = (): FlowSchema[] => flowSchemaObjects(0).filter(({ metadata }) => mandatory(metadata.name));

function withMandatory<T extends { metadata: { name?: string } }>(objects: readonly T[], required: readonly T[]): readonly T[] {
  const names = new Set(objects.map(({ metadata }) => metadata.name));
  return [...objects, ...required.filter(({ metadata }) => !names.has(metadata.name))];
}
