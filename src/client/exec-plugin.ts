import { spawn } from 'node:child_process';
import { lookUpExecutable } from '../kernel/look-up-executable.ts';
import { allowedCommand, type CredentialPluginPolicy, cleanPath } from './credential-plugin-policy.ts';
import type { ExecCredentialConfig } from './kubeconfig.ts';

const maximumAnswerBytes = 1024 * 1024;
const installHelp = `

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins`;

/**
 * What a credential plugin writes to its standard output. `info` is what it finds in KUBERNETES_EXEC_INFO. Throws in client-go's words: with the install hint where a name is
 * not on PATH, else with the operating system's reason or the exit code.
 */
export function answerOfPlugin(
  config: ExecCredentialConfig,
  options: { readonly interactive: boolean; readonly info: string; readonly policy?: CredentialPluginPolicy | undefined },
): Promise<string> {
  const command = cleanPath(config.command ?? '');
  const runs = allowedCommand(command, options.policy, process.env);
  const path = lookUpExecutable(runs, process.env);
  if (path === undefined && !runs.includes('/')) throw new Error(notFound(command, config.installHint));
  const added = Object.fromEntries((config.env ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve, reject) => {
    const child = spawn(path ?? runs, config.args ?? [], {
      argv0: runs,
      env: { ...process.env, ...added, KUBERNETES_EXEC_INFO: options.info },
      stdio: [options.interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout!.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if ((size += chunk.length) > maximumAnswerBytes) child.kill();
    });
    child.on('error', (error: NodeJS.ErrnoException) => reject(new Error(`exec: fork/exec ${path ?? runs}: ${systemReason(error)}`, { cause: error })));
    child.on('close', (code) => {
      if (size > maximumAnswerBytes) return reject(new Error(`exec: executable ${command} wrote more than ${maximumAnswerBytes} bytes`));
      if (code !== 0) return reject(new Error(`exec: executable ${command} failed with exit code ${code ?? -1}`));
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

const reasons: Readonly<Record<string, string>> = { ENOENT: 'no such file or directory', EACCES: 'permission denied', ENOEXEC: 'exec format error' };
const systemReason = (error: NodeJS.ErrnoException): string => reasons[error.code ?? ''] ?? error.message;

/** The hint comes from a file: what could command the terminal is spelled out. */
const notFound = (command: string, hint: string | undefined): string =>
  `exec: executable ${command} not found${installHelp}${hint ? `\n\n${hint.replace(/[^\P{C}\t\n\v\f\r]/gu, (character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`)}` : ''}`;
