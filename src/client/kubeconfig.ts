import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { lateModule } from '../api/late-module.ts';
import type { TransportOptions } from './http-transport.ts';
import type { CredentialSource, RequestHeaders } from './https-client.ts';
import { readPlainYaml } from './plain-yaml.ts';
import { proxyFromEnvironment, tunnelThrough } from './proxy.ts';

const yaml = lateModule<typeof import('./kubeconfig-yaml.ts')>(import.meta.url, './kubeconfig-yaml');

/** A kubeconfig as it stands in the file (`v1` `Config`). Fields not named here are kept. */
export interface Kubeconfig {
  apiVersion?: string;
  kind?: string;
  clusters: { name: string; cluster: KubeconfigCluster }[];
  users: { name: string; user: KubeconfigUser }[];
  contexts: { name: string; context: KubeconfigContext }[];
  'current-context'?: string;
  [field: string]: unknown;
}

export interface KubeconfigCluster {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
  [field: string]: unknown;
}

export interface KubeconfigUser {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: readonly string[];
  'as-user-extra'?: Readonly<Record<string, readonly string[]>>;
  exec?: ExecCredentialConfig;
  'auth-provider'?: unknown;
  [field: string]: unknown;
}

/** A program that gives credentials. */
export interface ExecCredentialConfig {
  command?: string;
  args?: string[];
  env?: { name: string; value: string }[];
  apiVersion?: string;
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

export interface KubeconfigContext {
  cluster: string;
  user: string;
  namespace?: string;
  [field: string]: unknown;
}

/** What a context says, ready to connect with. Certificates and keys are PEM text. */
export interface ClusterConnection {
  readonly server: string;
  readonly certificateAuthority?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Text, or a function that reads the file it is kept in. */
  readonly token?: string | (() => string);
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** Basic authentication, impersonation. */
  readonly headers?: RequestHeaders;
  /** From a program that the user names. */
  readonly credentials?: CredentialSource;
  /** Through the proxy of the cluster or of the environment. */
  readonly openTunnel?: TransportOptions['openTunnel'];
  readonly namespace: string;
}

/** A context with its cluster and user, all under one name. Certificates and keys are PEM text. */
export interface ContextEntry {
  readonly name: string;
  readonly server: string;
  readonly certificateAuthority?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
  readonly namespace?: string;
}

const maximumFileBytes = 8 * 1024 * 1024;

/** The files of a kubeconfig, first one first: those of KUBECONFIG, else `~/.kube/config`. */
export function kubeconfigPaths(environment: Readonly<Record<string, string | undefined>>, homeDirectory: string): string[] {
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? [...new Set(listed)] : [join(homeDirectory, '.kube', 'config')];
}

/** The files of a command line's kubeconfig and what they say. */
export interface KubeconfigFiles {
  /** First one first. */
  readonly paths: readonly string[];
  /** One file was named by a flag: it must be there, and nothing else counts. */
  readonly isExplicit: boolean;
  /** All files together, paths in them made absolute. */
  readonly merged: Kubeconfig;
}

/** Reads one file as it stands, its paths too; undefined when it is not there. */
export const readKubeconfig = (path: string): Kubeconfig | undefined => readFile(path);

/** Changes one file under its lock, making it if need be. */
export function updateKubeconfig(path: string, change: (config: Kubeconfig) => void): void {
  mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o750 });
  withLock(path, () => {
    const config = readFile(path) ?? emptyKubeconfig();
    change(config);
    writeFile(path, config);
  });
}

/**
 * Reads and merges kubeconfig files: of several entries with one name, and of several current contexts, the first counts. Files that do not exist are skipped. Paths
 * in them are made absolute, unless they are to be kept as they stand.
 */
export function loadKubeconfig(paths: readonly string[], { keepsPaths = false }: { readonly keepsPaths?: boolean } = {}): Kubeconfig {
  const merged = emptyKubeconfig();
  for (const path of paths) {
    const config = readFile(path);
    if (!config) continue;
    if (!keepsPaths) makePathsAbsolute(config, dirname(resolve(path)));
    addMissing(merged.clusters, config.clusters);
    addMissing(merged.users, config.users);
    addMissing(merged.contexts, config.contexts);
    merged['current-context'] ||= config['current-context'] ?? '';
  }
  return merged;
}

/** The connection that a context describes (default: the current one). Throws with what is missing. */
export function connectionOf(config: Kubeconfig, contextName = config['current-context'] ?? ''): ClusterConnection {
  const context = config.contexts.find(({ name }) => name === contextName)?.context;
  if (!context) throw new Error(contextName === '' ? 'the kubeconfig has no current context' : `context "${contextName}" does not exist`);
  const cluster = config.clusters.find(({ name }) => name === context.cluster)?.cluster;
  if (!cluster?.server) throw new Error(`cluster "${context.cluster}" of context "${contextName}" does not exist or names no server`);
  const user = config.users.find(({ name }) => name === context.user)?.user ?? {};
  return connectionTo(cluster, user, { userName: context.user, namespace: context.namespace });
}

/** The connection to a cluster as a user. Files that they name are read; programs run when credentials are needed. */
export function connectionTo(
  cluster: KubeconfigCluster,
  user: KubeconfigUser,
  at: { readonly userName: string; readonly namespace?: string | undefined },
): ClusterConnection {
  const server = serverUrl(cluster.server ?? '');
  const certificateAuthority = pem(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const proxy = cluster['proxy-url'] || proxyFromEnvironment(server, process.env);
  return {
    server,
    namespace: at.namespace || 'default',
    ...(certificateAuthority ? { certificateAuthority } : {}),
    ...(cluster['tls-server-name'] ? { tlsServerName: cluster['tls-server-name'] } : {}),
    ...(cluster['insecure-skip-tls-verify'] ? { insecureSkipTlsVerify: true } : {}),
    ...(proxy ? { openTunnel: tunnelThrough(proxy) } : {}),
    ...(server.startsWith('https:') ? credentialsOf(user, at.userName, cluster) : {}),
    ...headersOf(user, server.startsWith('https:')),
  };
}

/** `host:port` alone means plain HTTP, as to client-go. */
const serverUrl = (server: string): string => (server.includes('://') ? server : `http://${server}`);

/** The connection of a program that runs in a pod. Throws outside of one. */
export function inClusterConnection(environment: Readonly<Record<string, string | undefined>>): ClusterConnection {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) throw new Error('not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set');
  const directory = '/var/run/secrets/kubernetes.io/serviceaccount';
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    certificateAuthority: readFileSync(join(directory, 'ca.crt'), 'utf8'),
    token: () => readFileSync(join(directory, 'token'), 'utf8'),
    namespace: readFileSync(join(directory, 'namespace'), 'utf8').trim(),
  };
}

/** A kubeconfig with one context, as text. */
export const kubeconfigText = (entry: ContextEntry): string => textOf(withContext(emptyKubeconfig(), entry));

/** Adds or replaces a context (with a cluster and user of its name) and makes it current. Whatever else is in the file stays. The file is replaced in one step, mode 0600. */
export function upsertContext(path: string, entry: ContextEntry): void {
  mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o700 });
  withLock(path, () => writeFile(path, withContext(readFile(path) ?? emptyKubeconfig(), entry)));
}

/**
 * Removes a context, and its cluster and user unless another context needs them. With `onlyIf`, only if its cluster has that certificate authority (PEM). Harmless when the
 * file or the context is not there.
 */
export function removeContext(path: string, name: string, onlyIf?: { readonly certificateAuthority: string }): void {
  if (!existsSync(path)) return;
  withLock(path, () => {
    const config = readFile(path);
    const context = config?.contexts.find((entry) => entry.name === name)?.context;
    if (!config || !context) return;
    const authority = config.clusters.find((entry) => entry.name === context.cluster)?.cluster['certificate-authority-data'];
    if (onlyIf && authority !== base64(onlyIf.certificateAuthority)) return;
    config.contexts = config.contexts.filter((entry) => entry.name !== name);
    if (!config.contexts.some((entry) => entry.context.cluster === context.cluster))
      config.clusters = config.clusters.filter((entry) => entry.name !== context.cluster);
    if (!config.contexts.some((entry) => entry.context.user === context.user)) config.users = config.users.filter((entry) => entry.name !== context.user);
    if (config['current-context'] === name) config['current-context'] = '';
    writeFile(path, config);
  });
}

const emptyKubeconfig = (): Kubeconfig => ({ apiVersion: 'v1', kind: 'Config', clusters: [], contexts: [], 'current-context': '', preferences: {}, users: [] });

function withContext(config: Kubeconfig, entry: ContextEntry): Kubeconfig {
  const { name, server, certificateAuthority, certificate, key, token, namespace } = entry;
  put(config.clusters, { name, cluster: { ...(certificateAuthority ? { 'certificate-authority-data': base64(certificateAuthority) } : {}), server } });
  put(config.users, {
    name,
    user: {
      ...(certificate ? { 'client-certificate-data': base64(certificate) } : {}),
      ...(key ? { 'client-key-data': base64(key) } : {}),
      ...(token ? { token } : {}),
    },
  });
  put(config.contexts, { name, context: { cluster: name, ...(namespace ? { namespace } : {}), user: name } });
  config['current-context'] = name;
  return config;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function put<Entry extends { name: string }>(entries: Entry[], entry: Entry): void {
  const index = entries.findIndex(({ name }) => name === entry.name);
  if (index < 0) entries.push(entry);
  else entries[index] = entry;
}

function addMissing<Entry extends { name: string }>(target: Entry[], entries: readonly Entry[]): void {
  const known = new Set(target.map(({ name }) => name));
  target.push(...entries.filter(({ name }) => !known.has(name)));
}

function readFile(path: string): Kubeconfig | undefined {
  if (!existsSync(path)) return undefined;
  if (statSync(path).size > maximumFileBytes) throw new Error(`${path} is larger than ${maximumFileBytes} bytes; it is not a kubeconfig`);
  const text = readFileSync(path, 'utf8');
  return text.trim() === '' ? emptyKubeconfig() : parse(text, path);
}

function parse(text: string, path: string): Kubeconfig {
  let value: unknown;
  try {
    value = readPlainYaml(text) ?? yaml().load(text, { filename: path });
  } catch (cause) {
    throw new Error(`${path} is not valid YAML`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path} is not a kubeconfig`);
  const config = value as Partial<Kubeconfig>;
  return {
    ...config,
    clusters: entriesOf(config.clusters, 'cluster', path),
    users: entriesOf(config.users, 'user', path),
    contexts: entriesOf(config.contexts, 'context', path),
  };
}

/** Checks the one level of shape that everything relies on: a list of `{ name, <field>: {} }`. */
function entriesOf<Entry extends { name: string }>(list: readonly Entry[] | undefined | null, field: keyof Entry & string, path: string): Entry[] {
  if (list === undefined || list === null) return [];
  const isEntry = (entry: unknown): entry is Entry => typeof entry === 'object' && entry !== null && 'name' in entry && typeof entry.name === 'string';
  if (!Array.isArray(list) || !list.every(isEntry)) throw new Error(`${path} is not a kubeconfig: ${field}s is not a list of named entries`);
  return list.map((entry) => (typeof entry[field] === 'object' && entry[field] !== null ? entry : { ...entry, [field]: {} }));
}

function makePathsAbsolute(config: Kubeconfig, directory: string): void {
  const fix = (holder: Record<string, unknown>, fields: readonly string[]): void => {
    for (const field of fields) {
      const value = holder[field];
      if (typeof value === 'string' && value !== '' && !isAbsolute(value)) holder[field] = join(directory, value);
    }
  };
  for (const { cluster } of config.clusters) fix(cluster, ['certificate-authority']);
  for (const { user } of config.users) fix(user, ['client-certificate', 'client-key', 'tokenFile']);
}

/** Inline data wins over a file, as in client-go. */
function pem(data: string | undefined, path: string | undefined): string | undefined {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return path ? readFileSync(path, 'utf8') : undefined;
}

function credentialsOf(user: KubeconfigUser, name: string, cluster: KubeconfigCluster): Partial<ClusterConnection> {
  if (user['auth-provider'] && !user.exec) {
    const { name: provider = '' } = user['auth-provider'] as { name?: string };
    throw new Error(
      `no Auth Provider found for name ${JSON.stringify(provider)}: user ${JSON.stringify(name)} needs an exec plugin, a certificate or a token instead`,
    );
  }
  const certificate = pem(user['client-certificate-data'], user['client-certificate']);
  const key = pem(user['client-key-data'], user['client-key']);
  const { tokenFile, exec } = user;
  const token = user.token || (tokenFile ? () => readFileSync(tokenFile, 'utf8') : undefined);
  return {
    ...(certificate ? { certificate } : {}),
    ...(key ? { key } : {}),
    ...(token ? { token } : {}),
    ...(exec ? { credentials: lateCredentials(exec, cluster) } : {}),
  };
}

/** Starting programs is loaded with the first one. */
function lateCredentials(exec: ExecCredentialConfig, cluster: KubeconfigCluster): CredentialSource {
  const source = async (): Promise<CredentialSource> => (await import('./exec-credentials.ts')).execCredentials(exec, cluster);
  let known: Promise<CredentialSource> | undefined;
  return { current: async () => (await (known ??= source())).current(), refused: async () => (await (known ??= source())).refused() };
}

/** Basic authentication over TLS only, and who to act as. */
function headersOf(user: KubeconfigUser, isSecure: boolean): { headers?: RequestHeaders } {
  const extra = Object.entries(user['as-user-extra'] ?? {}).map(
    ([name, values]) => [`impersonate-extra-${encodeURIComponent(name.toLowerCase())}`, values] as const,
  );
  const headers: RequestHeaders = {
    ...(isSecure && user.username ? { authorization: `Basic ${base64(`${user.username}:${user.password ?? ''}`)}` } : {}),
    ...(user.as ? { 'impersonate-user': user.as } : {}),
    ...(user.as && user['as-uid'] ? { 'impersonate-uid': user['as-uid'] } : {}),
    ...(user.as && user['as-groups']?.length ? { 'impersonate-group': user['as-groups'] } : {}),
    ...(user.as ? Object.fromEntries(extra) : {}),
  };
  return Object.keys(headers).length > 0 ? { headers } : {};
}

const textOf = (config: Kubeconfig): string => yaml().dump(config, { lineWidth: -1, noRefs: true });

/** Replaces the file in one step, so that a reader sees the old or the new one whole. A symbolic link stays a link. */
function writeFile(path: string, config: Kubeconfig): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, textOf(config), { mode: 0o600, flush: true });
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
function withLock(path: string, run: () => void): void {
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
