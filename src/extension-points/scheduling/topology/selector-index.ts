import type { Labels, Selector } from '../../../api/label-selector.ts';

/** Finds those of many selectors that may match given labels, so that not every one has to be tried: by a label and value that each of them insists on. */
export class SelectorIndex<T> {
  readonly #byLabel = new Map<string, Map<string, Set<T>>>();
  /** Of selectors that insist on no value. */
  readonly #others = new Set<T>();
  readonly #selectors = new Map<T, Selector>();

  get size(): number {
    return this.#selectors.size;
  }

  add(item: T, selector: Selector): void {
    if (selector.matchesNothing) return;
    this.#selectors.set(item, selector);
    for (const bucket of this.#bucketsOf(selector)) bucket.add(item);
  }

  delete(item: T): void {
    const selector = this.#selectors.get(item);
    if (!selector) return;
    this.#selectors.delete(item);
    for (const bucket of this.#bucketsOf(selector)) bucket.delete(item);
    this.#forgetEmpty(selector);
  }

  /** Visits every item whose selector matches, and others; each once. */
  eachCandidate(labels: Labels | undefined, visit: (item: T) => void): void {
    for (const item of this.#others) visit(item);
    if (this.#byLabel.size === 0 || !labels) return;
    for (const key in labels) {
      const items = this.#byLabel.get(key)?.get(labels[key]!);
      if (items) for (const item of items) visit(item);
    }
  }

  #bucketsOf(selector: Selector): Set<T>[] {
    const required = anchorOf(selector);
    if (!required) return [this.#others];
    let byValue = this.#byLabel.get(required.key);
    if (!byValue) this.#byLabel.set(required.key, (byValue = new Map()));
    return required.values.map((value) => {
      let bucket = byValue.get(value);
      if (!bucket) byValue.set(value, (bucket = new Set()));
      return bucket;
    });
  }

  #forgetEmpty(selector: Selector): void {
    const required = anchorOf(selector);
    const byValue = required && this.#byLabel.get(required.key);
    if (!byValue) return;
    for (const value of required.values) if (byValue.get(value)?.size === 0) byValue.delete(value);
    if (byValue.size === 0) this.#byLabel.delete(required.key);
  }
}

/** The requirement to look a selector up by: of those that ask for values, the last, as what tells revisions apart (`pod-template-hash`) comes late in the alphabet. */
export const anchorOf = ({ requirements }: Selector): Selector['requirements'][number] | undefined =>
  requirements.findLast(({ operator }) => operator === '=' || operator === '==') ?? requirements.findLast(({ operator }) => operator === 'in');
