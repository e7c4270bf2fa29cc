/** Entries added to a map that is being made. */
import { formatForMessage } from './message-format.ts';
import { type EntryMap, EvaluationError, MapValue, type Value } from './values.ts';

export function insertAll(map: EntryMap, entries: Value): void {
  if (!(entries instanceof MapValue)) throw new EvaluationError('no such overload');
  for (const [key, value] of entries.entries()) insertEntry(map, key, value);
}

/** A key that is there already is an EvaluationError. */
export function insertEntry(map: EntryMap, key: Value, value: Value): void {
  if (map.has(key)) throw new EvaluationError(`insert failed: key ${formatForMessage(key)} already exists`);
  map.add(key, value);
}
