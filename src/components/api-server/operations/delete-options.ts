import { badRequest, type FieldError, fieldError, invalid } from '../../../api/status.ts';
import { isTrue } from '../request-info.ts';
import { dryRunErrors } from './write-options.ts';

/** DeleteOptions, checked. */
export interface DeleteRequestOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Reads DeleteOptions from a decoded body (or undefined) and the query; the body wins. Throws ApiError 400 for wrong types, 422 for wrong values. */
export function readDeleteOptions(body: unknown, query: URLSearchParams): DeleteRequestOptions {
  const fields = body === undefined || body === null ? fromQuery(query) : fromBody(body);
  const errors = [...dryRunErrors(fields.dryRun ?? []), ...propagationErrors(fields)];
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  const policy = fields.propagationPolicy ?? (fields.orphanDependents === undefined ? undefined : fields.orphanDependents ? 'Orphan' : 'Background');
  return {
    dryRun: (fields.dryRun?.length ?? 0) > 0,
    // Upstream treats a negative period as the shortest graceful one.
    ...(fields.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: fields.gracePeriodSeconds < 0 ? 1 : fields.gracePeriodSeconds }),
    ...(policy === undefined ? {} : { propagationPolicy: policy as 'Orphan' | 'Background' | 'Foreground' }),
    ...(fields.uid === undefined ? {} : { uid: fields.uid }),
    ...(fields.resourceVersion === undefined ? {} : { resourceVersion: fields.resourceVersion }),
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
  if (grace !== null) {
    if (!/^-?\d{1,15}$/.test(grace)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
    fields.gracePeriodSeconds = Number(grace);
  }
  const policy = query.get('propagationPolicy');
  if (policy) fields.propagationPolicy = policy;
  if (query.has('orphanDependents')) fields.orphanDependents = isTrue(query.get('orphanDependents'));
  return fields;
}

function fromBody(body: unknown): Fields {
  const options = record(body, 'DeleteOptions');
  const { kind, dryRun, gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions } = options;
  if (kind !== undefined && kind !== '' && kind !== 'DeleteOptions') throw badRequest(`${String(kind)} cannot be handled as a DeleteOptions`);
  const conditions = preconditions === undefined || preconditions === null ? {} : record(preconditions, 'DeleteOptions.preconditions');
  const fields: Fields = {};
  if (Array.isArray(dryRun)) fields.dryRun = dryRun.map(String);
  else if (dryRun !== undefined && dryRun !== null) throw wrongType('dryRun', dryRun);
  if (typeof gracePeriodSeconds === 'number' && Number.isSafeInteger(gracePeriodSeconds)) fields.gracePeriodSeconds = gracePeriodSeconds;
  else if (gracePeriodSeconds !== undefined && gracePeriodSeconds !== null) throw wrongType('gracePeriodSeconds', gracePeriodSeconds);
  if (typeof orphanDependents === 'boolean') fields.orphanDependents = orphanDependents;
  else if (orphanDependents !== undefined && orphanDependents !== null) throw wrongType('orphanDependents', orphanDependents);
  setText(fields, 'propagationPolicy', propagationPolicy);
  setText(fields, 'uid', conditions['uid']);
  setText(fields, 'resourceVersion', conditions['resourceVersion']);
  return fields;
}

function setText(fields: Fields, name: 'propagationPolicy' | 'uid' | 'resourceVersion', value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'string') throw wrongType(name, value);
  fields[name] = value;
}

const wrongType = (field: string, value: unknown): Error =>
  badRequest(
    `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into field DeleteOptions.${field}`,
  );

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest(`the object provided is unrecognized (must be of type ${what})`);
  return value as Record<string, unknown>;
}

function propagationErrors({ propagationPolicy, orphanDependents }: Fields): FieldError[] {
  if (propagationPolicy === undefined) return [];
  if (orphanDependents !== undefined)
    return [fieldError.invalid('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set')];
  if (['Orphan', 'Background', 'Foreground'].includes(propagationPolicy)) return [];
  return [fieldError.notSupported('propagationPolicy', propagationPolicy, ['Background', 'Foreground', 'Orphan'])];
}
