import { BlockList, isIP } from 'node:net';

/** Everything but global unicast: unspecified, loopback, link-local, multicast, broadcast. */
const refused = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 32],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
] as const)
  refused.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  refused.addSubnet(network, prefix, 'ipv6');

/**
 * Whether requests may be passed on to an address that users write into objects: only IP addresses, and none that means something else on this machine than
 * it does to the user (loopback, link-local, ...). Upstream's rule for its proxies.
 */
export function isProxyableAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !address.includes('%') && !refused.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
