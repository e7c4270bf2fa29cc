import type { EventSource, ObjectReference } from '../api/generated/core-v1.ts';
import type { Clock } from '../kernel/clock.ts';

export interface RecordedEvent {
  readonly source: EventSource;
  readonly object: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** An event with its place in a series. */
export interface CorrelatedEvent extends RecordedEvent {
  readonly count: number;
  readonly firstMs: number;
  readonly atMs: number;
  /** Shared by all events of the series; the sender keeps the name of the object here. */
  readonly entry: { name?: string };
}

const maximumEntries = 4_096;
// client-go: per source and object a burst of 25, then one every 5 minutes.
const burst = 25;
const refillMs = 300_000;
// client-go: more than 10 different messages of one reason within 10 minutes are combined.
const maximumSimilar = 10;
const similarWithinMs = 600_000;

/** Decides what becomes of an event: dropped as spam, counted with equal ones, or combined with similar ones (client-go's EventCorrelator). */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #buckets = new Recent<{ tokens: number; atMs: number }>();
  readonly #similar = new Recent<{ messages: Set<string>; atMs: number }>();
  readonly #series = new Recent<{ count: number; firstMs: number; entry: { name?: string } }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Answers undefined for spam. */
  correlate(event: RecordedEvent): CorrelatedEvent | undefined {
    const objectKey = keyOf([
      event.source.component,
      event.source.host,
      event.object.kind,
      event.object.namespace,
      event.object.name,
      event.object.uid,
      event.object.apiVersion,
    ]);
    const reasonKey = keyOf([objectKey, event.object.fieldPath, event.type, event.reason]);
    const isCombined = this.#isCombined(reasonKey, event.message);
    const message = isCombined ? `(combined from similar events): ${event.message}` : event.message;
    const seriesKey = isCombined ? reasonKey : keyOf([reasonKey, event.message]);
    const atMs = this.#clock.now();
    const series = this.#series.get(seriesKey) ?? this.#series.set(seriesKey, { count: 0, firstMs: atMs, entry: {} });
    series.count++;
    if (this.#isSpam(objectKey)) return undefined;
    return { ...event, message, count: series.count, firstMs: series.firstMs, atMs, entry: series.entry };
  }

  #isCombined(reasonKey: string, message: string): boolean {
    const atMs = this.#clock.now();
    let similar = this.#similar.get(reasonKey);
    if (!similar || atMs - similar.atMs > similarWithinMs) similar = this.#similar.set(reasonKey, { messages: new Set(), atMs });
    similar.messages.add(message);
    similar.atMs = atMs;
    if (similar.messages.size < maximumSimilar) return false;
    similar.messages.delete(similar.messages.values().next().value ?? '');
    return true;
  }

  #isSpam(objectKey: string): boolean {
    const atMs = this.#clock.now();
    const bucket = this.#buckets.get(objectKey) ?? this.#buckets.set(objectKey, { tokens: burst, atMs });
    bucket.tokens = Math.min(burst, bucket.tokens + (atMs - bucket.atMs) / refillMs);
    bucket.atMs = atMs;
    if (bucket.tokens < 1) return true;
    bucket.tokens -= 1;
    return false;
  }
}

const keyOf = (parts: readonly (string | undefined)[]): string => parts.map((part) => part ?? '').join('\0');

/** A map that keeps the values used last. */
class Recent<T> {
  readonly #values = new Map<string, T>();

  get(key: string): T | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, value);
    }
    return value;
  }

  set(key: string, value: T): T {
    this.#values.set(key, value);
    if (this.#values.size > maximumEntries) this.#values.delete(this.#values.keys().next().value ?? '');
    return value;
  }
}
