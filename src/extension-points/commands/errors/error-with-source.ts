import { ApiError } from '../../../api/status.ts';
import { messageOf } from './error-text.ts';

/** Says what was being done with which file when an error came; without a source the error as it is. */
export function errorWithSource(doing: string, source: string, error: unknown): unknown {
  if (source === '') return error;
  const start = `error when ${doing} ${JSON.stringify(source)}: `;
  if (error instanceof ApiError) return new ApiError(error.code, error.reason, start + error.message, { details: error.details, cause: error });
  return new Error(start + messageOf(error), { cause: error });
}
