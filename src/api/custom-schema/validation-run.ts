import { FieldPath } from '../field-path.ts';
import type { FieldError } from '../status.ts';
import type { CorrelatedValue } from './correlation.ts';

/** Holds one value against one schema. What it finds goes to the run; it answers how much it found to be right, by which upstream picks the closest of several alternatives. */
export type Check = (value: unknown, run: ValidationRun) => number;

const maximumErrors = 1_000;
const maximumDepth = 1_000;

/** How many steps one validation may take: some 50 ms. Objects as they fit into a request take far fewer, unless their schema multiplies them. */
const maximumSteps = 300_000;

/** Ends the run. */
class Stopped extends Error {}

/** One validation of one value: where it stands, what it found, and what it has cost. */
export class ValidationRun {
  readonly path = new FieldPath();
  readonly errors: FieldError[] = [];
  readonly #prefix: string;
  /** The current value beside its old one, when errors of unchanged values do not count. */
  correlated: CorrelatedValue | undefined;
  #steps = 0;

  /** `prefix` goes before the paths of errors but not into their texts: upstream validates defaults and `/status` so. */
  constructor(prefix = '', correlated?: CorrelatedValue) {
    this.#prefix = prefix;
    this.correlated = correlated;
  }

  /** Runs a whole check; what nests too deep or costs too much ends it with an error. */
  walk(check: Check, value: unknown): void {
    try {
      this.#ratcheted(check, value);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      this.reportWhole(error.message);
    }
  }

  /** Checks a field, or an entry of a map. */
  visitField(name: string, check: Check, value: unknown, isEntry = false): number {
    const outer = this.correlated;
    // The version of an object and its old one are made the same before they are compared.
    const isHidden = this.path.depth === 0 && (name === 'apiVersion' || name === 'kind');
    if (outer) this.correlated = isHidden ? undefined : outer.field(name);
    // Upstream's texts have a dot before entries of a map that is the whole value.
    return this.#visit(isEntry && this.path.depth === 0 ? `.${name}` : name, check, value, outer);
  }

  visitItem(index: number, check: Check, value: unknown): number {
    const outer = this.correlated;
    if (outer) this.correlated = outer.item(index);
    return this.#visit(index, check, value, outer);
  }

  /** Stops the run when steps of this cost are too many; one step is about one comparison. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maximumSteps) throw new Stopped('validation takes too many steps: the object is too large for its schema');
  }

  /** An error at the current place, or below it. */
  report(type: FieldError['type'], { at, value, detail }: { at?: string; value?: unknown; detail?: string }): void {
    if (this.errors.length >= maximumErrors) return;
    this.errors.push({
      path: this.#prefixed(this.path.text(at)),
      type,
      ...(value === undefined ? {} : { value }),
      ...(detail === undefined ? {} : { detail }),
    });
  }

  /** An error that upstream reports without a place, which prints as `<nil>`. */
  reportWhole(detail: string): void {
    if (this.errors.length < maximumErrors) this.errors.push({ path: this.#prefix || '<nil>', type: 'FieldValueInvalid', value: '', detail });
  }

  #visit(part: string | number, check: Check, value: unknown, outer: CorrelatedValue | undefined): number {
    if (this.path.depth >= maximumDepth) throw new Stopped('exceeded max depth');
    this.spend(1);
    this.path.enter(part);
    const matches = this.#ratcheted(check, value);
    this.path.leave();
    this.correlated = outer;
    return matches;
  }

  #ratcheted(check: Check, value: unknown): number {
    const before = this.errors.length;
    const { correlated } = this;
    const matches = check(value, this);
    if (correlated && this.errors.length > before && correlated.isUnchanged) this.errors.length = before;
    return matches;
  }

  #prefixed(text: string): string {
    const path = text.startsWith('.') ? text.slice(1) : text;
    if (this.#prefix === '') return path;
    return path === '' ? this.#prefix : `${this.#prefix}.${path}`;
  }
}
