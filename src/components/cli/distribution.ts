import type { Log } from '../../kernel/log.ts';
import type { AccessOptions } from './access-options.ts';

/** What the command line is given to run: a way to start a cluster, and to look after its images. Implemented in `distributions/`. */
export interface Distribution {
  readonly name: string;
  /** Brings a cluster up. Rejects with an error whose message tells the user what to do; whatever had started is stopped again. */
  start(options: ClusterOptions, progress: StageReporter): Promise<RunningCluster>;
  /** Imports tarballs (docker or OCI) into the containerd of a data directory; answers the names that each file brought. */
  importImages(dataDirectory: string, files: readonly string[], onImported: (file: string, names: readonly string[]) => void): Promise<void>;
  listImages(dataDirectory: string): Promise<readonly ImageSummary[]>;
  /** Whether containers can run here; otherwise why not, as one sentence. */
  containerSupport(): { readonly isSupported: boolean; readonly reason: string };
  /** Stops containers and the containerd that a crashed or killed `wherry up` left running; with `purge` removes what they kept on disk and in the kernel. */
  cleanUp(dataDirectory: string, options: { readonly purge: boolean }): Promise<void>;
  /** How many containers of a data directory run, whether wherry does or not. */
  countContainers(dataDirectory: string): Promise<number>;
}

export interface ClusterOptions {
  readonly dataDirectory: string;
  /** Address the API server listens on. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** How many nodes; more than one needs `simulate`. */
  readonly nodes: number;
  readonly simulate: boolean;
  /** A file that says what simulated nodes are and what their pods do. Default: what is usual. */
  readonly simulationFile?: string;
  /** CRI socket to use instead of a private containerd. */
  readonly containerRuntimeEndpoint?: string;
  /** Users, rights, audit. Default: certificates, service accounts and bootstrap tokens; Node and RBAC; no audit. */
  readonly access?: AccessOptions;
  /** A KubeSchedulerConfiguration. Default: upstream's. */
  readonly schedulerConfig?: string;
  /** A KubeletConfiguration for this machine's node. Default: wherry's own. */
  readonly kubeletConfig?: string;
  /** What holds `device-plugins`, `plugins_registry` and `pod-resources` of this machine's node. Default: in the data directory. */
  readonly pluginDirectory?: string;
  /** GPUs that are not there: `example.com/gpu=4`. */
  readonly fakeGpus?: readonly string[];
  /** Vendors whose GPUs of this machine are offered to pods: `nvidia`, or `nvidia=<configuration file>`. */
  readonly gpus?: readonly string[];
  /** GPUs that are not there, for ResourceClaims: `gpu.example.com=4`. */
  readonly fakeDraGpus?: readonly string[];
  /** What is found out about this machine and set as labels of its node, by name: `cpu,pci`, `all`. Default: nothing. */
  readonly discoverLabels?: readonly string[];
  /** Where programs leave feature files. Default: where Node Feature Discovery has them. */
  readonly featureFileDirectory?: string;
  /** Modules that add extensions. */
  readonly extensionFiles: readonly string[];
  readonly log: Log;
}

export interface RunningCluster extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The path of a socket on which the API server answers programs of this user, if there is one. */
  readonly localSocket: string | undefined;
  /** Credentials of the cluster's administrator, PEM text. */
  readonly admin: { readonly certificateAuthority: string; readonly certificate: string; readonly key: string };
  readonly nodeNames: readonly string[];
  readonly isSimulated: boolean;
  /** Resolves when every node is Ready. */
  nodesReady(signal: AbortSignal): Promise<void>;
  /** Stops wherry but leaves containers running, to be adopted by the next start. */
  detachContainers(): void;
}

export interface ImageSummary {
  readonly name: string;
  readonly id: string;
  readonly sizeBytes: number;
}

/** Told as each stage of a start begins and ends. */
export interface StageReporter {
  /** Runs a stage, reporting its name, outcome and time. `note` in the callback adds words behind it. */
  stage<T>(name: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  /** One line between stages. */
  say(line: string): void;
}
