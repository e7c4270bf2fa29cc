import { basename, normalize } from 'node:path';
import { lookUpExecutable } from '../kernel/look-up-executable.ts';

/** Which credential plugins a user lets run (`credentialPluginPolicy` and `credentialPluginAllowlist` of a kuberc file). An empty type allows all. */
export interface CredentialPluginPolicy {
  readonly type: string;
  /** Commands: names that are looked up on PATH, or paths. Of the type `Allowlist` only. */
  readonly allowlist?: readonly string[] | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with a policy, in client-go's words; undefined: nothing. */
export function policyProblem({ type, allowlist }: CredentialPluginPolicy): string | undefined {
  if (type === '' || type === 'AllowAll' || type === 'DenyAll')
    return allowlist ? `misconfigured credential plugin allowlist: plugin policy is ${JSON.stringify(type)} but allowlist is non-nil` : undefined;
  if (type !== 'Allowlist') return `unknown plugin policy: ${JSON.stringify(type)}`;
  if (!allowlist) return 'credential plugin policy set to "Allowlist", but allowlist is unspecified';
  if (allowlist.length === 0) return 'credential plugin policy set to "Allowlist", but allowlist is empty; use "DenyAll" policy instead';
  for (const [index, command] of allowlist.entries()) {
    if (command === '') return `misconfigured credential plugin allowlist: empty allowlist entry #${index + 1}`;
    if (cleanPath(command) !== command) return `non-normalized file path: ${JSON.stringify(command)} vs ${JSON.stringify(cleanPath(command))}`;
  }
  return undefined;
}

/** The command to run for a plugin. Throws, in client-go's words, for one that the policy does not let run. */
export function allowedCommand(command: string, policy: CredentialPluginPolicy | undefined, environment: Environment): string {
  if (policy?.type === 'DenyAll') throw new Error(`plugin ${JSON.stringify(command)} not allowed: policy set to "DenyAll"`);
  if (policy?.type !== 'Allowlist') return command;
  const { allowlist = [] } = policy;
  if (allowlist.includes(command)) return command;
  const path = lookUpExecutable(command, environment);
  if (path === undefined)
    throw new Error(`plugin path ${JSON.stringify(command)} cannot be resolved for credential plugin allowlist check: ${lookUpProblem(command)}`);
  const isAllowed = allowlist.some((entry) => entry === path || (basename(entry) === basename(path) && lookUpExecutable(entry, environment) === path));
  if (!isAllowed) throw new Error(`plugin path ${JSON.stringify(path)} is not permitted by the credential plugin allowlist`);
  return path;
}

/** A path as Go's `filepath.Clean` writes it. */
export const cleanPath = (path: string): string => normalize(path).replace(/(?<=.)\/$/, '');

const lookUpProblem = (command: string): string =>
  `exec: ${JSON.stringify(command)}: ${command.includes('/') ? `stat ${command}: no such file or directory` : 'executable file not found in $PATH'}`;
