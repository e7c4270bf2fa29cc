import { join, resolve } from 'node:path';
import type { FlagTable, FlagValues } from '../../../../extension-points/commands/contract.ts';
import type { FetchOptions } from '../installation/download.ts';
import type { KrewContext } from '../open-krew.ts';

/** What commands that download take. */
export const fetchFlags = {
  'no-update-index': { type: 'boolean', description: 'do not update the local copy of plugin indexes first' },
  'enable-netrc': { type: 'boolean', description: 'read .netrc file for login credentials, used for downloading plugin packages' },
  'netrc-file': { type: 'string', description: 'path to .netrc file for authentication (default: .netrc in the home directory)' },
} as const satisfies FlagTable;

export function fetchOptions(context: KrewContext & { readonly flags: FlagValues<typeof fetchFlags> }): FetchOptions {
  const { flags, homeDirectory, directory, signal } = context;
  if (!flags['enable-netrc']) return { signal };
  const usual = join(homeDirectory, process.platform === 'win32' ? '_netrc' : '.netrc');
  return { signal, netrcFile: flags['netrc-file'] ? resolve(directory, flags['netrc-file']) : usual };
}

/** The time as receipts have it. */
export const receiptTime = ({ clock }: KrewContext): string => new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
