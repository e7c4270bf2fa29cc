/** What programs outside import as `wherry/client`: the one `Client` interface over HTTPS, informers, events and leases against any Kubernetes. */
export type * from './client.ts';
export { createEventRecorder } from './event-recorder.ts';
export { createEventSeriesRecorder } from './event-series-recorder.ts';
export type { EventRecorder } from './events.ts';
export { createHttpsClient } from './https-client.ts';
export type { Informer, InformerHandler, InformerOptions, Informers } from './informer.ts';
export { type ClusterConnection, connectionOf, inClusterConnection, kubeconfigPaths, loadKubeconfig } from './kubeconfig.ts';
export { type LeaderElectionOptions, whileLeading } from './lease.ts';
export { createInformers } from './shared-informers.ts';
