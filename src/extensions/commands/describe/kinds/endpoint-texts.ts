import type { EndpointSlice } from '../../../../api/generated/discovery-v1.ts';
import { hostAndPort } from '../page/texts.ts';

const shown = 3;

/** Where the ready endpoints of a port are: the first three, and how many there are besides. Slices without ports have addresses only. */
export function endpointsText(slices: readonly EndpointSlice[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const found: string[] = [];
  let count = 0;
  // As upstream: the remark on more stands as soon as one more endpoint is looked at, ready or not.
  let hasMore = false;
  for (const { ports = [], endpoints = [] } of slices) {
    const numbers = ports.length === 0 ? [undefined] : ports.filter(({ name = '' }) => name === portName).map(({ port }) => port ?? 0);
    for (const number of numbers)
      for (const { addresses, conditions } of endpoints) {
        if (found.length === shown) hasMore = true;
        if (conditions?.ready === false) continue;
        if (!hasMore) found.push(number === undefined ? addresses[0]! : hostAndPort(addresses[0]!, number));
        count++;
      }
  }
  return hasMore ? `${found.join(',')} + ${count - shown} more...` : found.join(',');
}
