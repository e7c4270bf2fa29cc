import type { Schema } from '../schema.ts';
import { type FieldError, fieldError } from '../status.ts';
import { sortedFields } from './canonical-text.ts';
import { secondAppearances } from './duplicates.ts';
import { type Action, noSteps, sparseWalk, type Walk } from './sparse-walk.ts';

/** Finds items that a `set` list has twice, and keys that a `map` list has twice (apiextensions `pkg/apiserver/schema/listtype`). Undefined when a schema has no such lists. */
export const listTypeWalk = (schema: Schema): Walk<FieldError[]> | undefined => sparseWalk(schema, actionOf, noSteps());

function actionOf({ listType, listMapKeys }: Schema): Action<FieldError[]> | undefined {
  if (listType === 'set') return (value, path, errors) => (Array.isArray(value) ? reportDuplicates(value, (index) => value[index], path, errors) : undefined);
  if (listType !== 'map') return undefined;
  const names = listMapKeys ?? [];
  return (value, path, errors) => {
    if (!Array.isArray(value)) return;
    const stray = value.findIndex((item) => typeof item !== 'object' || Array.isArray(item));
    if (stray !== -1) errors.push(fieldError.invalid(`${path}[${stray}]`, sortedFields(value[stray]), 'must be an object for an array of list-type map'));
    else if (value.length > 1) reportDuplicates(comparableKeys(value, names), (index) => keysOf(value[index], names), path, errors);
  };
}

function reportDuplicates(items: readonly unknown[], shown: (index: number) => unknown, path: string, errors: FieldError[]): void {
  for (const index of secondAppearances(items)) errors.push(fieldError.duplicate(`${path}[${index}]`, sortedFields(shown(index))));
}

type Item = Readonly<Record<string, unknown>> | null;

/** What tells the items apart: of one key its values as they are, with `undefined` for an item without. */
const comparableKeys = (items: readonly Item[], names: readonly string[]): readonly unknown[] =>
  names.length === 1 ? items.map((item) => valueOf(item, names[0]!)) : items.map((item) => names.map((name) => valueOf(item, name) ?? absent(item, name)));

/** Null is an item without any keys. */
const valueOf = (item: Item, name: string): unknown => (item !== null && Object.hasOwn(item, name) ? item[name] : undefined);

/** No key and a key that is null are not the same; no key can be an object. */
const absent = (item: Item, name: string): unknown => (item !== null && Object.hasOwn(item, name) ? null : {});

/** The keys that an item has. */
const keysOf = (item: Item, names: readonly string[]): unknown =>
  Object.fromEntries(names.filter((name) => item !== null && Object.hasOwn(item, name)).map((name) => [name, item![name]]));
