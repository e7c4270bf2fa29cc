import { badRequest } from '../../../api/status.ts';

/** Where a chunked list goes on. `revision` -1: from the newest state, without consistency with earlier chunks. */
export interface ContinueToken {
  readonly revision: number;
  /** The `keyText` of the last item sent. */
  readonly after: string;
}

const tokenVersion = 'meta.k8s.io/v1';
const maximumTokenLength = 4_096;

/** Opaque to clients: base64url of a small JSON document. */
export const encodeContinueToken = (token: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: tokenVersion, rv: token.revision, start: token.after })).toString('base64url');

/** Reads a token back. Throws ApiError 400 for anything this server did not write. */
export function decodeContinueToken(text: string): ContinueToken {
  const invalid = (): Error => badRequest('continue key is not valid: the token was not issued by this server');
  if (text.length > maximumTokenLength) throw invalid();
  let decoded: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    decoded = JSON.parse(Buffer.from(text, 'base64url').toString()) as typeof decoded;
  } catch {
    throw invalid();
  }
  const { v, rv, start } = decoded ?? {};
  if (v !== tokenVersion || typeof rv !== 'number' || !Number.isSafeInteger(rv) || typeof start !== 'string' || start === '') throw invalid();
  return { revision: rv, after: start };
}
