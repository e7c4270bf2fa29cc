import { decodeProblem } from '../../../api/go-types.ts';
import { badRequest, type FieldError, fieldError, invalid } from '../../../api/status.ts';
import { isTrue } from '../request-info.ts';
import { parseInt64 } from './query-numbers.ts';
import { dryRunErrors } from './write-options.ts';

type PropagationPolicy = 'Orphan' | 'Background' | 'Foreground';

/** DeleteOptions, checked. */
export interface DeleteRequestOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds?: number;
  /** What becomes of dependents, however the client said it. */
  readonly propagationPolicy?: PropagationPolicy;
  /** Set when the client said it in the deprecated way. */
  readonly orphanDependents?: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/**
 * Reads DeleteOptions from a decoded body (or undefined) and the query, which counts only without a body. `ignoreStoreReadErrorWithClusterBreakingPotential` is
 * dropped, as upstream does while its gate is off. Throws ApiError 400 for wrong types, 422 for wrong values (upstream's ValidateDeleteOptions).
 */
export function readDeleteOptions(body: unknown, query: URLSearchParams): DeleteRequestOptions {
  const fields = body === undefined ? fromQuery(query) : fromBody(body);
  const errors = [...propagationErrors(fields), ...dryRunErrors(fields.dryRun ?? [])];
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  const { dryRun = [], gracePeriodSeconds, propagationPolicy, orphanDependents, uid, resourceVersion } = fields;
  const policy = propagationPolicy ?? (orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background');
  return {
    dryRun: dryRun.length > 0,
    // Upstream treats a negative period as the shortest graceful one.
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds }),
    ...(policy === undefined ? {} : { propagationPolicy: policy as PropagationPolicy }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

interface Fields {
  dryRun?: string[];
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  uid?: string;
  resourceVersion?: string;
}

function fromQuery(query: URLSearchParams): Fields {
  const fields: Fields = {};
  if (query.has('dryRun')) fields.dryRun = query.getAll('dryRun');
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null) fields.gracePeriodSeconds = parseInt64(grace);
  const policy = query.get('propagationPolicy');
  if (policy !== null) fields.propagationPolicy = policy;
  if (query.has('orphanDependents')) fields.orphanDependents = isTrue(query.get('orphanDependents'));
  fields.uid = query.get('uid') || undefined;
  fields.resourceVersion = query.get('resourceVersion') || undefined;
  return fields;
}

function fromBody(body: unknown): Fields {
  const options = body ?? {};
  if (!isRecord(options)) throw badRequest(`couldn't get version/kind; json parse error: ${decodeProblem(options, headType, '', [])}`);
  const { apiVersion = '', kind } = options;
  if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions')
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`);
  const conditions = options['preconditions'] ?? {};
  if (!isRecord(conditions)) throw wrongType(conditions, 'v1.Preconditions', 'preconditions');
  return {
    dryRun: textList(options['dryRun']),
    gracePeriodSeconds: read(options, ['gracePeriodSeconds'], 'int64', (value) => typeof value === 'number' && Number.isInteger(value)),
    propagationPolicy: read(options, ['propagationPolicy'], 'v1.DeletionPropagation', isText),
    orphanDependents: read(options, ['orphanDependents'], 'bool', (value) => typeof value === 'boolean'),
    uid: read(conditions, ['preconditions', 'uid'], 'types.UID', isText),
    resourceVersion: read(conditions, ['preconditions', 'resourceVersion'], 'string', isText),
  };
}

/** What Go prints of the part of a body that it looks at first. */
const headType = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';

/** A field of the wanted type; undefined when it is absent or null. */
function read<T>(from: Record<string, unknown>, path: readonly string[], goType: string, isOfType: (value: unknown) => boolean): T | undefined {
  const value = from[path.at(-1)!] ?? undefined;
  if (value !== undefined && !isOfType(value)) throw wrongType(value, goType, ...path);
  return value as T | undefined;
}

function textList(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(value, '[]string', 'dryRun');
  return value.map((item: unknown) => {
    if (typeof item !== 'string') throw wrongType(item, 'string', 'dryRun');
    return item;
  });
}

const wrongType = (value: unknown, goType: string, ...path: string[]): Error => badRequest(decodeProblem(value, goType, 'DeleteOptions', path));

function propagationErrors({ propagationPolicy, orphanDependents }: Fields): FieldError[] {
  if (propagationPolicy === undefined) return [];
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined)
    errors.push(fieldError.invalid('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
  if (!['Foreground', 'Background', 'Orphan'].includes(propagationPolicy))
    errors.push(fieldError.notSupported('propagationPolicy', propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']));
  return errors;
}
