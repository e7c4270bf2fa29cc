import { ApiError, badRequest, type FieldError, fieldError, invalid } from '../../../api/status.ts';
import { isTrue } from '../request-info.ts';

/** The query of a list or watch, checked. Revisions are undefined when the client gave none. */
export interface ListQuery {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly resourceVersion?: number;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken: string;
  readonly timeoutSeconds?: number;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents?: boolean;
}

/** The same by name and as text, as clients in this process give it. */
export interface RawListQuery {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly timeoutSeconds?: number;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
}

const longestSelector = 64 * 1024;

/** Reads the query parameters of a list or watch. Throws ApiError 400 for malformed numbers. */
export function rawListQuery(query: URLSearchParams): RawListQuery {
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  const number = (name: string): number | undefined => {
    const value = query.get(name);
    if (value === null || value === '') return undefined;
    if (!/^-?\d{1,18}$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
    return Number(value);
  };
  const flag = (name: string): boolean | undefined => (query.has(name) ? isTrue(query.get(name)) : undefined);
  return definedOnly({
    labelSelector: text('labelSelector'),
    fieldSelector: text('fieldSelector'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'),
    limit: number('limit'),
    continue: text('continue'),
    timeoutSeconds: number('timeoutSeconds'),
    allowWatchBookmarks: flag('allowWatchBookmarks'),
    sendInitialEvents: flag('sendInitialEvents'),
  });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const definedOnly = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Defined<T>;

/** Checks the options against each other as upstream's ValidateListOptions does. Throws ApiError 422 (or 400 for an unreadable revision). */
export function checkListQuery(raw: RawListQuery, isWatch: boolean): ListQuery {
  const errors = listErrors(raw, isWatch);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  if ((raw.labelSelector?.length ?? 0) > longestSelector || (raw.fieldSelector?.length ?? 0) > longestSelector) throw badRequest('the selector is too long');
  if (raw.continue && raw.resourceVersion && raw.resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue');
  return definedOnly({
    labelSelector: raw.labelSelector ?? '',
    fieldSelector: raw.fieldSelector ?? '',
    resourceVersion: parseRevision(raw.resourceVersion),
    resourceVersionMatch: raw.resourceVersionMatch as ListQuery['resourceVersionMatch'],
    limit: Math.max(0, raw.limit ?? 0),
    continueToken: raw.continue ?? '',
    timeoutSeconds: raw.timeoutSeconds,
    allowWatchBookmarks: raw.allowWatchBookmarks ?? false,
    sendInitialEvents: raw.sendInitialEvents,
  }) as ListQuery;
}

function listErrors(raw: RawListQuery, isWatch: boolean): FieldError[] {
  const match = raw.resourceVersionMatch;
  const errors: FieldError[] = [];
  if (raw.sendInitialEvents !== undefined && !isWatch) errors.push(fieldError.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (isWatch && raw.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(fieldError.forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (isWatch && raw.sendInitialEvents === undefined && match)
    errors.push(fieldError.forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  if (!match || isWatch) return errors;
  if (!raw.resourceVersion) errors.push(fieldError.forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if (raw.continue) errors.push(fieldError.forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
  if (match !== 'Exact' && match !== 'NotOlderThan') errors.push(fieldError.notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
  if (match === 'Exact' && raw.resourceVersion === '0')
    errors.push(fieldError.forbidden('resourceVersionMatch', 'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"'));
  return errors;
}

/** A revision as clients write it. Throws ApiError 400 for anything but digits. */
export function parseRevision(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new ApiError(
      400,
      'BadRequest',
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}
