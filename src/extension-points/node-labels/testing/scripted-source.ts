import type { LabelledNode, LabelSet, NodeLabelSource } from '../contract.ts';

/** A source that says what a test makes it say. */
export class ScriptedSource implements NodeLabelSource {
  /** How often it was asked. */
  asked = 0;
  readonly nodes: LabelledNode[] = [];
  readonly #said: LabelSet[] = [];
  #fault: Error | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(first?: LabelSet) {
    if (first) this.say(first);
  }

  say(set: LabelSet): void {
    this.#said.push(set);
    this.#wake();
  }

  /** Throws to everybody who asks, until it is mended. */
  fail(message: string): void {
    this.#fault = new Error(message);
    this.#wake();
  }

  mend(): void {
    this.#fault = undefined;
  }

  async *labels(node: LabelledNode, signal: AbortSignal): AsyncGenerator<LabelSet> {
    this.asked++;
    this.nodes.push(node);
    for (let seen = 0; !signal.aborted; ) {
      if (this.#fault) throw this.#fault;
      if (this.#said.length > seen) {
        seen = this.#said.length;
        yield this.#said[seen - 1]!;
      } else {
        await this.#news(signal);
      }
    }
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
