import type { ObjectReference } from '../api/generated/core-v1.ts';
import type { KubernetesObject } from '../api/object.ts';
import { ApiError, isAlreadyExists, isNotFound } from '../api/status.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';

export interface EventSenderOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** One write of an event. */
export interface EventSend {
  /** Writes with the same one are sent in order, others side by side. */
  readonly order: object;
  /** For the log. */
  readonly reason: string;
  readonly about: ObjectReference;
  /** Sends it. Called again when the API could not be reached. */
  run(): Promise<void>;
}

const maximumQueued = 1_000;
/** How many are on their way at a time: one after the other, each would wait for the commit of the one before. */
const maximumSends = 16;
const maximumMessageBytes = 1_024;
const maximumAttempts = 12;
const retryAfterMs = 10_000;

/** Sends events in the background, at most 1,000 of them waiting; a write that is refused is given up, one that found nobody is tried 12 times (client-go's recorders). */
export class EventSender implements AsyncDisposable {
  readonly #options: EventSenderOptions;
  readonly #queue: EventSend[] = [];
  /** What waits behind a write of the same order that is on its way. */
  readonly #behind = new Map<object, EventSend[]>();
  readonly #senders = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #waiting = 0;
  /** Senders that will look at the queue again. */
  #active = 0;
  #lastName = 0n;

  constructor(options: EventSenderOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Answers whether there was room for it. */
  enqueue(send: EventSend): boolean {
    if (this.isStopped) return false;
    if (this.#waiting >= maximumQueued) {
      this.#options.log.warn('an event was dropped: too many are waiting to be sent', { reason: send.reason, object: send.about.name });
      return false;
    }
    this.#queue.push(send);
    this.#waiting++;
    if (this.#active >= maximumSends) return true;
    this.#active++;
    const sender: Promise<void> = this.#drain().finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
    return true;
  }

  async idle(): Promise<void> {
    while (this.#senders.size > 0) await Promise.all(this.#senders);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('event recorder stopped'));
    return this.idle();
  }

  /** `<object>.<nanoseconds in hexadecimal>`; never the same one twice. The clock knows milliseconds; what is below is drawn, so that recorders do not meet. */
  nameFor(object: ObjectReference): string {
    const nanoseconds = BigInt(Math.floor(this.#options.clock.now())) * 1_000_000n + BigInt(Math.floor(Math.random() * 1_000_000));
    this.#lastName = nanoseconds > this.#lastName ? nanoseconds : this.#lastName + 1n;
    return `${object.name ?? ''}.${this.#lastName.toString(16)}`;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // events of one synchronous stretch are sent after it
    for (let send = this.#queue.shift(); send && !this.isStopped; send = this.#queue.shift()) await this.#sendInOrder(send);
    this.#active--;
  }

  async #sendInOrder(first: EventSend): Promise<void> {
    const { order } = first;
    const ahead = this.#behind.get(order);
    if (ahead) return void ahead.push(first);
    const behind: EventSend[] = [];
    this.#behind.set(order, behind);
    for (let send: EventSend | undefined = first; send && !this.isStopped; send = behind.shift()) {
      this.#waiting--;
      await this.#sendWithRetries(send);
    }
    this.#behind.delete(order);
  }

  async #sendWithRetries(send: EventSend): Promise<void> {
    for (let attempt = 1; attempt <= maximumAttempts; attempt++) {
      try {
        return await send.run();
      } catch (error) {
        // A refusal is final; only an API that cannot be reached is worth another try.
        const isRefusal = error instanceof ApiError && error.code !== 503 && error.code !== 429;
        if (isRefusal || attempt === maximumAttempts) {
          // Nothing can be created in a namespace that is going away: upstream is silent about it too.
          const isExpected = error instanceof ApiError && (error.reason === 'Forbidden' || isAlreadyExists(error) || isNotFound(error));
          this.#options.log[isExpected ? 'debug' : 'warn']('an event could not be sent', { reason: send.reason, object: send.about.name, error });
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
}

/** Where the event of an object is: beside it, or in `default`. */
export const namespaceOf = (object: ObjectReference): string => object.namespace || 'default';

/** What an event says its object is. */
export function referenceTo(object: KubernetesObject, fieldPath?: string): ObjectReference {
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
export function cutMessage(message: string): string {
  // A character has three bytes at most for each of its units.
  if (message.length * 3 <= maximumMessageBytes || Buffer.byteLength(message) <= maximumMessageBytes) return message;
  return new TextDecoder().decode(Buffer.from(message).subarray(0, maximumMessageBytes - 3)).replace(/\uFFFD$/, '');
}
