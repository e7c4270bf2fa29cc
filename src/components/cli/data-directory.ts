import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** What a data directory remembers between runs; its presence says that the directory is wherry's to use and to empty. */
export interface DataDirectoryRecord {
  /** The port of the last run. */
  readonly port?: number;
  /** The kubeconfig that got the context. */
  readonly kubeconfig?: string;
}

const recordOf = (directory: string): string => join(directory, 'wherry.json');
/** Everything wherry keeps in its directory, and what a user may put there before the first start. */
const own = new Set([
  'wherry.json',
  'wherry.log',
  'wherry.sock',
  'run.json',
  'pod-range',
  'certificates',
  'containerd',
  'images',
  'logs',
  'manifests',
  'nodes',
  'store.db',
  'store.db-wal',
  'store.db-shm',
  'store.db-journal',
  'store.db.lock',
]);

/** Whether wherry has used a directory. */
export const isDataDirectory = (directory: string): boolean => existsSync(recordOf(directory)) || existsSync(join(directory, 'run.json'));

export function readRecord(directory: string): DataDirectoryRecord {
  try {
    return JSON.parse(readFileSync(recordOf(directory), 'utf8')) as DataDirectoryRecord;
  } catch {
    return {}; // nothing remembered
  }
}

/** Adds to what is remembered. */
export function writeRecord(directory: string, record: DataDirectoryRecord): void {
  writeFileSync(recordOf(directory), `${JSON.stringify({ ...readRecord(directory), ...record })}\n`, { mode: 0o600 });
}

/** Makes a directory ready for a cluster, readable by its owner only. Throws, saying what to do, when it cannot be written or is somebody else's. */
export function prepareDataDirectory(directory: string): void {
  // Node's recursive mkdir never returns in /proc.
  if (/^\/(?:proc|sys|dev)(?:\/|$)/.test(directory)) throw unwritable(directory, 'ENOTSUP');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!isDataDirectory(directory)) requireUnused(directory);
    // It holds Secrets and keys.
    chmodSync(directory, 0o700);
    ownFile(join(directory, 'wherry.log'));
    // What SQLite puts beside its file gets the same mode. A file that cannot be written is the store's to refuse, in its own words.
    tryOwnFile(join(directory, 'store.db'));
    if (!isDataDirectory(directory)) writeRecord(directory, {});
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : unwritable(directory, code);
  }
}

function ownFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

function tryOwnFile(path: string): void {
  try {
    ownFile(path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

const unwritable = (directory: string, code: string): Error =>
  new Error(`cannot write to the data directory ${directory} (${code}); choose another with --data-dir`);

/** The system's own folders hold many things; a folder with a few files beside wherry's may be used, and keeps them when the data is removed. */
function requireUnused(directory: string): void {
  const foreign = readdirSync(directory).filter((name) => !own.has(name));
  if (foreign.length > 10) throw new Error(`${directory} holds other things (${foreign.slice(0, 3).join(', ')}, …): choose an empty directory with --data-dir`);
}

/** Removes what is wherry's; then the directory, if nothing is left. Answers the names of what is not wherry's, which stays. */
export function removeDataDirectory(directory: string): string[] {
  for (const name of readdirSync(directory).filter((entry) => own.has(entry))) rmSync(join(directory, name), { recursive: true, force: true });
  const left = readdirSync(directory);
  if (left.length === 0) rmdirSync(directory);
  return left;
}

/** With port 0, that of the last run if it is free, for kubeconfigs and running pods know it; else any free one, which 0 means. */
export async function portToUse(directory: string, host: string, wanted: number): Promise<number> {
  const last = readRecord(directory).port;
  if (wanted !== 0 || last === undefined) return wanted;
  const probe = createServer();
  return await new Promise<number>((resolve) => {
    probe.once('error', () => resolve(0));
    probe.listen(last, host, () => probe.close(() => resolve(last)));
  });
}
