/** Runs the controller as a program of its own against the cluster of the current kubeconfig context. Copies of it stand by on a lease. */

import { homedir } from 'node:os';
import { connectionOf, createLog, kubeconfigPaths, loadKubeconfig, serveControllers } from 'wherry/controllers';
import { cronTabController } from './cron-tab.ts';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error(signal)));
await serveControllers({
  controllers: [cronTabController],
  connection: connectionOf(loadKubeconfig(kubeconfigPaths(process.env, homedir()))),
  name: 'crontab-controller',
  lease: { namespace: 'kube-system', name: 'crontab-controller' },
  log: createLog((line) => process.stderr.write(line)),
  signal: stopping.signal,
});
