import { join } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';

/** Where an entry of an archive goes. Throws, in krew's words, for one that would leave the folder. */
export function entryPath(directory: string, name: string): string {
  if (name.includes('..')) throw new Error(`refusing to unpack archive with suspicious entry ${goQuote(name)}`);
  if (name.startsWith('/') || name.startsWith('\\')) throw new Error(`refusing to unpack archive with absolute entry ${goQuote(name)}`);
  if (name === '' || name.includes('\0')) throw new Error(`refusing to unpack archive with suspicious entry ${goQuote(name)}`);
  return join(directory, name);
}
