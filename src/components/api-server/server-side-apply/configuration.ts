import { deepFreeze, type UntypedObject } from '../../../api/object.ts';
import { ApiError, badRequest } from '../../../api/status.ts';
import type { RequestContext, WriteRequestOptions } from '../operations/context.ts';
import type { ServedResource } from '../resource-index.ts';
import type { TypeFaults } from './configuration-fields.ts';
import { isMap } from './typed-value.ts';

/** A decoded body: `strict` says what strict decoding objects to. */
export interface ApplyBody {
  readonly value: unknown;
  readonly strict: readonly string[];
}

type Kind = Pick<ServedResource, 'group' | 'version' | 'kind'>;

/** `apps/v1, Kind=Deployment`. */
const kindText = ({ group, version, kind }: Kind): string => `${group}/${version}, Kind=${kind}`;

/** The configuration of a body, which is frozen. Throws ApiError 400 for what is no object of the kind. */
export function readConfiguration(kind: Kind, { value }: ApplyBody): UntypedObject {
  if (value !== null && value !== undefined && !isMap(value))
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`,
    );
  const config = deepFreeze(value ?? {}) as UntypedObject;
  const given = kindOf(config);
  if (kindText(given) !== kindText(kind)) throw badRequest(`invalid object type: ${kindText(given)}`);
  if (isMap(config.metadata) && Array.isArray(config.metadata.managedFields)) throw badRequest('metadata.managedFields must be nil');
  return config;
}

function kindOf({ apiVersion, kind }: UntypedObject): Kind {
  const text = typeof apiVersion === 'string' ? apiVersion : '';
  const slash = text.indexOf('/');
  return { group: slash < 0 ? '' : text.slice(0, slash), version: text.slice(slash + 1), kind: typeof kind === 'string' ? kind : '' };
}

const jsonType = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value);

/** A configuration that does not fit its type. Upstream answers 500. */
export function typeFault(kind: Kind, config: UntypedObject, faults: TypeFaults): ApiError {
  const { name = '', namespace = '' } = isMap(config.metadata) ? config.metadata : {};
  return new ApiError(500, '', `failed to create typed patch object (${namespace}/${name}; ${kindText(kind)}): ${faults.message}`);
}

/** Refuses or warns about fields that are given twice, as the client chose. */
export function reportStrict({ strict }: ApplyBody, { fieldValidation }: WriteRequestOptions, context: RequestContext): void {
  if (strict.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${strict.join(', ')}`);
  strict.forEach((text) => context.warn(text));
}
