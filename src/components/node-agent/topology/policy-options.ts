import type { Log } from '../../../kernel/log.ts';
import { booleanOption } from './go-values.ts';

export interface TopologyPolicyOptions {
  readonly prefersClosestNumaNodes: boolean;
  readonly maximumNumaNodes: number;
}

const defaultMaximumNumaNodes = 8;

/** Reads `topologyManagerPolicyOptions`. Throws as upstream words it. */
export function topologyPolicyOptions(options: Readonly<Record<string, string>>, log: Log): TopologyPolicyOptions {
  let prefersClosestNumaNodes = false;
  let maximumNumaNodes = defaultMaximumNumaNodes;
  for (const [name, value] of Object.entries(options)) {
    if (name === 'prefer-closest-numa-nodes') prefersClosestNumaNodes = booleanOption(name, value);
    else if (name === 'max-allowable-numa-nodes') maximumNumaNodes = maximumNodes(name, value, log);
    else throw new Error(`unknown Topology Manager Policy option: ${JSON.stringify(name)}`);
  }
  return { prefersClosestNumaNodes, maximumNumaNodes };
}

function maximumNodes(name: string, value: string, log: Log): number {
  if (!/^[+-]?\d+$/.test(value))
    throw new Error(`unable to convert policy option to integer ${JSON.stringify(name)}: strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`);
  const count = Number(value);
  if (count < defaultMaximumNumaNodes) throw new Error(`the minimum value of ${JSON.stringify(name)} should not be less than ${defaultMaximumNumaNodes}`);
  if (count > defaultMaximumNumaNodes)
    log.warn('max-allowable-numa-nodes is more than is recommended: deciding where a pod fits takes longer with each node', { value: count });
  return count;
}
