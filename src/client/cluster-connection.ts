import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { providerToken } from './auth-provider.ts';
import type { CredentialPluginPolicy } from './credential-plugin-policy.ts';
import type { TransportOptions } from './http-transport.ts';
import type { CredentialSource, RequestHeaders } from './https-client.ts';
import type { ExecCredentialConfig, KubeconfigCluster, KubeconfigUser } from './kubeconfig.ts';
import { type LocalSocket, localSocketPath } from './local-socket.ts';
import { NoAnswer } from './no-answer.ts';
import { proxyFromEnvironment, tunnelThrough } from './proxy.ts';

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
  /** Where the same server answers on this machine. */
  readonly localSocket?: LocalSocket;
  readonly namespace: string;
}

export interface ConnectionDetails {
  readonly userName: string;
  readonly namespace?: string | undefined;
  /** Which credential plugins may run; absent: all. */
  readonly pluginPolicy?: CredentialPluginPolicy | undefined;
}

/** The connection to a cluster as a user. Files that they name are read; programs run when credentials are needed. Throws in client-go's words what cannot be used. */
export function connectionTo(cluster: KubeconfigCluster, user: KubeconfigUser, details: ConnectionDetails): ClusterConnection {
  const server = serverUrl(cluster);
  const certificateAuthority = cluster['insecure-skip-tls-verify'] ? undefined : pem(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const proxy = cluster['proxy-url'] || proxyFromEnvironment(server, process.env);
  // As client-go: who somebody is, is told to servers that are named with https only.
  const isSecure = cluster.server?.startsWith('https:') === true;
  const credentials = isSecure ? credentialsOf(user, cluster, details) : {};
  const socketPath = proxy ? undefined : localSocketPath(cluster);
  const isPlain = !cluster['tls-server-name'] && !cluster['insecure-skip-tls-verify'];
  return {
    server,
    namespace: details.namespace || 'default',
    ...(certificateAuthority ? { certificateAuthority } : {}),
    ...(cluster['tls-server-name'] ? { tlsServerName: cluster['tls-server-name'] } : {}),
    ...(cluster['insecure-skip-tls-verify'] ? { insecureSkipTlsVerify: true } : {}),
    ...(proxy ? { openTunnel: tunnelThrough(proxy) } : {}),
    ...credentials,
    ...(socketPath !== undefined && isPlain && certificateAuthority && credentials.certificate
      ? { localSocket: { path: socketPath, authority: certificateAuthority, certificate: credentials.certificate } }
      : {}),
    ...headersOf(user, isSecure),
  };
}

/** `host:port` alone means plain HTTP. */
function serverUrl({ server = '' }: KubeconfigCluster): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(server) ? server : `http://${server}`;
  const port = /^[^/]*\/\/[^/]*:(\d+)(?:\/|$)/.exec(url)?.[1];
  if (port !== undefined && Number(port) > 65_535) throw new NoAnswer(server, new Error(`dial tcp: address ${port}: invalid port`));
  if (!URL.canParse(url)) throw new Error(`host must be a URL or a host:port pair: ${JSON.stringify(server)}`);
  const scheme = new URL(url).protocol.slice(0, -1);
  if (scheme !== 'http' && scheme !== 'https') throw new NoAnswer(server, new Error(`unsupported protocol scheme ${JSON.stringify(scheme)}`));
  return url;
}

/** Where a pod finds its service account. */
export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The connection of a program that runs in a pod. Throws outside of one. */
export function inClusterConnection(environment: Readonly<Record<string, string | undefined>>, directory: string = serviceAccountDirectory): ClusterConnection {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) throw new Error('not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set');
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const proxy = proxyFromEnvironment(server, environment);
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  return {
    server,
    ...(existsSync(join(directory, 'ca.crt')) ? { certificateAuthority: read('ca.crt') } : {}),
    token: () => read('token'),
    ...(proxy ? { openTunnel: tunnelThrough(proxy) } : {}),
    namespace: (existsSync(join(directory, 'namespace')) && read('namespace').trim()) || 'default',
  };
}

/** Inline data wins over a file, as in client-go. */
function pem(data: string | undefined, path: string | undefined): string | undefined {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return path ? readFileSync(path, 'utf8') : undefined;
}

function credentialsOf(user: KubeconfigUser, cluster: KubeconfigCluster, { pluginPolicy }: ConnectionDetails): Partial<ClusterConnection> {
  const certificate = pem(user['client-certificate-data'], user['client-certificate']);
  const key = pem(user['client-key-data'], user['client-key']);
  if (certificate && !certificate.includes('-----BEGIN ')) throw new Error('tls: failed to find any PEM data in certificate input');
  if (certificate && !key?.includes('-----BEGIN ')) throw new Error('tls: failed to find any PEM data in key input');
  const token = tokenOf(user) || (user['auth-provider'] ? providerToken(user['auth-provider']) : undefined);
  // A plugin is asked only where nothing else tells who the user is.
  const { exec } = user;
  if (exec && !execVersions.includes(exec.apiVersion ?? '')) throw new Error(`exec plugin: invalid apiVersion ${JSON.stringify(exec.apiVersion ?? '')}`);
  const asksPlugin = exec && !certificate && !token && !user.username && !user.password;
  return {
    ...(certificate && key ? { certificate, key } : {}),
    ...(token ? { token } : {}),
    ...(asksPlugin ? { credentials: lateCredentials(exec, cluster, pluginPolicy) } : {}),
  };
}

const execVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** A file is read again and again, since it may change; the text beside it stands in when it cannot be read. */
function tokenOf({ token, tokenFile }: KubeconfigUser): string | (() => string) | undefined {
  if (!tokenFile) return token;
  if (!token && readToken(tokenFile) === '') return undefined;
  return () => {
    try {
      return readToken(tokenFile) || token || '';
    } catch (error) {
      if (token) return token;
      throw error;
    }
  };
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES') throw new Error(message, { cause: error });
    throw new Error(`open ${path}: ${code === 'ENOENT' ? 'no such file or directory' : 'permission denied'}`, { cause: error });
  }
}

/** Starting programs is loaded with the first one. */
function lateCredentials(exec: ExecCredentialConfig, cluster: KubeconfigCluster, policy: CredentialPluginPolicy | undefined): CredentialSource {
  const load = async (): Promise<CredentialSource> => (await import('./exec-credentials.ts')).execCredentials(exec, cluster, policy);
  let known: Promise<CredentialSource> | undefined;
  const source = (): Promise<CredentialSource> => (known ??= load());
  return { current: async () => (await source()).current(), refused: async (used) => (await source()).refused(used) };
}

/** Basic authentication over TLS only, and who to act as. */
function headersOf(user: KubeconfigUser, isSecure: boolean): { headers?: RequestHeaders } {
  const headers: RequestHeaders = {
    ...(isSecure && (user.username || user.password) ? { authorization: `Basic ${base64(`${user.username ?? ''}:${user.password ?? ''}`)}` } : {}),
    ...(user.as ? { 'impersonate-user': user.as } : {}),
    ...(user.as && user['as-uid'] ? { 'impersonate-uid': user['as-uid'] } : {}),
    ...(user.as && user['as-groups']?.length ? { 'impersonate-group': user['as-groups'] } : {}),
    ...(user.as ? extraHeaders(user['as-user-extra'] ?? {}) : {}),
  };
  return Object.keys(headers).length > 0 ? { headers } : {};
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Names that differ only in their letters' case are one header. */
function extraHeaders(extra: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(extra)) (headers[`impersonate-extra-${encodeURIComponent(name.toLowerCase())}`] ??= []).push(...values);
  return headers;
}
