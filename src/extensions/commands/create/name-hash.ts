import { createHash } from 'node:crypto';
import { compactJson } from '../../../extension-points/commands/printers/json-text.ts';

/** Vowels and what looks like them are other letters. */
const letters: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

/** Ten letters that follow from what an object holds (`--append-hash`): the same for the same content, in every tool. */
export const nameHash = (content: Readonly<Record<string, unknown>>): string =>
  createHash('sha256')
    .update(compactJson(content))
    .digest('hex')
    .slice(0, 10)
    .replace(/[013ae]/g, (letter) => letters[letter]!);
