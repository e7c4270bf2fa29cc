import { ApiError, type StatusReason } from '../api/status.ts';

/** What a request was about, as far as a refusal names it. */
export interface RefusedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
}

/** The refusal in an answer that is no `Status` (a proxy's page, an empty body), in client-go's words. `text` is the body where it is text. */
export function unexplainedRefusal(code: number, text: string, request?: RefusedRequest): ApiError {
  const [reason, message] = explanation(code, text, request?.method ?? '');
  return new ApiError(code, reason, `${message}${subject(request)}`);
}

function explanation(code: number, text: string, method: string): readonly [StatusReason, string] {
  if (code === 409) return [method === 'POST' ? 'AlreadyExists' : 'Conflict', 'the server reported a conflict'];
  if (code === 403) return ['Forbidden', text];
  const known = explanations[code];
  if (known) return known;
  if (code >= 500) return ['InternalError', `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`];
  return ['', `the server responded with the status code ${code} but did not return more information`];
}

const explanations: Readonly<Record<number, readonly [StatusReason, string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: ['NotAcceptable', 'the server was unable to respond with a content type that the client supports'],
  415: ['UnsupportedMediaType', 'the server was unable to respond with a content type that the client supports'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the server was unable to return a response in the time allotted, but may still be processing the request'],
};

const resourcePath = /^\/api(?:s\/(?<group>[^/]+))?\/[^/]+\/(?:namespaces\/[^/]+\/(?=[^/]))?(?<resource>[^/]+)(?:\/(?<name>[^/]+))?/;

/** ` (get deployments.apps web)`; nothing for what is no resource. */
function subject(request: RefusedRequest | undefined): string {
  const { group, resource, name } = resourcePath.exec(request?.path.replace(/\?.*$/s, '') ?? '')?.groups ?? {};
  if (!request || !resource) return '';
  return ` (${[request.method.toLowerCase(), group ? `${resource}.${group}` : resource, ...(name ? [decodeURIComponent(name)] : [])].join(' ')})`;
}
