import { deviceDetails } from './device-details.ts';
import { deviceSummary } from './device-summary.ts';
import { readDevices } from './node-devices.ts';

export interface DevicesFlags {
  readonly dataDir?: string;
  readonly output: 'table' | 'json';
  /** Every device, not only how many there are. */
  readonly all?: boolean;
}

/** Lists the devices of all nodes: a line per resource, or with `all` or for one resource a line per device. Exit code 1 when there is no such resource. */
export async function listDevices(resource: string | undefined, { output, all = false, ...options }: DevicesFlags): Promise<number> {
  const found = await readDevices(options);
  const nodes =
    resource === undefined ? found : found.map((node) => ({ ...node, resources: (node.resources ?? []).filter((one) => one.resource === resource) }));
  const isKnown = resource === undefined || nodes.some((node) => (node.resources ?? []).length > 0 || Object.hasOwn(node.status.capacity, resource));
  if (output === 'json') process.stdout.write(`${JSON.stringify(nodes, null, 2)}\n`);
  else if (!isKnown) process.stderr.write(`no node has ${resource}; why: wherry why node/NAME ${resource}\n`);
  else {
    // A file or a pipe takes lines of any length.
    const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
    process.stdout.write(all || resource !== undefined ? deviceDetails(nodes, Date.now()) : deviceSummary(nodes, { nowMs: Date.now(), width }));
  }
  return isKnown ? 0 : 1;
}
