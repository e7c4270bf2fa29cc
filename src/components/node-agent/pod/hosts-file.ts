import { writeFileSync } from 'node:fs';
import type { HostAlias, Pod } from '../../../api/generated/core-v1.ts';
import { readOr } from '../node/machine.ts';
import { hostnameOf } from './hostname.ts';

const fixed = [
  ['127.0.0.1', 'localhost'],
  ['::1', 'localhost ip6-localhost ip6-loopback'],
  ['fe00::0', 'ip6-localnet'],
  ['fe00::0', 'ip6-mcastprefix'],
  ['fe00::1', 'ip6-allnodes'],
  ['fe00::2', 'ip6-allrouters'],
] as const;

/** The text of a pod's `/etc/hosts`: the node's own for host-network pods, else loopback names and the pod's addresses; then its `hostAliases`. */
export function hostsFileText(pod: Pod, podIps: readonly string[], clusterDomain: string, nodeHosts: string): string {
  const aliases = aliasText(pod.spec.hostAliases ?? []);
  if (pod.spec.hostNetwork) return `# Kubernetes-managed hosts file (host network).\n${nodeHosts}${aliases}`;
  const { hostname, domain } = hostnameOf(pod, clusterDomain);
  const names = domain === '' ? hostname : `${hostname}.${domain}\t${hostname}`;
  const lines = [...fixed.map(([address, name]) => `${address}\t${name}`), ...podIps.map((address) => `${address}\t${names}`)];
  return `# Kubernetes-managed hosts file.\n${lines.join('\n')}\n${aliases}`;
}

function aliasText(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return '';
  return `\n# Entries added by HostAliases.\n${aliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`).join('')}`;
}

export function writeHostsFile(path: string, pod: Pod, podIps: readonly string[], clusterDomain: string): void {
  const nodeHosts = pod.spec.hostNetwork ? readOr('/etc/hosts', '') : '';
  writeFileSync(path, hostsFileText(pod, podIps, clusterDomain, nodeHosts), { mode: 0o644 });
}
