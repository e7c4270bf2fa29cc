/** What a conversion webhook answers, held against what was asked. Texts are those of apiextensions `pkg/apiserver/conversion`. */
import type { UntypedObject } from '../../../api/object.ts';
import { fieldErrorText } from '../../../api/status.ts';
import { validateAnnotations, validateLabels } from '../object-meta.ts';

/** The kinds of ConversionReview that are spoken. */
export type ReviewVersion = 'v1' | 'v1beta1';

/** The first of the webhook's versions that is known here. Undefined: none is; validation refuses such definitions. */
export const reviewVersionOf = (versions: readonly string[]): ReviewVersion | undefined =>
  versions.find((version): version is ReviewVersion => version === 'v1' || version === 'v1beta1');

const reviewGroup = 'apiextensions.k8s.io';

export const conversionReview = (version: ReviewVersion, request: { uid: string; desiredAPIVersion: string; objects: readonly UntypedObject[] }): object => ({
  kind: 'ConversionReview',
  apiVersion: `${reviewGroup}/${version}`,
  request,
});

/** What is wrong with an answer as a whole; the message follows `conversion webhook for … failed: `. */
export class BadReview extends Error {}

/** The objects of an answer. Throws BadReview when it is none, or none to this request. */
export function convertedObjects(answer: unknown, { version, uid }: { version: ReviewVersion; uid: string }): readonly unknown[] {
  if (!isObject(answer)) throw new BadReview(`expected webhook response of ${kindText(version)}, got /, Kind=`);
  const { apiVersion, kind, response } = answer;
  if (kind !== 'ConversionReview' || apiVersion !== `${reviewGroup}/${version}`)
    throw new BadReview(`expected webhook response of ${kindText(version)}, got ${textOf(apiVersion)}, Kind=${textOf(kind)}`);
  if (!isObject(response)) throw new BadReview('no response provided');
  if (response['uid'] !== uid && (version === 'v1' || (response['uid'] !== undefined && response['uid'] !== '')))
    throw new BadReview(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
  const result = isObject(response['result']) ? response['result'] : {};
  if (result['status'] !== 'Success') {
    const message = textOf(result['message']);
    throw new BadReview(message === '' ? `response.result.status was '${textOf(result['status'])}', not 'Success'` : message);
  }
  return Array.isArray(response['convertedObjects']) ? response['convertedObjects'] : [];
}

const kindText = (version: ReviewVersion): string => `${reviewGroup}/${version}, Kind=ConversionReview`;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `what` and `problem` make upstream's message: `returned <what>: <problem>`. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly object: UntypedObject }
  | { readonly kind: 'refused'; readonly what: string; readonly problem: string; readonly isNumbered: boolean };

const badObject = (problem: string, isNumbered: boolean): Acceptance => ({ kind: 'refused', what: 'invalid object', problem, isNumbered });
const badMetadata = (problem: string): Acceptance => ({ kind: 'refused', what: 'invalid metadata', problem, isNumbered: false });

/**
 * Checks one converted object against its original and gives it the original's metadata, but for labels and annotations, which a webhook may change.
 */
export function acceptConverted(original: UntypedObject, converted: unknown, wanted: { apiVersion: string; kind: string }): Acceptance {
  const typeProblem = isObject(converted) ? wrongType(converted, wanted) : 'invalid type, expected=Unstructured, got=<nil>';
  if (typeProblem !== undefined || !isObject(converted)) return badObject(typeProblem ?? '', true);
  const identity = wrongIdentity(original, converted);
  if (identity !== undefined) return badObject(identity, false);
  const shape = wrongMetadata(converted);
  if (shape !== undefined) return badMetadata(shape);
  const { labels, annotations } = converted['metadata'] as { labels?: Record<string, string> | null; annotations?: Record<string, string> | null };
  const { labels: _, annotations: __, ...kept } = original.metadata;
  const errors = [
    ...(sameTexts(labels, original.metadata.labels) ? [] : validateLabels(labels ?? undefined, 'metadata.labels')),
    ...(sameTexts(annotations, original.metadata.annotations) ? [] : validateAnnotations(annotations ?? undefined, 'metadata.annotations')),
  ];
  if (errors.length > 0) {
    const texts = errors.slice(0, 10).map(fieldErrorText);
    return badMetadata(texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);
  }
  return { kind: 'accepted', object: { ...converted, metadata: { ...kept, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) } } };
}

function wrongType(converted: Record<string, unknown>, { apiVersion, kind }: { apiVersion: string; kind: string }): string | undefined {
  if (converted['apiVersion'] !== apiVersion) return `invalid groupVersion (expected ${apiVersion}, received ${textOf(converted['apiVersion'])})`;
  if (converted['kind'] !== kind) return `invalid kind (expected ${kind}, received ${textOf(converted['kind'])})`;
  return undefined;
}

function wrongIdentity(original: UntypedObject, { metadata }: Record<string, unknown>): string | undefined {
  if (!isObject(metadata)) return undefined;
  for (const [field, name] of identityFields) {
    const [before, after] = [original.metadata[field] ?? '', textOf(metadata[field])];
    if (before !== after) return `must have the same ${name}: ${before} != ${after}`;
  }
  return undefined;
}

const identityFields = [
  ['name', 'name'],
  ['namespace', 'namespace'],
  ['uid', 'UID'],
] as const;

function wrongMetadata({ metadata }: Record<string, unknown>): string | undefined {
  if (metadata === undefined) return 'missing metadata in converted object';
  if (!isObject(metadata)) return `invalid metadata of type ${goType(metadata)} in converted object`;
  for (const field of ['labels', 'annotations']) {
    const texts = metadata[field];
    if (texts === undefined || texts === null) continue;
    if (!isObject(texts)) return `invalid metadata.${field} of type ${goType(texts)} in converted object`;
    for (const [key, value] of Object.entries(texts))
      if (typeof value !== 'string') return `metadata.${field}[${key}] must be a string, but is ${goType(value)} in converted object`;
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** How Go calls what JSON holds. */
function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return { string: 'string', boolean: 'bool' }[typeof value as string] ?? 'map[string]interface {}';
}

function sameTexts(left: Readonly<Record<string, string>> | null | undefined, right: Readonly<Record<string, string>> | undefined): boolean {
  const [before, after] = [Object.entries(left ?? {}), right ?? {}];
  return before.length === Object.keys(after).length && before.every(([key, value]) => after[key] === value);
}
