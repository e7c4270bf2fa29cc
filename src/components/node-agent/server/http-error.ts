/** A refusal of the node's own API: plain text with a code; the API server makes a `Status` of it. */
export class HttpError extends Error {
  readonly code: number;
  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HttpError';
    this.code = code;
  }
}
