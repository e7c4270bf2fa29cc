import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFile } from './run-file.ts';
import { runningCluster } from './run-file.ts';

/** Where a cluster keeps its administrator's credentials. PEM text. */
export interface AdminCredentials {
  readonly certificateAuthority: string;
  readonly certificate: string;
  readonly key: string;
}

/** The running cluster of a data directory and its administrator's credentials. Throws, saying how to start one, when none runs. */
export function requireCluster(dataDirectory: string): RunFile & { readonly admin: AdminCredentials } {
  const running = runningCluster(dataDirectory);
  if (!running) throw new Error(`no cluster runs on ${dataDirectory}; start one with: wherry up`);
  return { ...running, admin: adminCredentials(dataDirectory) };
}

/** Reads the administrator's credentials of a data directory. */
export function adminCredentials(dataDirectory: string): AdminCredentials {
  const read = (name: string): string => {
    const path = join(dataDirectory, 'certificates', name);
    if (!existsSync(path)) throw new Error(`${path} is missing: no cluster was ever started on ${dataDirectory}; start one with: wherry up`);
    return readFileSync(path, 'utf8');
  };
  return { certificateAuthority: read('ca.crt'), certificate: read('admin.crt'), key: read('admin.key') };
}
