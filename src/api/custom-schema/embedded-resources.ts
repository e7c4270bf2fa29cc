import type { ObjectMeta } from '../generated/meta-v1.ts';
import { dns1035LabelProblems } from '../names.ts';
import type { Schema } from '../schema.ts';
import { type FieldError, fieldError } from '../status.ts';
import { sortedFields } from './canonical-text.ts';
import { noSteps, sparseWalk, type Walk } from './sparse-walk.ts';

/** Upstream's `ValidateObjectMeta` for the metadata of an embedded resource, which need not have a name. */
export type MetadataCheck = (metadata: ObjectMeta, path: string) => readonly FieldError[];

interface Found {
  readonly errors: FieldError[];
  readonly checkMetadata: MetadataCheck | undefined;
}

/** Wants an apiVersion, a kind and sound metadata of embedded resources (apiextensions `pkg/apiserver/schema/objectmeta`). Undefined when a schema has none. */
export const embeddedResourceWalk = (schema: Schema): Walk<Found> | undefined =>
  sparseWalk<Found>(schema, (part) => (part.embeddedResource ? checkResource : undefined), noSteps(), known);

const known = new WeakMap<Schema, Walk<Found> | undefined>();

function checkResource(value: unknown, path: string, { errors, checkMetadata }: Found): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const resource = value as Readonly<Record<string, unknown>>;
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  errors.push(...apiVersionErrors(resource, at('apiVersion')), ...kindErrors(resource, at('kind')));
  if (Object.hasOwn(resource, 'metadata')) errors.push(...(checkMetadata?.((resource['metadata'] ?? {}) as ObjectMeta, at('metadata')) ?? []));
}

function apiVersionErrors(resource: Readonly<Record<string, unknown>>, path: string): FieldError[] {
  if (!Object.hasOwn(resource, 'apiVersion')) return [fieldError.required(path)];
  const apiVersion = resource['apiVersion'];
  if (typeof apiVersion !== 'string') return [fieldError.invalid(path, sortedFields(apiVersion), 'must be a string')];
  if (apiVersion === '') return [fieldError.invalid(path, apiVersion, 'must not be empty')];
  return apiVersion.split('/').length > 2 ? [fieldError.invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)] : [];
}

function kindErrors(resource: Readonly<Record<string, unknown>>, path: string): FieldError[] {
  if (!Object.hasOwn(resource, 'kind')) return [fieldError.required(path)];
  const { kind } = resource;
  if (typeof kind !== 'string') return [fieldError.invalid(path, sortedFields(kind), 'must be a string')];
  if (kind === '') return [fieldError.invalid(path, kind, 'must not be empty')];
  const problems = dns1035LabelProblems(kind.toLowerCase());
  return problems.length > 0 ? [fieldError.invalid(path, kind, `may have mixed case, but should otherwise match: ${problems.join(',')}`)] : [];
}
