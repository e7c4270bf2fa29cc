import { badRequest } from '../../api/status.ts';

/** What a request is about, read from its method and path alone (upstream's RequestInfo). */
export type RequestInfo = ResourceRequestInfo | NonResourceRequestInfo;

export interface ResourceRequestInfo {
  readonly isResource: true;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`; `''` for methods that stand for no verb. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** `''` when the path names no resource. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** What follows the sub-resource, for `proxy`: `/a/b`, or `''`. */
  readonly rest: string;
}

export interface NonResourceRequestInfo {
  readonly isResource: false;
  /** The method in lower case. */
  readonly verb: string;
}

const verbs: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);
const namespaceSubresources = new Set(['status', 'finalize']);

/** Reads method, path and query. The path is still percent-encoded. Throws ApiError 400 for a path that cannot be decoded. */
export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = pathParts(path);
  const isGrouped = parts[0] === 'apis';
  if ((parts[0] !== 'api' && !isGrouped) || parts.length < (isGrouped ? 4 : 3)) return { isResource: false, verb: method.toLowerCase() };
  let next = 1;
  const group = isGrouped ? parts[next++]! : '';
  const version = parts[next++]!;
  let verb = verbs.get(method) ?? '';
  const isWatchPath = parts[next] === 'watch';
  if (isWatchPath) {
    if (parts.length === ++next) throw badRequest(`unable to determine kind and namespace from url, ${path}`);
    verb = 'watch';
  }
  let namespace = '';
  if (parts[next] === 'namespaces' && parts[next + 1] !== undefined) {
    namespace = parts[next + 1]!;
    // /namespaces/x/status is about the namespace itself; /namespaces/x/pods is not.
    if (parts[next + 2] !== undefined && !namespaceSubresources.has(parts[next + 2]!)) next += 2;
  }
  const [resource = '', name = '', subresource = ''] = parts.slice(next, next + 3);
  const restParts = parts.slice(next + 3);
  const rest =
    restParts.length > 0 || (subresource === 'proxy' && path.endsWith('/'))
      ? `/${restParts.map(encodeURIComponent).join('/')}${restParts.length > 0 && path.endsWith('/') ? '/' : ''}`
      : '';
  return {
    isResource: true,
    verb: collectionVerb(verb, name, query),
    group,
    version,
    resource,
    subresource,
    namespace,
    name: name || nameInSelector(verb, query),
    rest,
  };
}

function collectionVerb(verb: string, name: string, query: URLSearchParams): string {
  if (name !== '') return verb;
  if (verb === 'get') return isTrue(query.get('watch')) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** A list or watch of one object by `metadata.name` counts as a request for that name, so that rules with resourceNames apply. */
function nameInSelector(verb: string, query: URLSearchParams): string {
  if (verb !== 'get' && verb !== 'watch') return '';
  const match = /(?:^|,)metadata\.name==?([^,=!]+)(?:,|$)/.exec(query.get('fieldSelector') ?? '');
  return match?.[1] ?? '';
}

/** A query flag: present without a value, `1` and `true` are true. */
export const isTrue = (value: string | null): boolean => value !== null && value !== 'false' && value !== '0';

function pathParts(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  if (!path.includes('%')) return parts;
  try {
    return parts.map(decodeURIComponent);
  } catch (cause) {
    throw Object.assign(badRequest('the path of the request is not valid percent-encoding'), { cause });
  }
}
