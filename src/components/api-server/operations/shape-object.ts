import { scaleErrors } from '../../../api/custom-schema/scale-errors.ts';
import { RuleEvaluation } from '../../../api/custom-schema/validation-rules/rule-evaluation.ts';
import { ruleThread } from '../../../api/custom-schema/validation-rules/rule-thread.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { compileSchema, type ProcessOptions } from '../../../api/schema-processor.ts';
import { badRequest, type FieldError } from '../../../api/status.ts';
import { pathSegmentName, validateObjectMeta } from '../../../extension-points/resources/object-meta.ts';
import { subresourcesOf } from '../../../extension-points/resources/subresources.ts';
import type { ServedResource } from '../resource-index.ts';
import { requestTurns } from '../turns.ts';
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
      only: 'shape',
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

/**
 * Violations of the schema itself. Built-in kinds have their rules in code; custom resources have them here. On an update, what was wrong before and has not changed may stay.
 * The `/status` of a custom resource holds only the status against the schema.
 * Rules are spread over turns of the event loop; one that takes long runs in a thread.
 */
export async function schemaErrors(
  served: ServedResource,
  object: UntypedObject,
  { warn, old, subresource = '' }: { readonly warn: (text: string) => void; readonly old?: UntypedObject; readonly subresource?: string },
): Promise<readonly FieldError[]> {
  const { schema } = served.shape;
  if (!schema || !served.isCustom) return [];
  const part = subresource === 'status' ? 'status' : undefined;
  const rules = new RuleEvaluation({ warn, longRules: ruleThread });
  const { errors } = compileSchema(schema, served.definition.schemas).process(object, {
    prune: false,
    applyDefaults: false,
    dialect: 'custom',
    only: 'values',
    checkMetadata,
    rules,
    ...(old === undefined ? {} : { old }),
    ...(part ? { part } : {}),
  });
  const { scale } = subresourcesOf(served.definition, served.version);
  // Nearly always all is done, and nothing waits.
  for (let isDone = rules.proceed(); isDone !== true; isDone = rules.proceed()) if (!(await isDone)) await requestTurns.next();
  return [...errors, ...(scale?.kind === 'scale' ? scaleErrors(object, scale, part) : []), ...rules.errors];
}

/** The metadata of an embedded resource need not have a name. */
const checkMetadata: NonNullable<ProcessOptions['checkMetadata']> = (metadata, path) =>
  validateObjectMeta({ ...metadata, name: metadata.name || 'fakename' }, Boolean(metadata.namespace), pathSegmentName, path);

const dialectOf = (served: ServedResource): 'custom' | 'built-in' => (served.isCustom ? 'custom' : 'built-in');

/** The 400 for a body that cannot be decoded. */
export const cannotBeHandled = (served: { kind: string; version: string }, why: string): Error =>
  badRequest(`${served.kind} in version ${JSON.stringify(served.version)} cannot be handled as a ${served.kind}: ${why}`);
