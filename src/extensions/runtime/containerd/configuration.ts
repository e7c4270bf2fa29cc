import type { Layout } from './layout.ts';

/** What a machine lets containerd do; see `detectMachine`. */
export interface Machine {
  readonly snapshotter: 'overlayfs' | 'native';
  /** Without CAP_SYS_RESOURCE no oom_score_adj can be lowered, and runc fails unless containerd is told. */
  readonly canLowerOomScore: boolean;
  /** Whether containers can have limits on huge pages of their own. */
  readonly hasHugePageController: boolean;
  /** How outgoing packets of pods get the node's address; undefined when there is no packet filter. */
  readonly packetFilter: 'nft' | 'iptables' | undefined;
  /** Whether the portmap plugin, which needs iptables, can map host ports. */
  readonly canMapPorts: boolean;
  /** Where CNI plugins are; undefined when there are none. */
  readonly networkPrograms: string | undefined;
}

export interface ConfigurationInput {
  readonly layout: Layout;
  readonly machine: Machine;
  readonly pauseImage: string;
  /** Where network configurations lie: ours, or the user's. */
  readonly networkDirectory: string;
}

/**
 * Plugins a node agent has no use for. `opt` would make /opt/containerd; the others look for file systems and services that are not there, and say so in the log.
 */
const unneededPlugins = [
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
];

// 16 KiB is where the kubelet's log readers expect long lines to be cut; 4 h is upstream's idle limit of streams.
const maximumLogLineBytes = 16_384;
const streamIdleTimeout = '4h0m0s';

/** containerd's configuration file (version 2, which 1.6 and later read). Strings of TOML are written as JSON's, which are a subset. */
export function containerdConfiguration({ layout, machine, pauseImage, networkDirectory }: ConfigurationInput): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const sections: [string, Record<string, string | number | boolean | readonly string[]>][] = [
    ['', { version: 2, root: layout.root, state: layout.state, disabled_plugins: unneededPlugins }],
    ['grpc', { address: layout.socket }],
    ['ttrpc', { address: `${layout.socket}.ttrpc` }],
    ['debug', { level: 'warn' }],
    [
      cri,
      {
        sandbox_image: pauseImage,
        restrict_oom_score_adj: !machine.canLowerOomScore,
        disable_hugetlb_controller: !machine.hasHugePageController,
        tolerate_missing_hugetlb_controller: true,
        netns_mounts_under_state_dir: true,
        max_container_log_line_size: maximumLogLineBytes,
        stream_server_address: '127.0.0.1',
        stream_server_port: '0',
        stream_idle_timeout: streamIdleTimeout,
        enable_cdi: true,
        cdi_spec_dirs: ['/etc/cdi', '/var/run/cdi'],
      },
    ],
    [`${cri}.cni`, { bin_dir: machine.networkPrograms ?? '/opt/cni/bin', conf_dir: networkDirectory }],
    [`${cri}.containerd`, { snapshotter: machine.snapshotter, default_runtime_name: 'runc' }],
    [`${cri}.containerd.runtimes.runc`, { runtime_type: 'io.containerd.runc.v2' }],
    [`${cri}.containerd.runtimes.runc.options`, { SystemdCgroup: false, Root: `${layout.state}/runc` }],
    [`${cri}.registry`, { config_path: layout.registries }],
  ];
  return sections
    .map(
      ([name, settings]) =>
        `${name === '' ? '' : `[${name}]\n`}${Object.entries(settings)
          .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
          .join('\n')}\n`,
    )
    .join('\n');
}
