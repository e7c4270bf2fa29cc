import { spawn } from 'node:child_process';
import type { CredentialSource, Credentials } from './https-client.ts';
import type { ExecCredentialConfig, KubeconfigCluster } from './kubeconfig.ts';
import { isTerminal } from './terminal-input.ts';

/** What the program is told and answers (`client.authentication.k8s.io`, kind `ExecCredential`). */
interface ExecCredential {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly status?: {
    readonly expirationTimestamp?: string;
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
  };
}

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const maximumAnswerBytes = 1024 * 1024;
const installHelp = `

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins`;

/**
 * Credentials from a program that the kubeconfig names. It runs when credentials are first needed, when they expire, and when the server refuses them. Problems are told in
 * client-go's words, with the install hint where the program is missing.
 */
export function execCredentials(config: ExecCredentialConfig, cluster: KubeconfigCluster): CredentialSource {
  let known: Promise<{ readonly credentials: Credentials; readonly expires: number }> | undefined;
  const ask = async (): Promise<{ credentials: Credentials; expires: number }> => {
    try {
      return await runPlugin(config, cluster);
    } catch (error) {
      known = undefined;
      throw new Error(`getting credentials: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  };
  return {
    async current() {
      const held = await (known ??= ask());
      if (held.expires > Date.now()) return held.credentials;
      return (await (known = ask())).credentials;
    },
    async refused() {
      known = ask();
      await known;
      return true;
    },
  };
}

async function runPlugin(config: ExecCredentialConfig, cluster: KubeconfigCluster): Promise<{ credentials: Credentials; expires: number }> {
  const apiVersion = config.apiVersion ?? '';
  if (!versions.includes(apiVersion)) throw new Error(`exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`);
  const interactive = isInteractive(config);
  const spec = { ...(config.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}), interactive };
  const text = await output(config, interactive, JSON.stringify({ kind: 'ExecCredential', apiVersion, spec }));
  return credentialsIn(text, apiVersion);
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
    ...(extension === undefined ? {} : { config: extension }),
  };
}

function output(config: ExecCredentialConfig, interactive: boolean, info: string): Promise<string> {
  const command = config.command ?? '';
  const added = Object.fromEntries((config.env ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve, reject) => {
    const child = spawn(command, config.args ?? [], {
      env: { ...process.env, ...added, KUBERNETES_EXEC_INFO: info },
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout!.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if ((size += chunk.length) > maximumAnswerBytes) child.kill();
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' || error.code === 'EACCES' ? new Error(notFound(command, config.installHint)) : new Error(`exec: ${error.message}`)),
    );
    child.on('close', (code) => {
      if (size > maximumAnswerBytes) return reject(new Error(`exec: executable ${command} wrote more than ${maximumAnswerBytes} bytes`));
      if (code !== 0) return reject(new Error(`exec: executable ${command} failed with exit code ${code ?? -1}`));
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

/** The hint comes from a file: what could command the terminal is spelled out. */
const notFound = (command: string, hint: string | undefined): string =>
  `exec: executable ${command} not found${installHelp}${hint ? `\n\n${hint.replace(/[^\P{C}\t\n\v\f\r]/gu, (character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`)}` : ''}`;

function credentialsIn(text: string, apiVersion: string): { credentials: Credentials; expires: number } {
  let answer: ExecCredential;
  try {
    answer = JSON.parse(text) as ExecCredential;
  } catch (cause) {
    throw new Error(`decoding stdout: couldn't get version/kind; json parse error: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (answer.apiVersion !== apiVersion)
    throw new Error(`exec plugin is configured to use API version ${apiVersion}, plugin returned version ${answer.apiVersion ?? ''}`);
  if (!answer.status) throw new Error("exec plugin didn't return a status field");
  const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = answer.status;
  if (!token && !certificate && !key) throw new Error("exec plugin didn't return a token or cert/key pair");
  if (!certificate !== !key) throw new Error('exec plugin returned only certificate or key, not both');
  const expires = expirationTimestamp ? Date.parse(expirationTimestamp) : Infinity;
  return {
    credentials: { ...(token ? { token } : {}), ...(certificate && key ? { certificate, key } : {}) },
    expires: Number.isNaN(expires) ? Infinity : expires,
  };
}
