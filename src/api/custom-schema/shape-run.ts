import { FieldPath, pathText } from '../field-path.ts';
import { type FieldError, fieldErrorText } from '../status.ts';

export type Draft = Record<string, unknown>;

export interface ShapeOptions {
  /** Remove unknown fields; they are named either way. */
  readonly prune: boolean;
  readonly applyDefaults: boolean;
  /** Metadata that cannot be read is dropped rather than refused: upstream reads stored objects so. */
  readonly dropsMalformed?: boolean;
}

const maximumDepth = 1_000;
export const maximumUnknownFields = 100;

/** Ends the pass. */
class Unreadable extends Error {
  readonly field: FieldError | undefined;
  constructor(message: string, field?: FieldError) {
    super(message);
    this.field = field;
  }
}

/** One pass that brings an object into the shape of its schema. With `isProbe` it changes nothing and only finds out whether it would. */
export class ShapeRun {
  readonly options: ShapeOptions;
  readonly isProbe: boolean;
  readonly path = new FieldPath();
  readonly #places: (string | number)[] = [];
  /** What the schema does not know; and what the object's metadata, and that of embedded resources, does not: upstream names these apart. */
  readonly unknownFields: string[] = [];
  readonly unknownMetadata: string[] = [];
  readonly unknownEmbedded: string[] = [];
  decodeError: string | undefined;
  /** The field that `decodeError` is about, when it is about one. */
  refusal: FieldError | undefined;
  hasChanged = false;
  /** False inside the type and metadata of resources, whose fields the server knows. */
  isPruning = true;

  constructor(options: ShapeOptions, isProbe = false) {
    this.options = options;
    this.isProbe = isProbe;
  }

  /** Runs a whole pass; what cannot be read ends it with `decodeError`. */
  walk(pass: () => void): void {
    try {
      pass();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.decodeError = error.message;
      this.refusal = error.field;
    }
  }

  /** Works on a field or an item; `isEntry` says that the field is an entry of a map. */
  visit(part: string | number, work: () => void, isEntry = false): void {
    if (this.path.depth >= maximumDepth) throw new Unreadable('exceeded max depth');
    this.path.enter(part);
    this.#places.push(isEntry ? `[${part}]` : part);
    work();
    this.#places.pop();
    this.path.leave();
  }

  /** The place of a field as errors name it: entries of maps in brackets. `path` names them as unknown fields do. */
  place(name: string): string {
    return pathText([...this.#places, name]).replaceAll('.[', '[');
  }

  /** Ends the pass with an error of one field. */
  refuse(error: FieldError): never {
    throw new Unreadable(fieldErrorText(error), error);
  }

  remove(object: Draft, name: string): void {
    this.hasChanged = true;
    if (!this.isProbe) delete object[name];
  }

  /** Puts a copy of a default in a field. */
  fill(target: Draft | unknown[], at: string | number, value: unknown): void {
    this.hasChanged = true;
    if (this.isProbe) return;
    const copy: unknown = typeof value === 'object' ? structuredClone(value) : value;
    if (at === '__proto__') Object.defineProperty(target, at, { value: copy, writable: true, enumerable: true, configurable: true });
    else (target as Draft)[at] = copy;
  }

  /** A field that the schema does not know. */
  unknown(object: Draft, name: string): void {
    if (!this.isPruning) return;
    if (this.unknownFields.length < maximumUnknownFields) this.unknownFields.push(this.path.text(name));
    if (this.options.prune) this.remove(object, name);
  }

  /** Works on fields that are not to be pruned. */
  withoutPruning(work: () => void): void {
    const outer = this.isPruning;
    this.isPruning = false;
    work();
    this.isPruning = outer;
  }
}
