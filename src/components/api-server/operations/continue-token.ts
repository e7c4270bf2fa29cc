import { jsonSyntaxProblem } from '../../../api/json-syntax.ts';
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

/** Reads a token back. Throws ApiError 400 `invalid continue token: continue key is not valid...` for anything this server would not write (upstream's DecodeContinue). */
export function decodeContinueToken(text: string): ContinueToken {
  const { v, rv = 0, start = '' } = fieldsOf(text);
  if (v !== tokenVersion) throw refused(`: server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv))
    throw refused(`: json: cannot unmarshal ${jsonType(rv)} into Go struct field continueToken.rv of type int64`);
  if (typeof start !== 'string') throw refused(`: json: cannot unmarshal ${jsonType(start)} into Go struct field continueToken.start of type string`);
  if (rv === 0) throw refused(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (start === '') throw refused(': encoded start key empty (version meta.k8s.io/v1)');
  if (!isPlainKey(start)) throw refused(`: ${start}`);
  return { revision: rv < 0 ? -1 : rv, after: start };
}

function fieldsOf(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  if (text.length > maximumTokenLength) throw refused('');
  const strange = text.search(/[^A-Za-z0-9_-]/);
  if (strange >= 0 || text.length % 4 === 1) throw refused(`: illegal base64 data at input byte ${strange >= 0 ? strange : text.length - 1}`);
  const json = Buffer.from(text, 'base64url').toString();
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw refused(`: ${jsonSyntaxProblem(json)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  if (value === null) return {};
  throw refused(`: json: cannot unmarshal ${jsonType(value)} into Go value of type storage.continueToken`);
}

const refused = (why: string): Error => badRequest(`invalid continue token: continue key is not valid${why}`);

const jsonType = (value: unknown): string =>
  Array.isArray(value)
    ? 'array'
    : typeof value === 'boolean'
      ? 'bool'
      : typeof value === 'number' && !Number.isSafeInteger(value)
        ? `number ${value}`
        : typeof value;

/** A key never leaves its collection: no empty parts, no dots. */
const isPlainKey = (key: string): boolean => key.split('/').every((part, index) => (part !== '' || index === 0) && part !== '.' && part !== '..');
