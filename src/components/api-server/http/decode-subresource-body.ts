import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { compileSchema } from '../../../api/schema-processor.ts';
import { badRequest } from '../../../api/status.ts';
import type { RequestContext, WriteRequestOptions } from '../operations/context.ts';
import { cannotBeHandled } from '../operations/shape-object.ts';
import type { ServedResource } from '../resource-index.ts';
import { type Body, decodeOrExplain, reportStrict } from './decode-body.ts';

type Kind = { readonly group: string; readonly version: string; readonly kind: string };

/** Decodes the body of a sub-resource whose kind is not the resource's (Binding, Eviction, TokenRequest). An empty body counts as an empty object. */
export function decodeBodyKind(served: ServedResource, kind: Kind, how: { body: Body; options: WriteRequestOptions; context: RequestContext }): UntypedObject {
  const { body, options, context } = how;
  const { value, strict } =
    body.bytes.length === 0
      ? { value: {}, strict: [] }
      : decodeOrExplain({ apiVersion: groupVersion(kind), kind: kind.kind }, body, options.fieldValidation !== 'Ignore');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind})`);
  const draft = value as UntypedObject;
  if (draft.kind && draft.kind !== kind.kind)
    throw badRequest(`${String(draft.kind)} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}`);
  if (draft.apiVersion && String(draft.apiVersion).split('/')[0] !== groupVersion(kind).split('/')[0]) {
    throw badRequest(`the API version in the data (${String(draft.apiVersion)}) does not match the expected API version (${groupVersion(kind)})`);
  }
  reportStrict(kind, [...strict, ...shapeBody(served, kind, draft)], { fieldValidation: options.fieldValidation, context });
  return draft;
}

/** Checks a body against the shared schema of its kind, where there is one. Answers what strict decoding objects to. */
export function shapeBody(served: ServedResource, kind: Kind, draft: UntypedObject): string[] {
  const id = `io.k8s.api.${kind.group === '' ? 'core' : kind.group.split('.')[0]}.${kind.version}.${kind.kind}`;
  const schema = served.definition.schemas.get(id);
  if (!schema) return [];
  const { unknownFields, decodeError } = compileSchema(schema, served.definition.schemas).process(draft, {
    prune: true,
    applyDefaults: true,
    dialect: 'built-in',
  });
  if (decodeError !== undefined) throw cannotBeHandled(kind, decodeError);
  return unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`);
}
