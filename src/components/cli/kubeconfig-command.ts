import { kubeconfigText } from '../../client/kubeconfig.ts';
import { requireCluster } from './cluster-client.ts';
import { dataDirectoryOf } from './directories.ts';

/** Prints a kubeconfig with the one context `wherry`. */
export function printKubeconfig(options: { dataDir?: string }): void {
  const cluster = requireCluster(dataDirectoryOf(options));
  process.stdout.write(kubeconfigText({ name: 'wherry', server: cluster.url, localSocket: cluster.localSocket, ...cluster.admin }));
}
