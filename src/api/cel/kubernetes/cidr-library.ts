/** `cidr(...)`, `isCIDR(...)` and what may be asked of networks. */
import { sizeForCost } from '../code-points.ts';
import { traverseCost } from '../costs.ts';
import { stringTraversalFactor } from '../estimate/range.ts';
import type { Library } from '../library.ts';
import { boolType, intType, stringType } from '../types.ts';
import { EvaluationError, type Value } from '../values.ts';
import { type Cidr, cidrType, parseCidr } from './cidr.ts';
import { reading } from './costs.ts';
import { globalFunction, memberFunction } from './declarations.ts';
import { type IpAddress, ipType, parseIpAddress } from './ip-address.ts';

export const cidrLibrary: Library = {
  name: 'kubernetes.net.cidr',
  types: [cidrType],
  functions: [
    globalFunction('cidr', 'string_to_cidr', [stringType], cidrType, { evaluate: readCidr, cost: traverseCost }),
    globalFunction('isCIDR', 'is_cidr', [stringType], boolType, { evaluate: (text: string) => typeof parseCidr(text) !== 'string', cost: traverseCost }),
    globalFunction('string', 'cidr_to_string', [cidrType], stringType, { evaluate: (network: Cidr) => network.toString() }),
    memberFunction('ip', 'cidr_ip', [cidrType], ipType, { evaluate: (network: Cidr) => network.address }),
    memberFunction('masked', 'cidr_masked', [cidrType], cidrType, { evaluate: (network: Cidr) => network.masked() }),
    memberFunction('prefixLength', 'cidr_prefix_length', [cidrType], intType, { evaluate: (network: Cidr) => network.prefixLength }),
    memberFunction('containsIP', 'cidr_contains_ip_ip', [cidrType, ipType], boolType, {
      evaluate: (network: Cidr, address: IpAddress) => network.containsIp(address),
      cost: comparing,
    }),
    memberFunction('containsIP', 'cidr_contains_ip_string', [cidrType, stringType], boolType, {
      evaluate: (network: Cidr, text: string) => network.containsIp(readMember(text)),
      cost: (values) => comparing(values) + reading(values[1]),
    }),
    memberFunction('containsCIDR', 'cidr_contains_cidr', [cidrType, cidrType], boolType, {
      evaluate: (network: Cidr, other: Cidr) => network.containsCidr(other),
      cost: (values) => comparing(values) + masking(values),
    }),
    memberFunction('containsCIDR', 'cidr_contains_cidr_string', [cidrType, stringType], boolType, {
      evaluate: (network: Cidr, text: string) => network.containsCidr(readCidr(text)),
      cost: (values) => comparing(values) + masking(values) + reading(values[1]),
    }),
  ],
};

function readCidr(text: string): Cidr {
  const network = parseCidr(text);
  // Upstream says it twice.
  if (typeof network === 'string') throw new EvaluationError(`network address parse error during conversion from string: ${network}`);
  return network;
}

/** Upstream's error does not say what is wrong with the text. */
function readMember(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (typeof address === 'string') throw new EvaluationError('no such overload');
  return address;
}

/** Comparing the bytes of the prefix with as many others. */
function comparing([network]: readonly Value[]): number {
  const size = sizeForCost(network as Value);
  return Math.ceil((size + size) * stringTraversalFactor);
}

const masking = ([network]: readonly Value[]): number => reading(network) + 1;
