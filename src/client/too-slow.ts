/** No connection could be had while a request had time. */
export class NoConnectionYet extends Error {
  constructor(cause?: unknown) {
    super('the request was given up before there was a connection', { cause });
    this.name = 'NoConnectionYet';
  }
}

/** A request took longer than it may (Go's words). */
export class TooSlow extends Error {
  constructor(cause: unknown) {
    const waited = cause instanceof NoConnectionYet ? ' while waiting for connection' : '';
    super(`net/http: request canceled${waited} (Client.Timeout exceeded while awaiting headers)`, { cause });
    this.name = 'TooSlow';
  }
}

/** Whether an error, or what it comes from, is that of an `AbortSignal.timeout`. */
export function isTimeout(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.name === 'TimeoutError') return true;
  return false;
}
