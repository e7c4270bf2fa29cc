import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { AuditSink } from './auditor.ts';
import type { AuditEvent } from './event.ts';

export interface WebhookLogOptions {
  /** Delivers an `EventList`. Rejects when it did not arrive. */
  readonly post: (body: Buffer, signal: AbortSignal) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  /** Events of one delivery. Default 400, as upstream. */
  readonly batchSize?: number;
  /** How long the first event of a batch waits for more. Default 30 seconds, as upstream. */
  readonly batchWaitMs?: number;
  /** Events that wait; beyond it they are dropped. Default 10,000, as upstream. */
  readonly bufferSize?: number;
  /** Before the first repetition. Default 10 seconds, as upstream; later ones wait half as long again each. */
  readonly retryMs?: number;
}

const attempts = 5;
const lastDeliveryMs = 2_000;
/** Of all events that wait, whatever their number. */
const maximumCharacters = 64 * 1024 * 1024;

/** Sends events in batches, one delivery after the other. A batch that five attempts do not deliver is dropped, which the log says. */
export function createWebhookLog(options: WebhookLogOptions): AuditSink {
  return new WebhookLog(options);
}

class WebhookLog implements AuditSink {
  readonly #options: WebhookLogOptions;
  readonly #stop = new AbortController();
  /** Events as they are sent: what they were made of need not be kept. */
  readonly #waiting: string[] = [];
  #characters = 0;
  #timer: Disposable | undefined;
  #delivery: Promise<void> | undefined;
  #dropped = 0;

  constructor(options: WebhookLogOptions) {
    this.#options = options;
  }

  write(event: AuditEvent): void {
    const { bufferSize = 10_000, batchSize = 400, batchWaitMs = 30_000, clock, log } = this.#options;
    if (this.#waiting.length >= bufferSize || this.#characters >= maximumCharacters) {
      if (this.#dropped++ === 0) log.error('audit events are dropped: the webhook does not take them as fast as they come');
      return;
    }
    const item = JSON.stringify(event);
    this.#waiting.push(item);
    this.#characters += item.length;
    if (this.#waiting.length >= batchSize) this.#deliver();
    else this.#timer ??= clock.after(batchWaitMs, () => this.#deliver());
  }

  /** What is left is sent once more, shortly. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#stop.abort(new Error('the API server is stopping'));
    await this.#delivery;
    const signal = AbortSignal.timeout(lastDeliveryMs);
    for (let batch = this.#batch(); batch.length > 0 && !signal.aborted; batch = this.#batch())
      await this.#options.post(bodyOf(batch), signal).catch((error: unknown) => this.#lost(batch, error));
  }

  #deliver(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#stop.signal.aborted) return;
    this.#delivery ??= this.#send().finally(() => {
      this.#delivery = undefined;
      if (this.#waiting.length > 0) this.#deliver();
    });
  }

  async #send(): Promise<void> {
    const { post, clock, retryMs = 10_000 } = this.#options;
    const batch = this.#batch();
    const body = bodyOf(batch);
    const { signal } = this.#stop;
    for (let attempt = 1, delayMs = retryMs; ; attempt++, delayMs *= 1.5) {
      try {
        await post(body, signal);
        return;
      } catch (error) {
        if (attempt === attempts || signal.aborted) return this.#lost(batch, error);
        await clock.sleep(delayMs, signal).catch(() => {});
      }
    }
  }

  #batch(): string[] {
    const batch = this.#waiting.splice(0, this.#options.batchSize ?? 400);
    this.#characters -= batch.reduce((total, item) => total + item.length, 0);
    return batch;
  }

  #lost(batch: readonly string[], error: unknown): void {
    this.#options.log.error('audit events could not be delivered', { count: batch.length, dropped: this.#dropped, error });
    this.#dropped = 0;
  }
}

const bodyOf = (items: readonly string[]): Buffer =>
  Buffer.from(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${items.join(',')}]}`);
