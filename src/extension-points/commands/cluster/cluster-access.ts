import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type ClusterConnection, inClusterConnection, serviceAccountDirectory } from '../../../client/cluster-connection.ts';
import type { CredentialPluginPolicy } from '../../../client/credential-plugin-policy.ts';
import { createHttpsClient, type HttpsClient } from '../../../client/https-client.ts';
import { type KubeconfigFiles, kubeconfigPaths, loadKubeconfig } from '../../../client/kubeconfig.ts';
import { connectionWith, defaultServer, type KubeconfigOverrides, requireNamed, selectParts } from '../../../client/kubeconfig-overrides.ts';
import { NoAnswer } from '../../../client/no-answer.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { Streams } from '../contract.ts';
import { createDiscoveryCache } from '../discovery/discovery-cache.ts';
import { createResourceMapper } from '../discovery/resource-mapper.ts';
import { ExitCode } from '../errors/command-errors.ts';
import { messageOf } from '../errors/error-text.ts';
import { parseDuration } from '../flags/duration.ts';
import type { ParsedLine } from '../flags/parse-flags.ts';
import { clientVersion } from '../version/client-version.ts';
import type { ClusterAccess } from './contract.ts';
import { requestLog } from './request-log.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ClusterAccessOptions {
  readonly line: ParsedLine;
  readonly streams: Streams;
  readonly environment: Environment;
  readonly homeDirectory: string;
  readonly directory: string;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Which credential plugins may run; absent: all. */
  readonly pluginPolicy?: CredentialPluginPolicy | undefined;
  /** A cluster to use where neither flags nor files nor a pod name one: the one that runs on this machine. */
  readonly local?: (() => ClusterConnection | undefined) | undefined;
}

/** The cluster that a command line names, by client-go's rules. */
export function createClusterAccess(options: ClusterAccessOptions): ClusterAccess & AsyncDisposable {
  return new CommandCluster(options);
}

class CommandCluster implements ClusterAccess, AsyncDisposable {
  readonly requestTimeoutMs: number;
  readonly verbosity: number;
  readonly #options: ClusterAccessOptions;
  #files: KubeconfigFiles | undefined;
  #connection: ClusterConnection | undefined;
  #client: HttpsClient | undefined;
  #mapper: ReturnType<ClusterAccess['mapper']> | undefined;
  readonly #warned = new Set<string>();

  constructor(options: ClusterAccessOptions) {
    this.#options = options;
    this.verbosity = Number(this.globalFlag('v') || 0);
    this.requestTimeoutMs = timeoutOf(this.#text('request-timeout'));
  }

  globalFlag(name: string): ReturnType<ClusterAccess['globalFlag']> {
    return this.#options.line.values[name] ?? '';
  }

  #text(name: string): string {
    const value = this.globalFlag(name);
    return typeof value === 'string' ? value : '';
  }

  kubeconfig(): KubeconfigFiles {
    if (this.#files) return this.#files;
    const explicit = this.#text('kubeconfig');
    const paths = explicit ? [explicit] : kubeconfigPaths(this.#options.environment, this.#options.homeDirectory);
    return (this.#files = { paths, isExplicit: explicit !== '', merged: loadKubeconfig(paths) });
  }

  namespace(): { name: string; isExplicit: boolean } {
    const flag = this.#text('namespace').replace(/^(?:namespaces|namespace|ns)\//i, '');
    if (flag) return { name: flag, isExplicit: true };
    // Whatever is wrong with the configuration is told before a namespace is used.
    if (!this.#connection) requireNamed(this.kubeconfig().merged, this.#overrides());
    return { name: this.connection().namespace, isExplicit: false };
  }

  connection(): ClusterConnection {
    return (this.#connection ??= this.#findConnection());
  }

  /** What the flags and files say; where they say nothing, the pod that this runs in, or the cluster of this machine. */
  #findConnection(): ClusterConnection {
    const { merged, isExplicit, paths } = this.kubeconfig();
    if (isExplicit && !existsSync(paths[0]!)) throw new Error(`stat ${this.#text('kubeconfig')}: no such file or directory`);
    const overrides = this.#overrides();
    const server = this.#options.environment['KUBERNETES_MASTER'] || defaultServer;
    const { cluster, user } = selectParts(merged, overrides, server);
    const saysNothing = cluster.server === server && Object.keys(cluster).length === 1 && Object.keys(user).length === 0 && !merged['current-context'];
    const elsewhere = saysNothing && server === defaultServer ? (this.#inPod() ?? this.#options.local?.()) : undefined;
    if (!elsewhere) return connectionWith(merged, overrides, server);
    return overrides.namespace ? { ...elsewhere, namespace: overrides.namespace } : elsewhere;
  }

  #inPod(): ClusterConnection | undefined {
    const { environment } = this.#options;
    const token = join(serviceAccountDirectory, 'token');
    const isPossible = environment['KUBERNETES_SERVICE_HOST'] && environment['KUBERNETES_SERVICE_PORT'] && existsSync(token) && statSync(token).isFile();
    if (!isPossible) return undefined;
    return {
      ...inClusterConnection(environment),
      namespace: environment['POD_NAMESPACE'] || readFileSync(join(serviceAccountDirectory, 'namespace'), 'utf8').trim(),
    };
  }

  #overrides(): KubeconfigOverrides {
    const text = (name: string): string => this.#text(name);
    const groups = this.globalFlag('as-group') || [];
    const extra = this.globalFlag('as-user-extra') || [];
    return {
      context: text('context'),
      cluster: text('cluster'),
      user: text('user'),
      pluginPolicy: this.#options.pluginPolicy,
      namespace: text('namespace').replace(/^(?:namespaces|namespace|ns)\//i, ''),
      clusterFields: {
        server: text('server'),
        'tls-server-name': text('tls-server-name'),
        'certificate-authority': text('certificate-authority'),
        'insecure-skip-tls-verify': this.globalFlag('insecure-skip-tls-verify') === true,
      },
      userFields: {
        'client-certificate': text('client-certificate'),
        'client-key': text('client-key'),
        token: text('token'),
        username: text('username'),
        password: text('password'),
        as: text('as'),
        'as-uid': text('as-uid'),
        ...(Array.isArray(groups) && groups.length > 0 ? { 'as-groups': groups as readonly string[] } : {}),
        ...(Array.isArray(extra) && extra.length > 0 ? { 'as-user-extra': extraOf(extra as readonly string[]) } : {}),
      },
    };
  }

  #path(path: string): string {
    return path === '' || isAbsolute(path) ? path : join(this.#options.directory, path);
  }

  client(): HttpsClient {
    const { stderr } = this.#options.streams;
    const options = { ...this.connection(), userAgent: this.#options.userAgent, requestTimeoutMs: this.requestTimeoutMs, startsWithOne: true };
    return (this.#client ??= createHttpsClient({
      ...options,
      ...(this.globalFlag('match-server-version') === true ? { beforeRequests: async () => requireSameVersion(createHttpsClient(options)) } : {}),
      onWarning: (text) => this.#warn(text),
      ...(this.verbosity >= 6
        ? {
            onRequest: (request) =>
              stderr.write(requestLog(request, { verbosity: this.verbosity, now: new Date(this.#options.clock.now()), pid: process.pid })),
          }
        : {}),
      clock: this.#options.clock,
    }));
  }

  mapper(): ReturnType<ClusterAccess['mapper']> {
    return (this.#mapper ??= createResourceMapper({
      client: () => this.client(),
      cache: createDiscoveryCache({
        directory: this.#path(this.#text('cache-dir')),
        server: this.connection().server,
        now: () => this.#options.clock.now(),
      }),
      onWarning: (text) => this.#warn(text),
    }));
  }

  #warn(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    const { stderr } = this.#options.streams;
    stderr.write(stderr.hasColours ? `\u001b[33;1mWarning:\u001b[0m ${text}\n` : `Warning: ${text}\n`);
  }

  /** Throws what `--warnings-as-errors` makes of the warnings that came. */
  requireNoWarnings(): void {
    const count = this.#warned.size;
    if (count === 0 || this.globalFlag('warnings-as-errors') !== true) return;
    throw new ExitCode(1, `error: ${count} warning${count === 1 ? '' : 's'} received`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]();
  }
}

/** Throws unless the server is of the version of this program. */
async function requireSameVersion(client: HttpsClient): Promise<void> {
  await using asked = client;
  const { gitVersion } = await asked.json<{ readonly gitVersion?: string }>({ method: 'GET', path: '/version' }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? error : new Error(`couldn't read version from server: ${messageOf(error)}`, { cause: error });
  });
  const { gitVersion: own } = clientVersion;
  if (gitVersion !== own) throw new Error(`server version (${JSON.stringify(gitVersion)}) differs from client version (${JSON.stringify(own)})`);
}

/** `0` and plain numbers are seconds. */
function timeoutOf(text: string): number {
  if (text === '' || text === '0') return 0;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  try {
    return parseDuration(text);
  } catch {
    throw new Error(
      `Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)`,
    );
  }
}

function extraOf(pairs: readonly string[]): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals >= 0) (extra[pair.slice(0, equals)] ??= []).push(pair.slice(equals + 1));
  }
  return extra;
}
