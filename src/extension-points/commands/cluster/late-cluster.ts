import { lateModule } from '../../../api/late-module.ts';
import type { ClusterAccessOptions } from './cluster-access.ts';
import type { ClusterAccess } from './contract.ts';

const clusterAccess = lateModule<typeof import('./cluster-access.ts')>(import.meta.url, './cluster-access');

/** The same as `createClusterAccess`, and what that is made of is loaded only when a command asks for something of the cluster. */
export function createLateCluster(options: ClusterAccessOptions): ClusterAccess & AsyncDisposable {
  let loaded: (ClusterAccess & AsyncDisposable) | undefined;
  const access = (): ClusterAccess => (loaded ??= clusterAccess().createClusterAccess(options));
  return {
    kubeconfig: () => access().kubeconfig(),
    namespace: () => access().namespace(),
    connection: () => access().connection(),
    client: () => access().client(),
    mapper: () => access().mapper(),
    get requestTimeoutMs() {
      return access().requestTimeoutMs;
    },
    verbosity: Number(options.line.values['v'] ?? 0),
    requireNoWarnings: () => loaded?.requireNoWarnings(),
    globalFlag: (name) => options.line.values[name] ?? '',
    [Symbol.asyncDispose]: async () => loaded?.[Symbol.asyncDispose](),
  };
}
