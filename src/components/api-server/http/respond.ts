import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { ApiError, internalError } from '../../../api/status.ts';
import { ExtensionError } from '../../../kernel/extension-point.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Classification } from '../fairness/overloaded.ts';
import { encodeValue } from './encode-value.ts';
import { ClientGone, type Exchange, type ResponseHeaders } from './exchange.ts';
import { choose, mediaTypes, offer, plainJson } from './negotiate.ts';

/** What goes with every answer of one request. */
export interface Answering {
  readonly exchange: Exchange;
  readonly requestId: string;
  readonly warnings: readonly string[];
  readonly gzipBytes: number;
  readonly classification?: Classification | undefined;
}

/** The headers of an answer; upstream's, as far as clients look at them. */
export function answerHeaders({ requestId, warnings, classification }: Answering, contentType = 'application/json'): ResponseHeaders {
  const headers: ResponseHeaders = { 'audit-id': requestId, 'cache-control': 'no-cache, private', 'content-type': contentType };
  if (classification) {
    headers['x-kubernetes-pf-flowschema-uid'] = classification.flowSchemaUid;
    headers['x-kubernetes-pf-prioritylevel-uid'] = classification.priorityLevelUid;
  }
  if (warnings.length > 0) headers['warning'] = [...new Set(warnings)].slice(0, 64).map((text) => `299 - ${quoted(text)}`);
  return headers;
}

/** RFC 7234 quoted string: what a header cannot carry is replaced, and long texts are cut. */
const quoted = (text: string): string =>
  `"${text
    .replace(/\p{Cc}/gu, ' ')
    .replace(/["\\]/g, '\\$&')
    .replace(/[^\u0020-\u00ff]/g, '?')
    .slice(0, 1_024)}"`;

/** Sends a complete body; compressed when it is large and the client takes that. */
export function sendBytes(answering: Answering, status: number, bytes: Buffer, contentType?: string): void {
  const { exchange, gzipBytes } = answering;
  const headers = answerHeaders(answering, contentType);
  if (bytes.length <= gzipBytes || !acceptsGzip(exchange)) return exchange.send(status, headers, bytes);
  openBody(answering, status, contentType, true).end(bytes);
}

/** Opens a body of unknown length. */
export function openBody(answering: Answering, status: number, contentType: string | undefined, compresses: boolean): Writable {
  const headers = answerHeaders(answering, contentType);
  if (!compresses) return answering.exchange.open(status, headers);
  headers['content-encoding'] = 'gzip';
  headers['vary'] = 'Accept-Encoding';
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  const out = answering.exchange.open(status, headers);
  gzip.pipe(out);
  out.on('close', () => gzip.destroy());
  return gzip;
}

export const acceptsGzip = (exchange: Exchange): boolean =>
  exchange.method !== 'HEAD' && /(?:^|,)\s*gzip\s*(?:,|;(?!\s*q=0(?:\.0*)?\s*(?:,|$))|$)/.test(exchange.header('accept-encoding') ?? '');

/** Answers with the Status of an error. A fault that is no ApiError is logged and answered 500. */
export function sendError(answering: Answering, error: unknown, log: Log): void {
  const { exchange } = answering;
  if (error instanceof ClientGone) return;
  if (exchange.hasAnswered) {
    log.error('answer broken off', { method: exchange.method, path: exchange.path, error });
    return exchange.abort();
  }
  const refusal = toApiError(error);
  if (refusal.code >= 500 && refusal !== error) log.error('request failed', { method: exchange.method, path: exchange.path, error });
  const { contentType, body } = refusalBody(refusal, exchange);
  const headers = answerHeaders(answering, contentType);
  const retryAfter = refusal.details?.retryAfterSeconds;
  // Without it, clients tell of the refusal at once: that is how a drain hears of a disruption budget.
  if (retryAfter) headers['retry-after'] = String(retryAfter);
  if (refusal.code === 401) headers['www-authenticate'] = 'Bearer realm="kubernetes"';
  exchange.send(refusal.code, headers, body);
}

const statusOffer = offer({ protobuf: true, table: false, metadata: false });

/** A Status in the encoding that the client wants; in indented JSON, as upstream does, when it wants none that there is. */
function refusalBody(refusal: ApiError, exchange: Exchange): { contentType: string; body: Buffer | string } {
  const status = refusal.toStatus();
  const accept = exchange.header('accept');
  const chosen = accept === undefined || accept === '' ? plainJson : choose(accept, statusOffer);
  if (!chosen) return { contentType: mediaTypes.json, body: JSON.stringify(status, null, 2) };
  return { contentType: mediaTypes[chosen.encoding], body: encodeValue(status, chosen, exchange) };
}

/** The refusal an error amounts to. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ExtensionError && error.cause instanceof ApiError) return error.cause;
  return internalError(error instanceof Error ? error.message : String(error), error);
}
