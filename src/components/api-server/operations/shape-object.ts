import type { UntypedObject } from '../../../api/object.ts';
import { compileSchema } from '../../../api/schema-processor.ts';
import { badRequest, type FieldError } from '../../../api/status.ts';
import type { ServedResource } from '../resource-index.ts';
import { ensureMetadata } from './object-metadata.ts';

/**
 * Brings a decoded draft into the shape of its kind: wrong types are refused (400), unknown fields dropped, defaults filled in.
 * Answers what strict decoding would object to: `unknown field "spec.foo"`.
 */
export function shapeObject(served: ServedResource, draft: UntypedObject): string[] {
  const { schema } = served.shape;
  const strict: string[] = [];
  if (schema) {
    const { unknownFields, decodeError } = compileSchema(schema, served.definition.schemas).process(draft, {
      prune: true,
      applyDefaults: true,
      dialect: dialectOf(served),
    });
    if (decodeError !== undefined) throw cannotBeHandled(served, decodeError);
    for (const field of unknownFields) strict.push(`unknown field ${JSON.stringify(field)}`);
  }
  ensureMetadata(draft);
  served.definition.applyDefaults?.(draft, served.version);
  return strict;
}

/** Shapes again what a mutating plugin has left. Unknown fields are dropped silently, as upstream does with webhook answers. */
export function redefault(served: ServedResource, draft: UntypedObject): void {
  shapeObject(served, draft);
}

/** Violations of the schema itself. Built-in kinds have their rules in code; custom resources have them here. */
export function schemaErrors(served: ServedResource, object: UntypedObject): readonly FieldError[] {
  const { schema } = served.shape;
  if (!schema || !served.isCustom) return [];
  return compileSchema(schema, served.definition.schemas).process(object, { prune: false, applyDefaults: false, dialect: 'custom' }).errors;
}

const dialectOf = (served: ServedResource): 'custom' | 'built-in' => (served.isCustom ? 'custom' : 'built-in');

/** The 400 for a body that cannot be decoded. */
export const cannotBeHandled = (served: { kind: string; version: string }, why: string): Error =>
  badRequest(`${served.kind} in version ${JSON.stringify(served.version)} cannot be handled as a ${served.kind}: ${why}`);
