import type { Schema } from '../schema.ts';

/** Visits the parts of a value that something is to be done at. `path` is upstream's: entries of maps in brackets, `m[key]`. */
export type Walk<Context> = (value: unknown, path: string, context: Context) => void;

/** What is done at the values of one schema, before what is inside them. */
export type Action<Context> = (value: unknown, path: string, context: Context) => void;

/** Moves a context to a field, an entry or an item; undefined where the walk needs none. */
export interface Steps<Context> {
  field(context: Context, name: string): Context;
  item(context: Context, index: number): Context;
}

/**
 * Prepares a walk over values of a schema. `actionOf` answers what to do at a schema's values, or nothing; parts of the schema without any action are never entered. The answer is
 * undefined when there is nothing to do anywhere. Prepares the whole schema at once; `allOf` and the like are not looked into, as they have no such parts. `known` keeps the walks of
 * every part, for callers that start at many parts of one schema.
 */
export function sparseWalk<Context>(
  schema: Schema,
  actionOf: (schema: Schema) => Action<Context> | undefined,
  steps: Steps<Context>,
  known?: WeakMap<Schema, Walk<Context> | undefined>,
): Walk<Context> | undefined {
  if (!known?.has(schema)) {
    const walk = prepare(schema, actionOf, (part) => sparseWalk(part, actionOf, steps, known), steps);
    known?.set(schema, walk);
    return walk;
  }
  return known.get(schema);
}

function prepare<Context>(
  schema: Schema,
  actionOf: (schema: Schema) => Action<Context> | undefined,
  inside: (schema: Schema) => Walk<Context> | undefined,
  steps: Steps<Context>,
): Walk<Context> | undefined {
  const action = actionOf(schema);
  const ofItems = schema.items && inside(schema.items);
  const ofOthers = typeof schema.additionalProperties === 'object' ? inside(schema.additionalProperties) : undefined;
  const { properties } = schema;
  const fields: [name: string, walk: Walk<Context>][] = [];
  for (const name in properties) {
    const walk = inside(properties[name]!);
    if (walk) fields.push([name, walk]);
  }
  if (!action && !ofItems && !ofOthers && fields.length === 0) return undefined;
  return (value, path, context) => {
    action?.(value, path, context);
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      if (ofItems) for (let index = 0; index < value.length; index++) ofItems(value[index], `${path}[${index}]`, steps.item(context, index));
      return;
    }
    const object = value as Readonly<Record<string, unknown>>;
    for (const [name, walk] of fields) {
      if (Object.hasOwn(object, name)) walk(object[name], path === '' ? name : `${path}.${name}`, steps.field(context, name));
    }
    if (!ofOthers) return;
    for (const name of Object.keys(object)) {
      if (!properties || !Object.hasOwn(properties, name)) ofOthers(object[name], `${path}[${name}]`, steps.field(context, name));
    }
  };
}

/** For walks whose context is the same everywhere. */
export const noSteps = <Context>(): Steps<Context> => ({ field: (context) => context, item: (context) => context });
