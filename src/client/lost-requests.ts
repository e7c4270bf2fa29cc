/** The server gave the request back untouched (refused stream, connection going away): it may be sent again whatever its method. */
export class RequestNotProcessed extends Error {
  constructor(cause: unknown) {
    super('the server did not process the request', { cause });
    this.name = 'RequestNotProcessed';
  }
}

/** The connection was lost before a response came: the server may or may not have processed the request. */
export class ConnectionLost extends Error {
  constructor(cause?: unknown) {
    super(`the connection was lost before a response came${cause instanceof Error ? `: ${cause.message}` : ''}`, { cause });
    this.name = 'ConnectionLost';
  }
}
