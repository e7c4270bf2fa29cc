import { badRequest } from '../../../api/status.ts';

const largestSigned = 2n ** 63n - 1n;
const largestUnsigned = 2n ** 64n - 1n;

/** A number of a query parameter. Throws ApiError 400 in the words of Go's `strconv.ParseInt` for what is no 64-bit integer. */
export function parseInt64(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(problem('ParseInt', text, 'invalid syntax'));
  const digits = text.replace(/^\+?(-?)0*(?=\d)/, '$1');
  if (digits.length > 20 || BigInt(digits) > largestSigned || BigInt(digits) < -largestSigned - 1n)
    throw badRequest(problem('ParseInt', text, 'value out of range'));
  return Number(digits);
}

/**
 * A revision as clients write it: an unsigned 64-bit integer, none for the empty text. Throws ApiError 400 `<prefix>resourceVersion: Invalid value: ...`.
 * Lists have a prefix of their own (upstream's storage.ValidateListOptions). Revisions this server never gives out may lose their last digits.
 */
export function parseRevision(text: string | undefined, prefix = ''): number | undefined {
  if (text === undefined || text === '') return undefined;
  const refuse = (why: string): Error =>
    badRequest(`${prefix}resourceVersion: Invalid value: ${JSON.stringify(shortened(text))}: ${problem('ParseUint', text, why)}`);
  if (!/^\d+$/.test(text)) throw refuse('invalid syntax');
  const digits = text.replace(/^0+(?=\d)/, '');
  if (digits.length > 20 || BigInt(digits) > largestUnsigned) throw refuse('value out of range');
  return Number(digits);
}

const problem = (parse: string, text: string, why: string): string => `strconv.${parse}: parsing ${JSON.stringify(shortened(text))}: ${why}`;

/** The client sent it and knows it. */
const shortened = (text: string): string => (text.length <= 256 ? text : `${text.slice(0, 256)}...`);
