import type { Pod } from '../../../api/generated/core-v1.ts';
import type { DnsConfig } from '../../../extension-points/runtime/contract.ts';
import { podText } from '../directories.ts';
import { readOr } from '../node/machine.ts';

export interface DnsSettings {
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** Default `/etc/resolv.conf`. */
  readonly resolvConfPath?: string;
}

/** The resolver's own limits; the rest is dropped, as upstream does. */
const maximumServers = 3;
const maximumSearches = 32;

/** A pod's resolver configuration, and what its owner should be told when the policy could not be honoured. */
export interface PodDns {
  readonly config: DnsConfig;
  readonly warning?: string;
}

/** Follows `dnsPolicy`: the cluster's server, the node's own, or only what `dnsConfig` says; `dnsConfig` is merged in last. */
export function podDns(pod: Pod, settings: DnsSettings): PodDns {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  const wantsCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec.hostNetwork);
  if (policy === 'None') return { config: merged(emptyDns, pod) };
  const host = parseResolvConf(readOr(settings.resolvConfPath ?? '/etc/resolv.conf', ''));
  if (!wantsCluster) return { config: merged(host, pod) };
  if (settings.clusterDns.length > 0) return { config: merged(clusterDns(pod, settings, host), pod) };
  return {
    config: merged(host, pod),
    warning: `pod: "${podText(pod)}". kubelet does not have ClusterDNS IP configured and cannot create Pod using "${policy}" policy. Falling back to "Default" policy.`,
  };
}

const emptyDns: DnsConfig = { servers: [], searches: [], options: [] };

function clusterDns(pod: Pod, { clusterDns: servers, clusterDomain }: DnsSettings, host: DnsConfig): DnsConfig {
  const own = [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { servers, searches: [...own, ...host.searches], options: ['ndots:5'] };
}

function merged(base: DnsConfig, pod: Pod): DnsConfig {
  const extra = pod.spec.dnsConfig ?? {};
  const options = new Map(base.options.map((option) => [option.split(':')[0]!, option]));
  for (const { name = '', value } of extra.options ?? []) options.set(name, value === undefined ? name : `${name}:${value}`);
  return {
    servers: unique([...base.servers, ...(extra.nameservers ?? [])]).slice(0, maximumServers),
    searches: unique([...base.searches, ...(extra.searches ?? [])]).slice(0, maximumSearches),
    options: [...options.values()],
  };
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** Reads `resolv.conf(5)`. */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0]) servers.push(values[0]);
    else if (keyword === 'search') searches = values.map((name) => (name === '.' ? name : name.replace(/\.$/, '')));
    else if (keyword === 'options') options = [...options, ...values];
  }
  return { servers, searches, options };
}
