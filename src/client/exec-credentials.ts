import type { CredentialPluginPolicy } from './credential-plugin-policy.ts';
import { credentialsInAnswer, type TimedCredentials } from './exec-answer.ts';
import { answerOfPlugin } from './exec-plugin.ts';
import type { CredentialSource } from './https-client.ts';
import type { ExecCredentialConfig, KubeconfigCluster } from './kubeconfig.ts';
import { isTerminal } from './terminal-input.ts';

/**
 * Credentials from a program that the kubeconfig names. It runs when credentials are first needed, when they expire, and when the server refuses them; several requests that
 * need it at once wait for one run. Problems are told in client-go's words.
 */
export function execCredentials(config: ExecCredentialConfig, cluster: KubeconfigCluster, policy?: CredentialPluginPolicy): CredentialSource {
  let known: Promise<TimedCredentials> | undefined;
  const ask = (): Promise<TimedCredentials> => {
    const asked = runPlugin(config, cluster, policy).catch((error: unknown) => {
      if (known === asked) known = undefined;
      throw new Error(`getting credentials: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
    return (known = asked);
  };
  /** What was asked for since a question, or the answer to another one. */
  const askAfter = (before: Promise<TimedCredentials> | undefined): Promise<TimedCredentials> => (known === undefined || known === before ? ask() : known);
  return {
    async current() {
      const before = known;
      // What comes fresh from the program is used whatever its time.
      if (!before) return (await ask()).credentials;
      const held = await before;
      return (held.expires >= Date.now() ? held : await askAfter(before)).credentials;
    },
    async refused(used) {
      const before = known;
      if (!before || (await before).credentials === used) await askAfter(before);
      return true;
    },
  };
}

async function runPlugin(config: ExecCredentialConfig, cluster: KubeconfigCluster, policy: CredentialPluginPolicy | undefined): Promise<TimedCredentials> {
  const { apiVersion = '' } = config;
  const interactive = isInteractive(config);
  const spec = { ...(config.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}), interactive };
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
  return credentialsInAnswer(await answerOfPlugin(config, { interactive, info, policy }), apiVersion);
}

function isInteractive({ interactiveMode }: ExecCredentialConfig): boolean {
  const hasTerminal = isTerminal(process.stdin);
  if (interactiveMode === 'Always' && !hasTerminal) throw new Error('exec plugin cannot support interactive mode: standard input is not a terminal');
  return interactiveMode !== 'Never' && hasTerminal;
}

/** The cluster as the program is told of it: what it needs to speak to the server, and the configuration kept for it in an extension. */
function clusterInfo(cluster: KubeconfigCluster): Record<string, unknown> {
  const extensions = (cluster['extensions'] ?? []) as readonly { name: string; extension: unknown }[];
  const extension = Array.isArray(extensions) ? extensions.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension : undefined;
  return {
    server: cluster.server,
    ...(cluster['tls-server-name'] ? { 'tls-server-name': cluster['tls-server-name'] } : {}),
    ...(cluster['insecure-skip-tls-verify'] ? { 'insecure-skip-tls-verify': true } : {}),
    ...(cluster['certificate-authority-data'] ? { 'certificate-authority-data': cluster['certificate-authority-data'] } : {}),
    ...(cluster['proxy-url'] ? { 'proxy-url': cluster['proxy-url'] } : {}),
    ...(cluster['disable-compression'] ? { 'disable-compression': true } : {}),
    config: extension ?? null,
  };
}
