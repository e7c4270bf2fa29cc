import type { Event, ObjectReference } from '../api/generated/core-v1.ts';
import { events as eventType } from '../api/generated/resource-types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { ApiError, isAlreadyExists, isNotFound } from '../api/status.ts';
import { type Clock, timeText } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Client } from './client.ts';
import { type CorrelatedEvent, EventCorrelator } from './event-correlator.ts';
import type { EventRecorder } from './events.ts';

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** `source.component` and `reportingComponent`, such as `deployment-controller`. */
  readonly component: string;
  readonly host?: string;
  /** The `action` of events, by their reason. Default: none. */
  readonly actions?: Readonly<Record<string, string>>;
}

const maximumQueued = 1_000;
/** How many are on their way at a time: one after the other, each would wait for the commit of the one before. */
const maximumSends = 16;
const maximumMessageBytes = 1_024;
const maximumAttempts = 12;
const retryAfterMs = 10_000;

/**
 * Records core/v1 events as client-go does: equal ones are counted in one object, many similar ones are combined, an object may have a burst of 25 and then one event
 * every 5 minutes, and at most 1,000 wait to be sent. What is counted in one object is sent in order, other events side by side. Disposing gives up what was not
 * sent yet.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder & AsyncDisposable {
  const sender = new EventSender(options);
  const recorder = (component: string, host: string | undefined): EventRecorder => ({
    record: (object, type, reason, message, fieldPath) =>
      sender.enqueue({ source: { component, ...(host ? { host } : {}) }, object: referenceTo(object, fieldPath), type, reason, message: cut(message) }),
    as: recorder,
    flush: () => sender.idle(),
  });
  return Object.assign(recorder(options.component, options.host), { [Symbol.asyncDispose]: () => sender.stop() });
}

class EventSender {
  readonly #options: EventRecorderOptions;
  readonly #correlator: EventCorrelator;
  readonly #queue: CorrelatedEvent[] = [];
  /** What waits behind an event on its way that is counted in the same object. */
  readonly #behind = new Map<CorrelatedEvent['entry'], CorrelatedEvent[]>();
  readonly #senders = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #waiting = 0;
  /** Senders that will look at the queue again. */
  #active = 0;
  #lastName = 0n;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlator = new EventCorrelator(options.clock);
  }

  enqueue(event: Parameters<EventCorrelator['correlate']>[0]): void {
    if (this.#abort.signal.aborted) return;
    const correlated = this.#correlator.correlate(event);
    if (!correlated) return;
    if (this.#waiting >= maximumQueued) {
      this.#options.log.warn('an event was dropped: too many are waiting to be sent', { reason: event.reason, object: event.object.name });
      return;
    }
    this.#queue.push(correlated);
    this.#waiting++;
    if (this.#active >= maximumSends) return;
    this.#active++;
    const sender: Promise<void> = this.#drain().finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
  }

  async idle(): Promise<void> {
    while (this.#senders.size > 0) await Promise.all(this.#senders);
  }

  stop(): Promise<void> {
    this.#abort.abort(new Error('event recorder stopped'));
    return this.idle();
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // events of one synchronous stretch are sent after it
    for (let event = this.#queue.shift(); event && !this.#abort.signal.aborted; event = this.#queue.shift()) await this.#sendInOrder(event);
    this.#active--;
  }

  async #sendInOrder(first: CorrelatedEvent): Promise<void> {
    const { entry } = first;
    const ahead = this.#behind.get(entry);
    if (ahead) return void ahead.push(first);
    const behind: CorrelatedEvent[] = [];
    this.#behind.set(entry, behind);
    for (let event: CorrelatedEvent | undefined = first; event && !this.#abort.signal.aborted; event = behind.shift()) {
      this.#waiting--;
      await this.#sendWithRetries(event);
    }
    this.#behind.delete(entry);
  }

  async #sendWithRetries(event: CorrelatedEvent): Promise<void> {
    for (let attempt = 1; attempt <= maximumAttempts; attempt++) {
      try {
        return await this.#send(event);
      } catch (error) {
        // A refusal is final; only an API that cannot be reached is worth another try.
        const isRefusal = error instanceof ApiError && error.code !== 503 && error.code !== 429;
        if (isRefusal || attempt === maximumAttempts) {
          // Nothing can be created in a namespace that is going away: upstream is silent about it too.
          const isExpected = error instanceof ApiError && (error.reason === 'Forbidden' || isAlreadyExists(error) || isNotFound(error));
          this.#options.log[isExpected ? 'debug' : 'warn']('an event could not be sent', { reason: event.reason, object: event.object.name, error });
          return;
        }
      }
      const wasStopped = await this.#options.clock.sleep(retryAfterMs, this.#abort.signal).then(
        () => false,
        () => true,
      );
      if (wasStopped) return;
    }
  }

  async #send(event: CorrelatedEvent): Promise<void> {
    const { client } = this.#options;
    const known = event.entry;
    if (known.name && event.count > 1) {
      const body = { count: event.count, message: event.message, lastTimestamp: timeText(event.atMs) };
      const isPatched = await client.patch(eventType, { namespace: namespaceOf(event.object), name: known.name }, { type: 'merge', body }).then(
        () => true,
        (error: unknown) => {
          if (isNotFound(error)) return false; // expired meanwhile
          throw error;
        },
      );
      if (isPatched) return;
    }
    known.name = this.#nameFor(event.object);
    await client.create(eventType, this.#wireForm(event, known.name)).catch(async (error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
      known.name = this.#nameFor(event.object); // another recorder hit on the same nanosecond
      await client.create(eventType, this.#wireForm(event, known.name));
    });
  }

  /** `<object>.<nanoseconds in hexadecimal>`; never the same one twice. The clock knows milliseconds; what is below is drawn, so that recorders do not meet. */
  #nameFor(object: ObjectReference): string {
    const nanoseconds = BigInt(Math.floor(this.#options.clock.now())) * 1_000_000n + BigInt(Math.floor(Math.random() * 1_000_000));
    this.#lastName = nanoseconds > this.#lastName ? nanoseconds : this.#lastName + 1n;
    return `${object.name ?? ''}.${this.#lastName.toString(16)}`;
  }

  #wireForm(event: CorrelatedEvent, name: string): Event {
    const action = this.#options.actions?.[event.reason];
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: namespaceOf(event.object) },
      involvedObject: event.object,
      reason: event.reason,
      message: event.message,
      source: event.source,
      firstTimestamp: timeText(event.firstMs),
      lastTimestamp: timeText(event.atMs),
      count: event.count,
      type: event.type,
      ...(action ? { action } : {}),
      reportingComponent: event.source.component ?? '',
      reportingInstance: event.source.host ?? '',
    };
  }
}

const namespaceOf = (object: ObjectReference): string => object.namespace || 'default';

function referenceTo(object: KubernetesObject, fieldPath: string | undefined): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    ...(object.kind ? { kind: object.kind } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(uid ? { uid } : {}),
    ...(object.apiVersion ? { apiVersion: object.apiVersion } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(fieldPath ? { fieldPath } : {}),
  };
}

/** Cuts to 1,024 bytes of UTF-8 without splitting a character. */
function cut(message: string): string {
  if (Buffer.byteLength(message) <= maximumMessageBytes) return message;
  return new TextDecoder().decode(Buffer.from(message).subarray(0, maximumMessageBytes - 3)).replace(/\uFFFD$/, '');
}
