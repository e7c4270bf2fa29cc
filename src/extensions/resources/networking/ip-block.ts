import { BlockList, isIPv4 } from 'node:net';

/** Whether one block of addresses is a proper part of another. Both are well-formed CIDR texts. */
export function isInBlock(inner: string, outer: string): boolean {
  const [innerAddress = '', innerBits = ''] = inner.split('/');
  const [outerAddress = '', outerBits = ''] = outer.split('/');
  if (isIPv4(innerAddress) !== isIPv4(outerAddress) || Number(innerBits) <= Number(outerBits)) return false;
  const family = isIPv4(outerAddress) ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(outerAddress, Number(outerBits), family);
  return block.check(innerAddress, family);
}
