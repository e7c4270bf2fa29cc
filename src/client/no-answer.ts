import { ApiError } from '../api/status.ts';

/** No answer came from a server; `cause` says why. To components it is a refusal like a 503; programs with users tell them more. */
export class NoAnswer extends ApiError {
  readonly server: string;
  constructor(server: string, cause: unknown) {
    super(503, 'ServiceUnavailable', `no answer from ${server}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'NoAnswer';
    this.server = server;
  }
}
