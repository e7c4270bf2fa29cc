import { chmodSync, closeSync, existsSync, openSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { lateModule } from '../api/late-module.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import { kubeconfigProblem } from './kubeconfig-shape.ts';
import { readPlainYaml } from './plain-yaml.ts';

const yaml = lateModule<typeof import('./kubeconfig-yaml.ts')>(import.meta.url, './kubeconfig-yaml');

const maximumFileBytes = 8 * 1024 * 1024;

export const emptyKubeconfig = (): Kubeconfig => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [],
  contexts: [],
  'current-context': '',
  preferences: {},
  users: [],
});

/** A kubeconfig as text, as kubectl writes it: sorted keys, lists not indented, `null` for an empty list. */
export function textOfKubeconfig(config: Kubeconfig): string {
  const { clusters, users, contexts, preferences, ...rest } = config;
  const listed = <Entry extends { name: string }>(entries: readonly Entry[]): Entry[] | null =>
    entries.length === 0 ? null : entries.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const isKept = typeof preferences === 'object' && preferences !== null && Object.keys(preferences).length > 0;
  const written = { ...rest, clusters: listed(clusters), users: listed(users), contexts: listed(contexts), ...(isKept ? { preferences } : {}) };
  return yaml().dump(written, { lineWidth: -1, noRefs: true, sortKeys: true, seqNoIndent: true, quoteStyle: 'double' });
}

/** Reads one file; undefined when it is not there. Throws `error loading config file "PATH": ...`, in client-go's words, for one that is no kubeconfig. */
export function readKubeconfigFile(path: string): Kubeconfig | undefined {
  if (!existsSync(path)) return undefined;
  if (statSync(path).size > maximumFileBytes) throw notLoaded(path, `it is larger than ${maximumFileBytes} bytes`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw notLoaded(path, readProblem(path, cause), cause);
  }
  return text.trim() === '' ? emptyKubeconfig() : parse(text, path);
}

const notLoaded = (path: string, problem: string, cause?: unknown): Error =>
  new Error(`error loading config file ${JSON.stringify(path)}: ${problem}`, { cause });

function readProblem(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES') return `open ${path}: permission denied`;
  return code === 'EISDIR' ? `read ${path}: is a directory` : message;
}

function parse(text: string, path: string): Kubeconfig {
  let value: unknown;
  try {
    value = readPlainYaml(text) ?? yaml().load(text);
  } catch (cause) {
    const { reason, mark, message } = cause as Error & { readonly reason?: string; readonly mark?: { readonly line: number } };
    throw notLoaded(path, `yaml: ${mark ? `line ${mark.line + 1}: ` : ''}${reason ?? message}`, cause);
  }
  if (value === undefined || value === null) return emptyKubeconfig();
  const problem = kubeconfigProblem(value);
  if (problem !== undefined) throw notLoaded(path, problem);
  const config = value as Partial<Kubeconfig>;
  return {
    ...config,
    clusters: entriesOf(config.clusters, 'cluster'),
    users: entriesOf(config.users, 'user'),
    contexts: entriesOf(config.contexts, 'context'),
  };
}

/** An entry without content has an empty one. */
function entriesOf<Entry extends { name: string }>(list: readonly Entry[] | undefined | null, field: keyof Entry & string): Entry[] {
  return (list ?? []).map((entry) => ({ ...entry, name: entry.name ?? '', [field]: entry[field] ?? {} }));
}

/** Replaces the file in one step, so that a reader sees the old or the new one whole. A symbolic link stays a link. */
export function writeKubeconfigFile(path: string, config: Kubeconfig): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, textOfKubeconfig(config), { mode: 0o600, flush: true });
    chmodSync(temporary, 0o600);
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

const lockAttempts = 50;
const lockRetryMs = 20;
const staleLockMs = 60_000;

/** The same lock file as kubectl takes. One left behind by a killed program is taken over after a minute. */
export function withKubeconfigLock(path: string, run: () => void): void {
  const lock = `${path}.lock`;
  for (let attempt = 1; !takeLock(lock); attempt++) {
    if (attempt === lockAttempts) throw new Error(`${path} is locked by another program; if none is running, remove ${lock}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockRetryMs);
  }
  try {
    run();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > staleLockMs) rmSync(lock, { force: true });
    return false;
  }
}
