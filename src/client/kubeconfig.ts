import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { type ClusterConnection, connectionTo } from './cluster-connection.ts';
import { emptyKubeconfig, readKubeconfigFile, textOfKubeconfig, withKubeconfigLock, writeKubeconfigFile } from './kubeconfig-file.ts';
import { localSocketEntry } from './local-socket.ts';

export { type ClusterConnection, inClusterConnection } from './cluster-connection.ts';

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
  'disable-compression'?: boolean;
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

/** A context with its cluster and user, all under one name. Certificates and keys are PEM text. */
export interface ContextEntry {
  readonly name: string;
  readonly server: string;
  readonly certificateAuthority?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
  readonly namespace?: string;
  /** The path of a socket on which the same server answers programs of this user. */
  readonly localSocket?: string | undefined;
}

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
export const readKubeconfig = (path: string): Kubeconfig | undefined => readKubeconfigFile(path);

/** Changes one file under its lock, making it if need be. A file in which nothing changes stays as it is written. */
export function updateKubeconfig(path: string, change: (config: Kubeconfig) => void): void {
  mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o750 });
  withKubeconfigLock(path, () => {
    const found = readKubeconfigFile(path);
    const config = found ?? emptyKubeconfig();
    const before = JSON.stringify(config);
    change(config);
    if (!found || JSON.stringify(config) !== before) writeKubeconfigFile(path, config);
  });
}

/**
 * Reads and merges kubeconfig files: of several entries with one name, and of several current contexts, the first counts. Files that do not exist are skipped. Paths
 * in them are made absolute, unless they are to be kept as they stand.
 */
export function loadKubeconfig(paths: readonly string[], { keepsPaths = false }: { readonly keepsPaths?: boolean } = {}): Kubeconfig {
  const merged = emptyKubeconfig();
  for (const path of paths) {
    const config = readKubeconfigFile(path);
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

/** A kubeconfig with one context, as text. */
export const kubeconfigText = (entry: ContextEntry): string => textOfKubeconfig(withContext(emptyKubeconfig(), entry));

/** Adds or replaces a context (with a cluster and user of its name) and makes it current. Whatever else is in the file stays. The file is replaced in one step, mode 0600. */
export function upsertContext(path: string, entry: ContextEntry): void {
  mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o700 });
  withKubeconfigLock(path, () => writeKubeconfigFile(path, withContext(readKubeconfigFile(path) ?? emptyKubeconfig(), entry)));
}

/**
 * Removes a context, and its cluster and user unless another context needs them. With `onlyIf`, only if its cluster has that certificate authority (PEM). Harmless when the
 * file or the context is not there.
 */
export function removeContext(path: string, name: string, onlyIf?: { readonly certificateAuthority: string }): void {
  if (!existsSync(path)) return;
  withKubeconfigLock(path, () => {
    const config = readKubeconfigFile(path);
    const context = config?.contexts.find((entry) => entry.name === name)?.context;
    if (!config || !context) return;
    const authority = config.clusters.find((entry) => entry.name === context.cluster)?.cluster['certificate-authority-data'];
    if (onlyIf && authority !== base64(onlyIf.certificateAuthority)) return;
    config.contexts = config.contexts.filter((entry) => entry.name !== name);
    if (!config.contexts.some((entry) => entry.context.cluster === context.cluster))
      config.clusters = config.clusters.filter((entry) => entry.name !== context.cluster);
    if (!config.contexts.some((entry) => entry.context.user === context.user)) config.users = config.users.filter((entry) => entry.name !== context.user);
    if (config['current-context'] === name) config['current-context'] = '';
    writeKubeconfigFile(path, config);
  });
}

function withContext(config: Kubeconfig, entry: ContextEntry): Kubeconfig {
  const { name, server, certificateAuthority, certificate, key, token, namespace, localSocket } = entry;
  put(config.clusters, {
    name,
    cluster: {
      ...(certificateAuthority ? { 'certificate-authority-data': base64(certificateAuthority) } : {}),
      ...(localSocket ? { extensions: [localSocketEntry(localSocket, server)] } : {}),
      server,
    },
  });
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

function makePathsAbsolute(config: Kubeconfig, directory: string): void {
  const fix = (holder: Record<string, unknown>, fields: readonly string[]): void => {
    for (const field of fields) {
      const value = holder[field];
      if (typeof value === 'string' && value !== '' && !isAbsolute(value)) holder[field] = join(directory, value);
    }
  };
  for (const { cluster } of config.clusters) fix(cluster, ['certificate-authority']);
  for (const { user } of config.users) {
    fix(user, ['client-certificate', 'client-key', 'tokenFile']);
    // A name alone is looked up on PATH.
    if (user.exec?.command?.includes('/')) fix(user.exec as Record<string, unknown>, ['command']);
  }
}
