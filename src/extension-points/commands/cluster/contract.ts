import type { HttpsClient } from '../../../client/https-client.ts';
import type { ClusterConnection, KubeconfigFiles } from '../../../client/kubeconfig.ts';
import type { ResourceMapper } from '../discovery/contract.ts';

/** The cluster a command line is about. Nothing is read or opened before it is asked for, and each thing once. */
export interface ClusterAccess {
  /** The kubeconfig's files and what they say together; the global flags are not in it. For commands that show or change it. */
  kubeconfig(): KubeconfigFiles;
  /** The namespace that the flags, or else the context, or else the pod name; `default` where none does. `isExplicit`: `--namespace` was given. */
  namespace(): { readonly name: string; readonly isExplicit: boolean };
  /** Where and as whom to connect. Throws `ConfigurationInvalid`. */
  connection(): ClusterConnection;
  /** Speaks to the server. Warnings that it sends are printed on standard error, each once. */
  client(): HttpsClient;
  /** What the server serves, and what people call it. */
  mapper(): ResourceMapper;
  /** How long one request may take, milliseconds; 0: no limit (`--request-timeout`). */
  readonly requestTimeoutMs: number;
  /** How much to say of what goes on (`-v`). */
  readonly verbosity: number;
  /** Throws when warnings came and `--warnings-as-errors` is given. The host calls it when the command has ended well. */
  requireNoWarnings(): void;
  /** Values of global flags, for commands that pass them on (completion, plugins). */
  globalFlag(name: string): string | boolean | number | readonly string[] | Readonly<Record<string, string>>;
}
