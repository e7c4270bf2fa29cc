/**
 * Holds objects of custom resources against their structural schema: prunes, fills defaults, validates. Rules and texts: apiextensions `pkg/apiserver/schema`
 * and `k8s.io/kube-openapi/pkg/validation`.
 */

import { decodeProcessor } from './built-in-decoding.ts';
import { builtInSchemas } from './built-in-schemas.ts';
import type { Check } from './custom-checks.ts';
import { arrayChecks, enumCheck, numberChecks, objectChecks, stringChecks, typeName } from './custom-checks.ts';
import { compositionCheck } from './custom-composition.ts';
import type { Step } from './custom-run.ts';
import { CustomRun } from './custom-run.ts';
import type { Schema, SchemaSet } from './schema.ts';
import type { ProcessOptions, ProcessResult } from './schema-processor.ts';
import { fieldError } from './status.ts';

type Draft = Record<string, unknown>;

const objectMetaId = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
/** What every object has, whatever its schema says. */
const typeAndMetadata: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** The pass for objects of a structural schema. */
export function customProcessor(schema: Schema, schemas: SchemaSet): (draft: unknown, options: ProcessOptions) => ProcessResult {
  const target = schema.ref === undefined ? schema : schemas.get(schema.ref);
  const root = new CustomCompiler(schemas).compile({ ...target, type: 'object', embeddedResource: true });
  return (draft, options) => {
    const run = new CustomRun(options);
    run.walk(root, draft);
    return { unknownFields: run.unknownFields, errors: run.errors, ...(run.decodeError === undefined ? {} : { decodeError: run.decodeError }) };
  };
}

class CustomCompiler {
  readonly #schemas: SchemaSet;
  readonly #shared = new Map<string, Step>();
  #decodeMetadata: ReturnType<typeof decodeProcessor> | undefined;

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  compile(schema: Schema): Step {
    if (schema.ref !== undefined) return this.#reference(schema.ref);
    const content = this.#content(schema);
    const checks = [...this.#checks(schema), ...compositionCheck(schema, (part) => this.compile(part))];
    return (value, run) => {
      if (value === null && schema.nullable) return;
      if (!hasType(schema, value)) return reportType(schema, value, run);
      content?.(value, run);
      for (const check of checks) check(value, run);
    };
  }

  #reference(id: string): Step {
    const known = this.#shared.get(id);
    if (known) return known;
    let target: Step | undefined;
    const step: Step = (value, run) => {
      const schema = this.#schemas.get(id);
      if (!schema) throw new Error(`no schema is called ${id}`);
      (target ??= this.compile(schema))(value, run);
    };
    this.#shared.set(id, step);
    return step;
  }

  #checks(schema: Schema): Check[] {
    return [...enumCheck(schema), ...stringChecks(schema), ...numberChecks(schema), ...arrayChecks(schema), ...objectChecks(schema)];
  }

  /** The step for what an object or list holds. */
  #content(schema: Schema): Step | undefined {
    if (schema.items) return this.#items(schema.items);
    if (schema.type === 'object' || schema.properties || schema.additionalProperties || schema.embeddedResource) return this.#fields(schema);
    return undefined;
  }

  #items(items: Schema): Step {
    let step: Step | undefined;
    return (value, run) => {
      if (!Array.isArray(value)) return;
      step ??= this.compile(items);
      for (let index = 0; index < value.length; index++) run.visit(index, step, value[index]);
    };
  }

  #fields(schema: Schema): Step {
    const steps = new Map<string, Step>();
    const properties = schema.properties ?? {};
    const others = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    const keepsUnknown = schema.preserveUnknownFields === true || schema.additionalProperties === true;
    const resource = schema.embeddedResource ? this.#resource() : undefined;
    const defaults = Object.entries(properties).filter(([, property]) => property.default !== undefined);
    let otherStep: Step | undefined;
    const stepOf = (name: string): Step | undefined => {
      if (!Object.hasOwn(properties, name)) return others && (otherStep ??= this.compile(others));
      let step = steps.get(name);
      if (!step) steps.set(name, (step = this.compile(properties[name]!)));
      return step;
    };
    return (value, run) => {
      if (!isObject(value)) return;
      if (!run.isValueOnly) {
        removeNulls(value, properties, others);
        if (run.options.applyDefaults) for (const [name, property] of defaults) if (value[name] === undefined) value[name] = structuredClone(property.default);
      }
      resource?.(value, run);
      for (const name of Object.keys(value)) {
        const isTypeOrMetadata = resource !== undefined && typeAndMetadata.has(name);
        const step = stepOf(name);
        // The server owns the shape of metadata; a schema may only constrain the name.
        if (step && isTypeOrMetadata) run.valuesOnly(() => run.visit(name, step, value[name]));
        else if (step) run.visit(name, step, value[name]);
        else if (!isTypeOrMetadata && !keepsUnknown && !run.isValueOnly) run.unknown(value, name);
      }
    };
  }

  /** Reads metadata as built-in kinds do, and wants apiVersion and kind. */
  #resource(): Step {
    return (value, run) => {
      if (!isObject(value) || run.isValueOnly) return;
      const isRoot = run.path.depth === 0;
      if (!isRoot) requireType(value, run);
      if (value.metadata === undefined) return;
      this.#decodeMetadata ??= decodeProcessor({ ref: objectMetaId }, builtInSchemas);
      const { unknownFields, decodeError } = this.#decodeMetadata(value.metadata, { prune: run.options.prune, applyDefaults: false, dialect: 'built-in' });
      for (const field of unknownFields) run.addUnknown(`${run.path.text('metadata')}.${field}`);
      if (decodeError === undefined) return;
      if (isRoot) run.decodeError ??= decodeError;
      else run.report(fieldError.invalid(run.path.text('metadata'), value.metadata, decodeError));
    };
  }
}

function requireType(value: Draft, run: CustomRun): void {
  for (const name of ['apiVersion', 'kind']) {
    if (typeof value[name] !== 'string' || value[name] === '') run.report(fieldError.required(run.path.text(name), 'must not be empty'));
  }
}

/** Null in a field that is not nullable is absence: it is dropped, and a default may take its place. */
function removeNulls(value: Draft, properties: Readonly<Record<string, Schema>>, others: Schema | undefined): void {
  for (const name of Object.keys(value)) {
    if (value[name] !== null) continue;
    const schema = Object.hasOwn(properties, name) ? properties[name] : others;
    if (schema && !schema.nullable) delete value[name];
  }
}

function hasType(schema: Schema, value: unknown): boolean {
  if (schema.intOrString) return typeof value === 'string' || Number.isInteger(value);
  switch (schema.type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === schema.type;
    // Only value validations and preserved values have no type.
    default:
      return value !== null || schema.nullable === true || schema.preserveUnknownFields === true;
  }
}

function reportType(schema: Schema, value: unknown, run: CustomRun): void {
  const wanted = schema.intOrString ? 'integer,string' : schema.type;
  if (wanted === undefined) return;
  const path = run.path.text();
  run.report({
    path,
    type: 'FieldValueTypeInvalid',
    value: typeName(value),
    detail: `${path} in body must be of type ${wanted}: ${JSON.stringify(typeName(value))}`,
  });
}

const isObject = (value: unknown): value is Draft => typeof value === 'object' && value !== null && !Array.isArray(value);
