/**
 * Brings objects into the shape of their structural schema: unknown fields go, null in a field that is not nullable is absence, defaults fill what is absent, and the metadata of
 * embedded resources is read as that of built-in kinds. One pass for what upstream does in four (apiextensions `pkg/apiserver/schema`: pruning, defaulting, objectmeta).
 */
import type { Schema, SchemaSet } from '../schema.ts';
import { readEmbedded } from './embedded-metadata.ts';
import type { Draft, ShapeRun } from './shape-run.ts';

/** Shapes an object or a list. `keeps` says that unknown fields of it stay: the schema of a list around it preserves them. */
type Shape = (value: object, run: ShapeRun, keeps: boolean) => void;

const typeAndMetadata: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** Makes the shaping steps of schemas, each when the first value of it arrives. */
export class ShapeCompiler {
  readonly #schemas: SchemaSet;
  readonly #shared = new Map<string, Shape>();

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  /** The step of a whole object, whose type and metadata the server knows whatever the schema says. */
  compileRoot(schema: Schema): Shape {
    return this.compile({ ...schema, embeddedResource: true }, true);
  }

  compile(schema: Schema, isRoot = false): Shape {
    if (schema.ref !== undefined) return this.#reference(schema.ref);
    const ofList = this.#list(schema);
    const ofObject = this.#object(schema, isRoot);
    const keepsOwn = schema.preserveUnknownFields === true;
    return (value, run, keeps) => (Array.isArray(value) ? ofList(value, run, keepsOwn || keeps) : ofObject(value, run, keepsOwn || keeps));
  }

  #reference(id: string): Shape {
    const known = this.#shared.get(id);
    if (known) return known;
    let target: Shape | undefined;
    const shape: Shape = (value, run, keeps) => {
      const schema = this.#schemas.get(id);
      if (!schema) throw new Error(`no schema is called ${id}`);
      (target ??= this.compile(schema))(value, run, keeps);
    };
    this.#shared.set(id, shape);
    return shape;
  }

  #list({ items }: Schema): (list: unknown[], run: ShapeRun, keeps: boolean) => void {
    let shape: Shape | undefined;
    const itemDefault = items && defaultOf(items);
    return (list, run, keeps) => {
      if (!items && keeps) return;
      for (let index = 0; index < list.length; index++) {
        if (list[index] === null && itemDefault !== undefined && !items?.nullable && run.options.applyDefaults) run.fill(list, index, itemDefault);
        const item = list[index];
        if (typeof item !== 'object' || item === null) continue;
        shape ??= items ? this.compile(items) : empty;
        run.visit(index, () => shape!(item, run, keeps));
      }
    };
  }

  #object(schema: Schema, isRoot: boolean): Shape {
    const properties = schema.properties ?? {};
    const { additionalProperties } = schema;
    const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    const defaults = Object.entries(properties).filter(([, property]) => defaultOf(property) !== undefined);
    const shapes = new Map<string, Shape>();
    const shapeOf = (name: string): Shape | undefined => {
      const known = shapes.get(name);
      if (known) return known;
      const own = Object.hasOwn(properties, name);
      if (!own && additionalProperties === undefined) return undefined;
      const target = own ? properties[name] : others;
      // A map whose values have no schema keeps its keys, and nothing below them.
      const shape = target ? this.compile(target) : empty;
      if (own) shapes.set(name, shape);
      return shape;
    };
    const schemaOf = (name: string): Schema | undefined => (Object.hasOwn(properties, name) ? properties[name] : others);
    return (value, run, keeps) => {
      const object = value as Draft;
      if (run.options.applyDefaults) for (const [name, property] of defaults) fillDefault(object, name, property, run);
      if (schema.embeddedResource) {
        for (const name of typeAndMetadata) {
          const childSchema = object[name] === null ? schemaOf(name) : undefined;
          if (childSchema) removeNull(object, name, childSchema, run);
        }
        readEmbedded(object, run, isRoot);
      }
      for (const name of Object.keys(object)) {
        const child = object[name];
        if (child === null) {
          const childSchema = schemaOf(name);
          if (childSchema) removeNull(object, name, childSchema, run);
          else if (!keeps && additionalProperties === undefined && !(schema.embeddedResource && typeAndMetadata.has(name))) run.unknown(object, name);
          continue;
        }
        const shape = shapeOf(name);
        if (schema.embeddedResource && typeAndMetadata.has(name)) {
          if (shape && typeof child === 'object') run.withoutPruning(() => run.visit(name, () => shape(child, run, false)));
        } else if (!shape) {
          if (!keeps) run.unknown(object, name);
        } else if (typeof child === 'object') run.visit(name, () => shape(child, run, false), !Object.hasOwn(properties, name));
      }
    };
  }
}

/** For values without a schema: their fields are unknown, however deep. */
const empty: Shape = (value, run) => {
  if (!Array.isArray(value)) {
    for (const name of Object.keys(value)) run.unknown(value as Draft, name);
    return;
  }
  for (const [index, item] of value.entries()) if (typeof item === 'object' && item !== null) run.visit(index, () => empty(item, run, false));
};

/** `default: null` is none. */
const defaultOf = (schema: Schema): unknown => schema.default ?? undefined;

function fillDefault(object: Draft, name: string, property: Schema, run: ShapeRun): void {
  const isAbsent = !Object.hasOwn(object, name) || (object[name] === null && !property.nullable);
  if (isAbsent) run.fill(object, name, property.default);
}

/** Null where the schema does not allow it: a default takes its place, or it goes. */
function removeNull(object: Draft, name: string, schema: Schema, run: ShapeRun): void {
  if (schema.nullable) return;
  const value = defaultOf(schema);
  if (value === undefined) run.remove(object, name);
  else if (run.options.applyDefaults) run.fill(object, name, value);
}
