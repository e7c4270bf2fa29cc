import type { UntypedObject } from '../../../api/object.ts';
import { mutableCopy } from '../operations/mutable-copy.ts';
import { compare } from './compare.ts';
import { fieldsOfConfiguration, TypeFaults } from './configuration-fields.ts';
import { difference, type FieldTree } from './field-tree.ts';
import type { Structure } from './structure.ts';
import { ElementError, isMap } from './typed-value.ts';

/** Where client-side apply keeps what it applied. */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
const totalAnnotationBytesLimit = 262_144;

/** Only kubectl's own server-side apply knows of the annotation. */
export const followsLastApplied = (manager: string): boolean => manager === 'kubectl';

/**
 * The fields that client-side apply set and nobody changed since: a first server-side apply may take those over without a conflict.
 * Undefined when the object has no such record, or none that can be read in this version.
 */
export function lastAppliedFields(live: UntypedObject, apiVersion: string, structure: Structure): FieldTree | undefined {
  const text = live.metadata.annotations?.[annotation];
  if (!text) return undefined;
  try {
    const applied: unknown = JSON.parse(text);
    if (!isMap(applied) || applied['apiVersion'] !== apiVersion) return undefined;
    const { added, modified, removed } = compare(applied, live, structure);
    return difference(difference(difference(fieldsOfConfiguration(applied, structure), modified), added), removed);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeFaults || error instanceof ElementError) return undefined;
    throw error;
  }
}

/** Keeps the record of client-side apply in step with what was applied now, where there is one. One that got too large goes. Answers the object to store. */
export function withLastApplied(object: UntypedObject, config: UntypedObject): UntypedObject {
  if (!object.metadata.annotations?.[annotation]) return object;
  const applied = mutableCopy(config);
  if (isMap(applied.metadata?.annotations)) delete applied.metadata.annotations[annotation];
  const annotations: Record<string, string> = { ...object.metadata.annotations, [annotation]: `${sortedJson(applied)}\n` };
  let total = 0;
  for (const [name, value] of Object.entries(annotations)) total += Buffer.byteLength(name) + Buffer.byteLength(String(value));
  if (total > totalAnnotationBytesLimit) delete annotations[annotation];
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** JSON with sorted fields and escaped markup, as Go writes maps. */
const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    isMap(inner) ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1))) : inner,
  ).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
