/** How large values of a schema may be, from its own bounds or else from what one request may hold: upstream's estimates. */

import type { Schema } from '../../schema.ts';
import type { Estimate } from '../library.ts';
import type { DeclaredType } from './schema-types.ts';

/** The largest request that upstream's estimates count with. Fixed, whatever the server accepts: rules must be as expensive everywhere. */
const maximumRequestBytes = 3 * 1024 * 1024;
/** Dates, times and durations in JSON, with quotation marks. */
const timeLength = 32;
const dateLength = 12;
const bytesPerCharacter = 4;

/** The fewest bytes of values in JSON. */
export const minimumSizes = { dynamic: 1, number: 1, boolean: 4, string: 2, container: 2, duration: 3, date: dateLength, dateTime: 21 } as const;

/** Of lists. */
export function itemBound(schema: Schema, minimumItemBytes: number): number {
  if (schema.maxItems !== undefined) return Math.max(0, schema.maxItems);
  return Math.floor((maximumRequestBytes - 2) / (minimumItemBytes + 1));
}

/** Of maps. */
export function entryBound(schema: Schema, minimumValueBytes: number): number {
  if (schema.maxProperties !== undefined) return Math.max(0, schema.maxProperties);
  return Math.floor((maximumRequestBytes - 2) / (minimumValueBytes + 6));
}

/** Of texts, in bytes: a character may have four of them. */
export function stringBound(schema: Schema): number {
  if (!schema.intOrString) {
    if (schema.format === 'duration' || schema.format === 'date-time') return timeLength;
    if (schema.format === 'date') return dateLength;
  }
  if (schema.maxLength !== undefined) return Math.max(0, schema.maxLength) * bytesPerCharacter;
  if (!schema.intOrString && schema.enum && schema.enum.length > 0) {
    return schema.enum.reduce<number>((longest, value) => (typeof value === 'string' ? Math.max(longest, Buffer.byteLength(value)) : longest), 0);
  }
  return maximumRequestBytes - 2;
}

/** Of texts that have one byte for each character. */
export const characterBound = (schema: Schema): number => (schema.maxLength === undefined ? maximumRequestBytes - 2 : Math.max(0, schema.maxLength));

/** How often data of at least so many bytes may be in one request: how often a rule runs that stands below lists or maps without bounds. */
export const maximumCardinality = (declared: DeclaredType): number => Math.floor(maximumRequestBytes / (declared.minimumSerializedSize + 1));

/** Finds sizes for `estimateCost`, by paths that start with `self` or `oldSelf`. */
export function sizesOf(root: DeclaredType): (path: readonly string[]) => Estimate | undefined {
  return (path) => {
    let current: DeclaredType | undefined = root;
    for (const name of path.slice(1)) {
      // Upstream knows no bound of the keys of maps: they count as empty.
      if (name === '@keys') return current.isMap && path.at(-1) === name ? { minimum: 0, maximum: 0 } : undefined;
      if (name === '@items' || name === '@values') current = current.element;
      else current = current.fields?.get(name);
      if (!current) return undefined;
    }
    return { minimum: 0, maximum: current.maximumElements };
  };
}
