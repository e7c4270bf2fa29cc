import type { ClusterConnection } from '../../client/kubeconfig.ts';
import { adminCredentials } from './cluster-client.ts';
import { dataDirectoryOf } from './directories.ts';
import { runningCluster } from './run-file.ts';

/** The cluster that `wherry up` runs on this machine, as its administrator; undefined when none does. */
export function localCluster(environment: Readonly<Record<string, string | undefined>>): ClusterConnection | undefined {
  const named = environment['WHERRY_DATA_DIR'];
  const dataDirectory = dataDirectoryOf(named ? { dataDir: named } : {});
  const running = runningCluster(dataDirectory);
  return running ? { server: running.url, ...adminCredentials(dataDirectory), namespace: 'default' } : undefined;
}
