import { parseFieldSelector } from '../../../api/field-selector.ts';
import { parseLabelSelector } from '../../../api/label-selector.ts';
import { badRequest, type FieldError, fieldError, invalid } from '../../../api/status.ts';
import { isTrue } from '../request-info.ts';
import { type ContinueToken, decodeContinueToken } from './continue-token.ts';
import { parseInt64, parseRevision } from './query-numbers.ts';

/** The query of a list or watch, checked. Revisions are undefined when the client gave none. */
export interface ListQuery {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly resourceVersion?: number;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken?: ContinueToken;
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
    return value === null ? undefined : parseInt64(value);
  };
  const flag = (name: string): boolean | undefined => (query.has(name) ? isTrue(query.get(name)) : undefined);
  return definedOnly({
    labelSelector: text('labelSelector'),
    fieldSelector: text('fieldSelector'),
    resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'),
    timeoutSeconds: number('timeoutSeconds'),
    limit: number('limit'),
    continue: text('continue'),
    allowWatchBookmarks: flag('allowWatchBookmarks'),
    sendInitialEvents: flag('sendInitialEvents'),
  });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const definedOnly = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Defined<T>;

/**
 * Checks the options against each other as upstream's ValidateListOptions (apimachinery and storage) do. A watch that asks for no revision, or any, gets the
 * initial events and their end. Throws ApiError 422, or 400 for a revision, selector or continue token that cannot be read.
 */
export function checkListQuery(given: RawListQuery, isWatch: boolean): ListQuery {
  const { labelSelector = '', fieldSelector = '' } = given;
  if (labelSelector.length > longestSelector || fieldSelector.length > longestSelector) throw badRequest('the selector is too long');
  const raw = isWatch ? withWatchDefaults(given) : given;
  const errors = isWatch ? watchErrors(raw) : listErrors(raw);
  if (errors.length > 0) {
    // Selectors are read before anything is checked, but usually only once: when they are used.
    parseLabelSelector(labelSelector);
    parseFieldSelector(fieldSelector);
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  }
  return definedOnly({
    labelSelector,
    fieldSelector,
    ...(isWatch ? { resourceVersion: parseRevision(raw.resourceVersion) } : position(raw)),
    resourceVersionMatch: raw.resourceVersionMatch as ListQuery['resourceVersionMatch'],
    // Any revision will do: then upstream serves its cache, whole.
    limit: raw.resourceVersion === '0' ? 0 : Math.max(0, raw.limit ?? 0),
    timeoutSeconds: raw.timeoutSeconds,
    allowWatchBookmarks: raw.allowWatchBookmarks ?? false,
    sendInitialEvents: raw.sendInitialEvents,
  }) as ListQuery;
}

/** Upstream's SetListOptionsDefaults. */
function withWatchDefaults(raw: RawListQuery): RawListQuery {
  if (raw.sendInitialEvents !== undefined || raw.resourceVersionMatch) return raw;
  return raw.resourceVersion && raw.resourceVersion !== '0' ? raw : { ...raw, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };
}

/** Where a list starts: at a token, or at a revision. */
function position({ continue: token, resourceVersion }: RawListQuery): Pick<ListQuery, 'continueToken'> | { readonly resourceVersion: number | undefined } {
  if (!token) return { resourceVersion: parseRevision(resourceVersion, 'invalid resource version: ') };
  const continueToken = decodeContinueToken(token);
  if (resourceVersion && resourceVersion !== '0') throw badRequest('specifying resource version is not allowed when using continue');
  return { continueToken };
}

const forbiddenMatch = (why: string): FieldError => fieldError.forbidden('resourceVersionMatch', `resourceVersionMatch ${why}`);

function listErrors({ resourceVersion, resourceVersionMatch: match, continue: token, sendInitialEvents }: RawListQuery): FieldError[] {
  const errors: FieldError[] = [];
  if (match) {
    if (!resourceVersion) errors.push(forbiddenMatch('is forbidden unless resourceVersion is provided'));
    if (token) errors.push(forbiddenMatch('is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan') errors.push(fieldError.notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && resourceVersion === '0') errors.push(forbiddenMatch('"exact" is forbidden for resourceVersion "0"'));
  }
  if (sendInitialEvents !== undefined) errors.push(fieldError.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function watchErrors({ resourceVersionMatch: match, continue: token, sendInitialEvents }: RawListQuery): FieldError[] {
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    errors.push(fieldError.forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (!match) return errors;
  if (sendInitialEvents === undefined) errors.push(forbiddenMatch('is forbidden for watch unless sendInitialEvents is provided'));
  if (match !== 'NotOlderThan') errors.push(fieldError.notSupported('resourceVersionMatch', match, ['NotOlderThan']));
  if (token) errors.push(forbiddenMatch('is forbidden when continue is provided'));
  return errors;
}
