/** `ip(...)`, `isIP(...)` and what may be asked of addresses. */

import { traverseCost } from '../costs.ts';
import type { Library } from '../library.ts';
import { boolType, intType, stringType } from '../types.ts';
import { EvaluationError } from '../values.ts';
import { doubleReadingCost } from './costs.ts';
import { globalFunction, memberFunction } from './declarations.ts';
import { type IpAddress, ipType, parseIpAddress } from './ip-address.ts';

export const ipLibrary: Library = {
  name: 'kubernetes.net.ip',
  types: [ipType],
  functions: [
    globalFunction('ip', 'string_to_ip', [stringType], ipType, { evaluate: readIpAddress, cost: traverseCost }),
    globalFunction('isIP', 'is_ip', [stringType], boolType, { evaluate: (text: string) => typeof parseIpAddress(text) !== 'string', cost: traverseCost }),
    globalFunction('ip.isCanonical', 'ip_is_canonical', [stringType], boolType, {
      evaluate: (text: string) => readIpAddress(text).toString() === text,
      cost: doubleReadingCost,
    }),
    globalFunction('string', 'ip_to_string', [ipType], stringType, { evaluate: (address: IpAddress) => address.toString() }),
    memberFunction('family', 'ip_family', [ipType], intType, { evaluate: (address: IpAddress) => address.family }),
    question('isUnspecified', 'ip_is_unspecified', (address) => address.isUnspecified),
    question('isLoopback', 'ip_is_loopback', (address) => address.isLoopback),
    question('isLinkLocalMulticast', 'ip_is_link_local_multicast', (address) => address.isLinkLocalMulticast),
    question('isLinkLocalUnicast', 'ip_is_link_local_unicast', (address) => address.isLinkLocalUnicast),
    question('isGlobalUnicast', 'ip_is_global_unicast', (address) => address.isGlobalUnicast),
  ],
};

/** Throws an EvaluationError when the text is no address. */
export function readIpAddress(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (typeof address === 'string') throw new EvaluationError(address);
  return address;
}

function question(name: string, id: string, evaluate: (address: IpAddress) => boolean) {
  return memberFunction(name, id, [ipType], boolType, { evaluate });
}
