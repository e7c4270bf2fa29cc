import { createHttpsClient, type HttpsClient } from '../../client/https-client.ts';
import { requireCluster } from './cluster-client.ts';
import { dataDirectoryOf } from './directories.ts';
import { version } from './version.ts';

/** A client of the cluster of a data directory, as its administrator. Throws, saying how to start one, when none runs. */
export function connectToCluster(options: { readonly dataDir?: string }): HttpsClient {
  const { url, admin } = requireCluster(dataDirectoryOf(options));
  return createHttpsClient({ server: url, ...admin, userAgent: `wherry/${version}` });
}
