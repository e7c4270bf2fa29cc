import { Backoff } from '../../kernel/backoff.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Extension, ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import type { LabelledNode, LabelSet, NodeLabelSource } from './contract.ts';
import { type HeldLabels, readLabelSet } from './held-labels.ts';

export interface FollowedSourceOptions {
  readonly point: ExtensionPoint<NodeLabelSource>;
  readonly extension: Extension<NodeLabelSource>;
  readonly node: LabelledNode;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
}

/** A source that says things all the time is heard so often. */
const shortestPauseMs = 100;
const retry = { initialMs: 1_000, maximumMs: 300_000 };
const asked = 'source';

/** One source of one node: asks it, holds what it said last, and asks again after a failure. Disposing ends it. */
export class FollowedSource implements AsyncDisposable {
  readonly extension: Extension<NodeLabelSource>;
  readonly #options: FollowedSourceOptions;
  readonly #stopping = new AbortController();
  readonly #following: Promise<void>;
  readonly #backoff: Backoff;
  #held: HeldLabels | undefined;
  #said: ReadonlySet<string> = new Set();

  /** `held`: what the source, or one in its place, said before. */
  constructor(options: FollowedSourceOptions, held: HeldLabels | undefined) {
    this.extension = options.extension;
    this.#options = options;
    this.#held = held;
    this.#backoff = new Backoff({ ...retry, now: () => options.clock.now() });
    this.#following = this.#follow();
  }

  /** Undefined until it said anything. */
  get held(): HeldLabels | undefined {
    return this.#held;
  }

  /** What the source said before a restart; what it says now counts more. */
  remember(held: HeldLabels): void {
    this.#held ??= held;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('the source of labels is not asked any more'));
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { clock, log, node, extension } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        return await this.#listen(signal);
      } catch (error) {
        if (signal.aborted) return;
        const waitMs = this.#backoff.next(asked);
        log.warn('a source of node labels failed; what it said before holds', { source: extension.name, node: node.name, error, retryMs: waitMs });
        await clock.sleep(waitMs, signal).catch(() => undefined); // stopped: the loop ends
      }
    }
  }

  /** Ends with the source, or when the signal aborts, whatever the source does then. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { point, extension, node, clock } = this.#options;
    const sets = point.call(extension, 'labels', node, signal);
    const iterator = sets[Symbol.asyncIterator]();
    const { promise: stopped, resolve: stop } = Promise.withResolvers<{ done: true; value: undefined }>();
    const onAbort = (): void => stop({ done: true, value: undefined });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted) {
        const { done, value } = await Promise.race([iterator.next(), stopped]);
        if (done || signal.aborted) return;
        this.#hear(value);
        await clock.sleep(shortestPauseMs, signal).catch(() => undefined); // stopped: the loop ends
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      // Not waited for: it may hang in the middle of something.
      Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }

  #hear(set: LabelSet): void {
    const { extension, log, node, onChange } = this.#options;
    const { held, problems } = readLabelSet(set);
    for (const problem of problems) if (!this.#said.has(problem)) log.warn('a label is left out', { source: extension.name, node: node.name, problem });
    this.#said = new Set(problems);
    this.#held = held;
    this.#backoff.reset(asked);
    onChange();
  }
}
