import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

/** The data directory a command works on: `--data-dir`, `$WHERRY_DATA_DIR` (commander reads it), or `~/.wherry`. */
export const dataDirectoryOf = (options: { dataDir?: string }): string => resolve(options.dataDir ?? join(homedir(), '.wherry'));

/** The kubeconfig that commands write to: the flag, the first file of `$KUBECONFIG`, or `~/.kube/config`. */
export function kubeconfigPathOf(options: { kubeconfig?: string }): string {
  const first = process.env['KUBECONFIG']?.split(delimiter).find((path) => path !== '');
  return resolve(options.kubeconfig ?? first ?? join(homedir(), '.kube', 'config'));
}
