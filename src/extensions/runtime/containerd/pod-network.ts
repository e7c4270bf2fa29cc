import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RuntimeError } from '../../../extension-points/runtime/contract.ts';
import type { Machine } from './configuration.ts';
import type { Layout } from './layout.ts';
import { runProgram, succeeds } from './run-program.ts';

const configurationName = '10-wherry.conflist';

/** IPv4 CIDRs: of the node's pods, and of all pods of the cluster, which see each other's own addresses. */
export interface PodRanges {
  readonly node: string;
  readonly cluster: string;
}

/**
 * Sets up the node's pod network: a bridge made by CNI's `bridge` plugin, addresses from the node's range, host ports by `portmap`, and one rule of our own that gives
 * packets leaving the node its address. One rule for the whole range, instead of the plugin's `ipMasq`, saves half a dozen iptables runs per pod.
 * Called again with another range it replaces the former. Throws INVALID_ARGUMENT for what is not an IPv4 range.
 */
export async function writePodNetwork(layout: Layout, machine: Machine, ranges: PodRanges): Promise<void> {
  for (const range of [ranges.node, ranges.cluster]) {
    const bits = Number(/^\d{1,3}(?:\.\d{1,3}){3}\/(\d{1,2})$/.exec(range)?.[1]);
    if (!(bits >= 8 && bits <= 30)) throw new RuntimeError('INVALID_ARGUMENT', `pod range "${range}" is not an IPv4 CIDR between /8 and /30`);
  }
  await mkdir(layout.networkDirectory, { recursive: true });
  const path = join(layout.networkDirectory, configurationName);
  const text = `${JSON.stringify(networkConfiguration(layout, machine, ranges.node), undefined, 2)}\n`;
  if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    // containerd watches the directory: the file must never be seen half written.
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
  await masquerade(layout.networkName, machine.packetFilter, ranges);
}

function networkConfiguration(layout: Layout, machine: Machine, podCidr: string): object {
  const bridge = {
    type: 'bridge',
    bridge: layout.networkName,
    isDefaultGateway: true,
    // The range may change between starts, and the bridge outlives a range.
    forceAddress: true,
    // Lets a pod reach itself through its service.
    hairpinMode: true,
    ipMasq: false,
    ipam: { type: 'host-local', dataDir: layout.addresses, ranges: [[{ subnet: podCidr }]] },
  };
  const portMap = { type: 'portmap', capabilities: { portMappings: true }, snat: true };
  return { cniVersion: '0.4.0', name: layout.networkName, plugins: machine.canMapPorts ? [bridge, portMap] : [bridge] };
}

async function masquerade(name: string, packetFilter: Machine['packetFilter'], ranges: PodRanges): Promise<void> {
  if (packetFilter === 'nft') {
    // One transaction: made if absent, emptied, filled.
    const rules = `table ip ${name} {\n  chain postrouting {\n    type nat hook postrouting priority srcnat; policy accept;\n    ip saddr ${ranges.node} ip daddr != ${ranges.cluster} oifname != "${name}" masquerade\n  }\n}\n`;
    await runProgram('nft', ['-f', '-'], { input: `add table ip ${name}\ndelete table ip ${name}\n${rules}` });
  } else if (packetFilter === 'iptables') {
    await removeIptablesRules(name);
    await runProgram('iptables', ['-w', '-t', 'nat', '-A', 'POSTROUTING', ...ruleOf(name, ranges)]);
  }
}

const ruleOf = (name: string, { node, cluster }: PodRanges): readonly string[] => [
  '-s',
  node,
  '!',
  '-d',
  cluster,
  '-m',
  'comment',
  '--comment',
  name,
  '-j',
  'MASQUERADE',
];

/** Takes the bridge, the rules and the address records away. What is not there is no error. */
export async function removePodNetwork(layout: Layout): Promise<void> {
  await succeeds('ip', ['link', 'delete', layout.networkName]);
  await succeeds('nft', ['delete', 'table', 'ip', layout.networkName]);
  await removeIptablesRules(layout.networkName);
  await rm(layout.networkDirectory, { recursive: true, force: true });
  await rm(layout.addresses, { recursive: true, force: true });
}

async function removeIptablesRules(name: string): Promise<void> {
  const rules = await runProgram('iptables', ['-w', '-t', 'nat', '-S', 'POSTROUTING']).catch(() => '');
  for (const rule of rules.split('\n').filter((line) => line.includes(`--comment ${name} `))) {
    await succeeds('iptables', ['-w', '-t', 'nat', '-D', ...rule.split(' ').slice(1)]);
  }
}

const hostPortChains = ['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-MASQ', 'CNI-HOSTPORT-SETMARK'] as const;
const hooks = ['PREROUTING', 'OUTPUT', 'POSTROUTING'] as const;

/**
 * Removes portmap's shared chains if no port of any network is mapped; the plugin makes them again when it needs them. In one transaction, which fails as a whole when a port
 * was mapped meanwhile: a chain with rules in it cannot be removed.
 */
export async function removeIdleHostPortChains(): Promise<void> {
  const list = (chain: string): Promise<string | undefined> => runProgram('iptables', ['-w', '-t', 'nat', '-S', chain]).catch(() => undefined);
  const [entries, ...others] = await Promise.all(hostPortChains.map(list));
  if (entries === undefined || /^-A /m.test(entries)) return;
  const rules = (await Promise.all(hooks.map(list))).flatMap((text) => text?.split('\n') ?? []);
  const jumps = rules.filter((rule) => /-j CNI-HOSTPORT-(DNAT|MASQ)$/.test(rule)).map((rule) => rule.replace(/^-A /, '-D '));
  const helpers = hostPortChains.slice(1).filter((_chain, index) => others[index] !== undefined);
  const lines = ['*nat', ...jumps, `-X ${hostPortChains[0]}`, ...helpers.flatMap((chain) => [`-F ${chain}`, `-X ${chain}`]), 'COMMIT', ''];
  await succeeds('iptables-restore', ['-w', '--noflush'], { input: lines.join('\n') });
}
