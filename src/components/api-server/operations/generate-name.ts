import { randomBytes } from 'node:crypto';

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
