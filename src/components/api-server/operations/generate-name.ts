import { randomBytes } from 'node:crypto';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError, alreadyExists } from '../../../api/status.ts';
import type { ServedResource } from '../resource-index.ts';

// Upstream's alphabet: no vowels, so that no words arise, and no characters that look alike.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maximumLength = 63;

/** A name from `metadata.generateName`: its first 58 characters and five random ones. */
export function generateName(base: string): string {
  let name = base.slice(0, maximumLength - suffixLength);
  // 256 is not a multiple of 27; bytes above the last multiple are drawn again so that each character is equally likely.
  while (name.length < Math.min(base.length, maximumLength - suffixLength) + suffixLength) {
    for (const byte of randomBytes(suffixLength)) {
      if (byte < 243 && name.length < Math.min(base.length, maximumLength - suffixLength) + suffixLength) name += alphabet[byte % alphabet.length];
    }
  }
  return name;
}

/**
 * The 409 for a name that is taken. One that came of, or with, a `generateName` may be asked for again (upstream's NewGenerateNameConflict); of an object that is
 * on its way out the message says so.
 */
export function nameTaken(served: ServedResource, wanted: UntypedObject, existing: UntypedObject | undefined): ApiError {
  const { name = '', generateName } = wanted.metadata;
  const taken = alreadyExists(served, name);
  const suffix = generateName ? ', the server was not able to generate a unique name for the object' : '';
  const prefix = existing?.metadata.deletionTimestamp === undefined ? '' : 'object is being deleted: ';
  return new ApiError(taken.code, taken.reason, `${prefix}${taken.message}${suffix}`, {
    details: { ...taken.details, ...(generateName ? { retryAfterSeconds: 1 } : {}) },
  });
}
