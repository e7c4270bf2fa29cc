import { accessSync, constants } from 'node:fs';
import { type ClusterConnection, connectionTo } from './cluster-connection.ts';
import { ConfigurationInvalid, contextNotFound } from './configuration-invalid.ts';
import type { CredentialPluginPolicy } from './credential-plugin-policy.ts';
import type { Kubeconfig, KubeconfigCluster, KubeconfigContext, KubeconfigUser } from './kubeconfig.ts';

/** What the flags of a command line put over a kubeconfig. Empty fields change nothing. */
export interface KubeconfigOverrides {
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  readonly clusterFields?: KubeconfigCluster;
  readonly userFields?: KubeconfigUser;
  /** Which credential plugins may run; absent: all. */
  readonly pluginPolicy?: CredentialPluginPolicy | undefined;
}

/** The parts of a kubeconfig that a command uses, overrides put in. */
export interface SelectedParts {
  readonly contextName: string;
  readonly context: KubeconfigContext;
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
}

/** The server without any configuration, unless KUBERNETES_MASTER names another. */
export const defaultServer = 'http://localhost:8080';

/** Picks context, cluster and user as client-go does. Throws for a context, cluster or user that a flag names and that is not there. */
export function selectParts(config: Kubeconfig, overrides: KubeconfigOverrides, server = defaultServer): SelectedParts {
  const contextName = overrides.context || config['current-context'] || '';
  const found = config.contexts.find(({ name }) => name === contextName)?.context;
  if (!found && overrides.context) throw new Error(`context ${JSON.stringify(contextName)} does not exist`);
  const { cluster: clusterName = '', user: userName = '', ...rest } = found ?? {};
  const namespace = overrides.namespace || found?.namespace;
  const context: KubeconfigContext = {
    ...rest,
    cluster: overrides.cluster || clusterName,
    user: overrides.user || userName,
    ...(namespace ? { namespace } : {}),
  };
  const user = config.users.find(({ name }) => name === context.user)?.user;
  if (!user && overrides.user) throw new Error(`auth info ${JSON.stringify(context.user)} does not exist`);
  const cluster = config.clusters.find(({ name }) => name === context.cluster)?.cluster;
  if (!cluster && overrides.cluster) throw new Error(`cluster ${JSON.stringify(context.cluster)} does not exist`);
  return {
    contextName,
    context,
    cluster: withClusterFields({ server, ...withoutEmpty(cluster ?? {}) }, withoutEmpty(overrides.clusterFields ?? {})),
    user: withUserFields(withoutEmpty(user ?? {}), withoutEmpty(overrides.userFields ?? {})),
  };
}

/** Refuses a context or cluster that is not there as client-go does where it is asked for the namespace: as a configuration that is invalid. */
export function requireNamed(config: Kubeconfig, overrides: KubeconfigOverrides): void {
  const { context, cluster } = overrides;
  if (context && !config.contexts.some(({ name }) => name === context)) throw new ConfigurationInvalid([`${contextNotFound}${context}`]);
  if (cluster && !config.clusters.some(({ name }) => name === cluster))
    throw new ConfigurationInvalid([`no server found for cluster ${JSON.stringify(cluster)}`]);
}

/** The connection that a kubeconfig and flags describe. Throws `ConfigurationInvalid` with everything that is wrong with the parts used. */
export function connectionWith(config: Kubeconfig, overrides: KubeconfigOverrides, server = defaultServer): ClusterConnection {
  const parts = selectParts(config, overrides, server);
  const problems = problemsOf(config, parts);
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
  const connection = connectionTo(parts.cluster, parts.user, {
    userName: parts.context.user,
    namespace: parts.context.namespace,
    pluginPolicy: overrides.pluginPolicy,
  });
  const { certificateAuthority } = connection;
  if (certificateAuthority !== undefined && !certificateAuthority.includes('-----BEGIN CERTIFICATE-----'))
    throw new Error('unable to load root certificates: unable to parse bytes as PEM block');
  return connection;
}

const withoutEmpty = <Fields extends Record<string, unknown>>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== false && value !== undefined && value !== null)) as Fields;

/** An authority or "no check" given by a flag replaces what the file says of both; so does a server of its name to be checked. */
function withClusterFields(base: KubeconfigCluster, fields: KubeconfigCluster): KubeconfigCluster {
  const merged = { ...base, ...fields };
  if (fields['insecure-skip-tls-verify'] || fields['certificate-authority']) {
    for (const field of ['insecure-skip-tls-verify', 'certificate-authority', 'certificate-authority-data'] as const) {
      delete merged[field];
      if (fields[field] !== undefined) Object.assign(merged, { [field]: fields[field] });
    }
  }
  if (fields.server && !fields['tls-server-name']) delete merged['tls-server-name'];
  return merged;
}

function withUserFields(base: KubeconfigUser, fields: KubeconfigUser): KubeconfigUser {
  const merged = { ...base, ...fields };
  if (fields['client-key']) delete merged['client-key-data'];
  if (fields['client-certificate']) delete merged['client-certificate-data'];
  if (fields.token) delete merged.tokenFile;
  return merged;
}

function problemsOf(config: Kubeconfig, { contextName, context, cluster, user }: SelectedParts): string[] {
  const problems: string[] = [];
  if (contextName !== '' && !config.contexts.some(({ name }) => name === contextName)) problems.push(`${contextNotFound}${contextName}`);
  problems.push(...userProblems(context.user, user), ...clusterProblems(context.cluster, cluster));
  return problems;
}

function userProblems(name: string, user: KubeconfigUser): string[] {
  const problems: string[] = [];
  const { 'client-certificate': certificate, 'client-certificate-data': certificateData, 'client-key': key, 'client-key-data': keyData } = user;
  if (certificate || certificateData) {
    if (certificate && certificateData) problems.push(`client-cert-data and client-cert are both specified for ${name}. client-cert-data will override.`);
    if (key && keyData) problems.push(`client-key-data and client-key are both specified for ${name}; client-key-data will override`);
    if (!key && !keyData) problems.push(`client-key-data or client-key must be specified for ${name} to use the clientCert authentication method.`);
    problems.push(...unreadable('client-cert', certificate, name), ...unreadable('client-key', key, name));
  }
  if (user.exec) problems.push(...execProblems(name, user));
  const methods = [...(user.token ? ['token'] : []), ...(user.username || user.password ? ['basicAuth'] : [])];
  if (methods.length > 1) problems.push(`more than one authentication method found for ${name}; found [${methods.join(' ')}], only one is allowed`);
  if (!user.as && (user['as-uid'] || user['as-groups']?.length || user['as-user-extra']))
    problems.push(`requesting uid, groups or user-extra for ${name} without impersonating a user`);
  return problems;
}

function execProblems(name: string, { exec, 'auth-provider': provider }: KubeconfigUser): string[] {
  const problems: string[] = [];
  if (provider) problems.push(`authProvider cannot be provided in combination with an exec plugin for ${name}`);
  if (!exec?.command) problems.push(`command must be specified for ${name} to use exec authentication plugin`);
  if (!exec?.apiVersion) problems.push(`apiVersion must be specified for ${name} to use exec authentication plugin`);
  if (exec?.env?.some((variable) => !variable.name)) problems.push(`env variable name must be specified for ${name} to use exec authentication plugin`);
  const mode = exec?.interactiveMode;
  // v1 asks for a mode; older versions mean IfAvailable.
  if (!mode && exec?.apiVersion === 'client.authentication.k8s.io/v1')
    problems.push(`interactiveMode must be specified for ${name} to use exec authentication plugin`);
  if (mode && !['Never', 'IfAvailable', 'Always'].includes(mode)) problems.push(`invalid interactiveMode for ${name}: ${JSON.stringify(mode)}`);
  return problems;
}

function clusterProblems(name: string, cluster: KubeconfigCluster): string[] {
  const problems: string[] = [];
  if (!cluster.server) problems.push(name === '' ? 'default cluster has no server defined' : `no server found for cluster ${JSON.stringify(name)}`);
  const { 'proxy-url': proxy, 'certificate-authority': authority } = cluster;
  const proxyFault = proxy ? proxyProblem(proxy) : undefined;
  if (proxyFault !== undefined) problems.push(`invalid 'proxy-url' ${JSON.stringify(proxy)} for cluster ${JSON.stringify(name)}: ${proxyFault}`);
  if (authority && cluster['certificate-authority-data'])
    problems.push(`certificate-authority-data and certificate-authority are both specified for ${name}. certificate-authority-data will override.`);
  return [...problems, ...unreadable('certificate-authority', authority, name)];
}

function proxyProblem(proxy: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(proxy)?.[1]?.toLowerCase() ?? '';
  if (!['http', 'https', 'socks5'].includes(scheme)) return `unsupported scheme ${JSON.stringify(scheme)}, must be http, https, or socks5`;
  return URL.canParse(proxy) ? undefined : `could not parse: ${proxy}`;
}

function unreadable(what: string, path: string | undefined, name: string): string[] {
  if (!path) return [];
  try {
    accessSync(path, constants.R_OK);
    return [];
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or directory' : 'permission denied';
    return [`unable to read ${what} ${path} for ${name} due to open ${path}: ${reason}`];
  }
}
