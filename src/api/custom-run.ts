import { FieldPath } from './field-path.ts';
import type { ProcessOptions } from './schema-processor.ts';
import type { FieldError } from './status.ts';

/** Holds one value against one part of a schema; what it finds goes to the run. */
export type Step = (value: unknown, run: CustomRun) => void;

const maximumErrors = 1_000;
const maximumUnknownFields = 100;
const maximumDepth = 1_000;

class TooDeep extends Error {}

/** One pass over one object of a custom resource: where it stands and what it found. */
export class CustomRun {
  readonly options: ProcessOptions;
  readonly path = new FieldPath();
  readonly unknownFields: string[] = [];
  errors: FieldError[] = [];
  decodeError: string | undefined;
  /** Inside `allOf`, `anyOf`, `oneOf` and `not` nothing is pruned or defaulted. */
  isValueOnly = false;

  constructor(options: ProcessOptions) {
    this.options = options;
  }

  /** Runs the whole pass; an object that nests too deep ends it with a decode error. */
  walk(step: Step, value: unknown): void {
    try {
      step(value, this);
    } catch (error) {
      if (!(error instanceof TooDeep)) throw error;
      this.decodeError = 'exceeded max depth';
    }
  }

  visit(part: string | number, step: Step, value: unknown): void {
    if (this.path.depth >= maximumDepth) throw new TooDeep();
    this.path.enter(part);
    step(value, this);
    this.path.leave();
  }

  report(error: FieldError): void {
    if (this.errors.length < maximumErrors) this.errors.push(error);
  }

  /** Names a field that the schema does not know, and removes it when the pass prunes. */
  unknown(object: Record<string, unknown>, name: string): void {
    this.addUnknown(this.path.text(name));
    if (this.options.prune) delete object[name];
  }

  addUnknown(path: string): void {
    if (this.unknownFields.length < maximumUnknownFields) this.unknownFields.push(path);
  }

  valuesOnly(work: () => void): void {
    const outer = this.isValueOnly;
    this.isValueOnly = true;
    work();
    this.isValueOnly = outer;
  }

  /** The errors a step would report, without reporting them. */
  attempt(step: Step, value: unknown): FieldError[] {
    const outer = this.errors;
    this.errors = [];
    this.valuesOnly(() => step(value, this));
    const found = this.errors;
    this.errors = outer;
    return found;
  }
}
