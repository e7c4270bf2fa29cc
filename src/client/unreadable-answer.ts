import { ApiError } from '../api/status.ts';

/** A server answered, but not what can be read: to components a failure of the server's; programs with users tell the text alone. */
export class UnreadableAnswer extends ApiError {
  constructor(message: string, cause?: unknown) {
    super(500, 'InternalError', message, { cause });
    this.name = 'UnreadableAnswer';
  }

  /** The body broke off, or is not what its headers say. In client-go's words. */
  static ofBody(error: unknown): UnreadableAnswer {
    const { code = '', message = '' } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
    const problem = brokenOff.has(code) || message === 'aborted' ? 'unexpected EOF' : code === 'Z_DATA_ERROR' ? 'gzip: invalid header' : message;
    return new UnreadableAnswer(`unexpected error when reading response body. Please retry. Original error: ${problem}`, error);
  }
}

const brokenOff: ReadonlySet<string> = new Set(['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'Z_BUF_ERROR', 'ERR_HTTP2_STREAM_ERROR', 'HPE_INVALID_EOF_STATE']);
