import { ApiError } from '../../../api/status.ts';
import type { Exchange } from '../http/exchange.ts';

const text = 'Too many requests, please try again later.';

/** A request that found no place in time. Over HTTP it is answered in plain text, as upstream's filter does; in process it is the Status that client-go makes of it. */
export class Overloaded extends ApiError {
  /** Whose bounds were reached; absent when it was the server's own. */
  readonly classification: Classification | undefined;

  constructor(classification?: Classification) {
    super(429, 'TooManyRequests', text, { details: { retryAfterSeconds: 1 } });
    this.classification = classification;
  }
}

/** The unique ids of the objects that a request was classified by. */
export interface Classification {
  readonly flowSchemaUid: string;
  readonly priorityLevelUid: string;
}

/** The headers that tell a client, without naming them, which flow schema and priority level it met. */
export const classificationHeaders = ({ flowSchemaUid, priorityLevelUid }: Classification): Record<string, string> => ({
  'x-kubernetes-pf-flowschema-uid': flowSchemaUid,
  'x-kubernetes-pf-prioritylevel-uid': priorityLevelUid,
});

/** Answers an overload: 429, plain text, `Retry-After: 1`. */
export function sendOverloaded(exchange: Exchange, requestId: string, { classification }: Overloaded): void {
  exchange.send(
    429,
    {
      'audit-id': requestId,
      'cache-control': 'no-cache, private',
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'retry-after': '1',
      ...(classification ? classificationHeaders(classification) : {}),
    },
    `${text}\n`,
  );
}
