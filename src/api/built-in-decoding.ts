/**
 * Decodes drafts of built-in kinds as upstream's decoder reads Go structs (`sigs.k8s.io/json`): strict about JSON types, lenient about the rest.
 * The first value of a wrong type ends the pass; its message is Go's.
 */

import { isCommon } from './common-parts.ts';
import { pathText } from './field-path.ts';
import { decodeProblem, decodeScalar, goTypeName, isStruct, zeroValue } from './go-types.ts';
import type { Schema, SchemaSet } from './schema.ts';
import type { ProcessOptions, ProcessResult } from './schema-processor.ts';

/** Answers what shall stand in place of the value; undefined removes it. */
type Step = (value: unknown, run: Run) => unknown;
type Draft = Record<string, unknown>;

/** Deeper objects are refused before the stack ends. */
const maximumDepth = 1_000;
const maximumUnknownFields = 100;

/** What one pass carries along. */
interface Run {
  readonly options: ProcessOptions;
  readonly unknownFields: string[];
  /** Fields by name, items by index, keys of maps behind a mark: Go's errors leave out the latter two. */
  readonly path: (string | number)[];
  /** The struct that holds the current field. */
  struct: string;
}

/** A field's step; values whose `typeof` is `accepts` are fine as they stand. */
interface FieldStep {
  readonly step: Step;
  readonly accepts: string | undefined;
  /** Go's `omitempty`: an optional list or map that is empty is not there. */
  readonly omitsEmpty: boolean;
}

const keyMark = '\0';

/** Ends the pass. */
class DecodeError extends Error {}

/** The pass for objects of a built-in schema. */
export function decodeProcessor(schema: Schema, schemas: SchemaSet): (draft: unknown, options: ProcessOptions) => ProcessResult {
  const step = new Compiler(schemas).compile(schema);
  return (draft, options) => {
    const run: Run = { options, unknownFields: [], path: [], struct: '' };
    try {
      step(draft, run);
      return { unknownFields: run.unknownFields, errors: [] };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { unknownFields: run.unknownFields, errors: [], decodeError: error.message };
    }
  };
}

class Compiler {
  readonly #schemas: SchemaSet;
  readonly #shared = new Map<string, Step>();

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  compile(schema: Schema): Step {
    if (schema.ref !== undefined) return this.#reference(schema);
    // What has no declared shape is kept as it is (raw extensions, schemas within schemas).
    if (schema.preserveUnknownFields || (schema.type === undefined && !schema.intOrString)) return keep;
    if (schema.type === 'array') return this.#list(schema);
    if (schema.type === 'object' && schema.additionalProperties) return this.#map(schema, schema.additionalProperties);
    if (schema.type === 'object' && schema.properties) return this.#struct(schema, schema.properties, '');
    if (schema.type === 'object') return (value, run) => requireObject(value, schema, run);
    return (value, run) => {
      if (value === null) return undefined;
      const outcome = decodeScalar(schema, value);
      if (typeof outcome === 'object') fail(run, outcome.problem, value, schema);
      return outcome;
    };
  }

  /** A shared schema, compiled when the first value of it arrives. */
  #reference({ ref }: Schema): Step {
    const id = ref!;
    const known = this.#shared.get(id);
    if (known) return known;
    let target: Step | undefined;
    const step: Step = (value, run) => (target ??= this.#target(id))(value, run);
    this.#shared.set(id, step);
    return step;
  }

  #target(id: string): Step {
    const schema = this.#schemas.get(id);
    if (!schema) throw new Error(`no schema is called ${id}`);
    return isStruct(schema) ? this.#struct(schema, schema.properties!, id) : this.compile(schema);
  }

  #struct(schema: Schema, properties: Readonly<Record<string, Schema>>, id: string): Step {
    const steps = new Map<string, FieldStep>();
    const name = id.slice(id.lastIndexOf('.') + 1);
    const defaults = Object.entries(properties).filter(([, property]) => property.default !== undefined);
    const stepOf = (field: string): FieldStep | undefined => {
      const known = steps.get(field);
      if (known || !Object.hasOwn(properties, field)) return known;
      const property = properties[field]!;
      const step = { step: this.compile(property), accepts: acceptedType(property), omitsEmpty: !schema.required?.includes(field) && isCollection(property) };
      steps.set(field, step);
      return step;
    };
    return (value, run) => {
      if (value === null) return undefined;
      const object = requireObject(value, id === '' ? schema : { ref: id }, run) as Draft;
      requireDepth(run);
      const outer = run.struct;
      run.struct = name;
      for (const field of Object.keys(object)) visitField(object, field, stepOf(field), run);
      if (run.options.applyDefaults) for (const [field, property] of defaults) object[field] ??= structuredClone(property.default);
      run.struct = outer;
      return object;
    };
  }

  #list(schema: Schema): Step {
    const items = schema.items ?? {};
    const step = this.compile(items);
    return (value, run) => {
      if (value === null) return undefined;
      if (!Array.isArray(value)) return fail(run, undefined, value, schema);
      requireDepth(run);
      for (let index = 0; index < value.length; index++) {
        run.path.push(index);
        const next = visitElement(step, value[index], { schema: items, set: this.#schemas, run });
        if (next !== value[index]) value[index] = next;
        run.path.pop();
      }
      return value;
    };
  }

  #map(schema: Schema, values: Schema | true): Step {
    const inner = values === true ? {} : values;
    const step = values === true ? keep : this.compile(values);
    const accepts = acceptedType(inner);
    return (value, run) => {
      if (value === null) return undefined;
      const object = requireObject(value, schema, run) as Draft;
      requireDepth(run);
      for (const key of Object.keys(object)) {
        const old = object[key];
        if (typeof old === accepts) continue;
        run.path.push(`${keyMark}${key}`);
        const next = visitElement(step, old, { schema: inner, set: this.#schemas, run });
        run.path.pop();
        if (next !== old) define(object, key, next);
      }
      return object;
    };
  }
}

const keep: Step = (value) => value ?? undefined;

/** The `typeof` that needs no further look. */
function acceptedType(schema: Schema): string | undefined {
  if (schema.type === 'boolean') return 'boolean';
  return schema.type === 'string' && schema.format === undefined ? 'string' : undefined;
}

const isCollection = (schema: Schema): boolean =>
  schema.type === 'array' || (schema.type === 'object' && schema.additionalProperties !== undefined && schema.properties === undefined);

function visitField(object: Draft, field: string, known: FieldStep | undefined, run: Run): void {
  if (!known) {
    if (run.unknownFields.length < maximumUnknownFields) run.unknownFields.push(pathText([...run.path, field].map(unmarked)));
    if (run.options.prune) delete object[field];
    return;
  }
  const value = object[field];
  // A common part is what this pass has made of it before.
  if (typeof value === known.accepts || (run.path.length === 0 && isCommon(value))) return;
  run.path.push(field);
  const next = known.step(value, run);
  run.path.pop();
  if (next === undefined || (known.omitsEmpty && Object.keys(next as object).length === 0)) delete object[field];
  else if (next !== value) object[field] = next;
}

const unmarked = (part: string | number): string | number => (isKey(part) ? part.slice(keyMark.length) : part);
const isKey = (part: string | number): part is string => typeof part === 'string' && part.startsWith(keyMark);

/** An item of a list or map: null there is the zero value of its type, as in Go. */
function visitElement(step: Step, value: unknown, { schema, set, run }: { schema: Schema; set: SchemaSet; run: Run }): unknown {
  if (value === null) return zeroValue(schema, set);
  const next = step(value, run);
  return next === undefined ? null : next;
}

function requireObject(value: unknown, schema: Schema, run: Run): unknown {
  if (value === null) return undefined;
  return typeof value === 'object' && !Array.isArray(value) ? value : fail(run, undefined, value, schema);
}

function requireDepth(run: Run): void {
  if (run.path.length > maximumDepth) throw new DecodeError('exceeded max depth');
}

/** Ends the pass with the scalar's own problem, or with Go's text for a value of the wrong JSON type. */
function fail(run: Run, problem: string | undefined, value: unknown, schema: Schema): never {
  const goFields = run.path.filter((part) => typeof part === 'string' && !isKey(part)).map(String);
  throw new DecodeError(problem ?? decodeProblem(value, goTypeName(schema), run.struct, goFields));
}

function define(object: Draft, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}
