import { absentText } from './device-summary.ts';
import type { Holder, NodeDevices, ReportedResource } from './node-devices.ts';
import { sinceText } from './since-text.ts';
import { table } from './table.ts';

/** Every device of every resource, each resource with its plugins in front; then the devices of claims. */
export function deviceDetails(nodes: readonly NodeDevices[], nowMs: number): string {
  const paragraphs = nodes.flatMap((node) => {
    if (node.state === 'Unreachable') return [`${node.node}: cannot be reached: ${node.error}\n`];
    if (node.state === 'Simulated') return [simulatedText(node)];
    const texts = [...(node.resources ?? []).map((resource) => resourceText(node.node, resource, nowMs)), ...claimsText(node, nowMs)];
    return texts.length > 0 ? texts : [`${node.node}: no device plugin has registered\n`];
  });
  return paragraphs.length === 0 ? 'there are no nodes\n' : paragraphs.join('\n');
}

function resourceText(node: string, resource: ReportedResource, nowMs: number): string {
  const { capacity, allocatable, devices, plugins, absence } = resource;
  const heading = `${node}  ${resource.resource}: ${allocatable} of ${capacity} allocatable`;
  const connected = plugins.map(
    ({ origin, route, connectedSince, hasListed }, index) =>
      `  plugin ${origin}, by ${route}, for ${sinceText(connectedSince, nowMs)}${hasListed ? '' : ', has listed nothing yet'}${index > 0 ? ', steps in when those before leave' : ''}`,
  );
  const gone = plugins.length === 0 ? [`  plugin ${absentText(resource)}${absence ? `, for ${sinceText(absence.since, nowMs)}` : ''}`] : [];
  const rows = devices.map(({ id, health, numaNodes, heldBy }) => [
    `  ${id}`,
    health,
    numaNodes.join(',') || '-',
    heldBy ? `${heldBy.namespace}/${heldBy.pod || heldBy.uid} ${heldBy.containers.join(',')}` : '-',
    heldBy ? sinceText(heldBy.since, nowMs) : '-',
  ]);
  const list = rows.length > 0 ? table(['  DEVICE', 'HEALTH', 'NUMA', 'HELD BY', 'SINCE'], rows) : '';
  return `${[heading, ...connected, ...gone].join('\n')}\n${list}`;
}

function claimsText({ node, claims = [] }: NodeDevices, nowMs: number): string[] {
  if (claims.length === 0) return [];
  const rows = claims.flatMap(({ namespace, name, devices, heldBy }) =>
    (devices.length > 0 ? devices : [{ driver: '-', pool: '-', device: '-' }]).map(({ driver, pool, device }) => [
      `  ${namespace}/${name}`,
      driver,
      `${pool}/${device}`,
      heldBy.map(holderText).join(' '),
      sinceText(heldBy[0]?.since, nowMs),
    ]),
  );
  return [`${node}  claims\n${table(['  CLAIM', 'DRIVER', 'DEVICE', 'HELD BY', 'SINCE'], rows)}`];
}

const holderText = ({ pod, container }: Holder): string => `${pod} ${container}`;

function simulatedText({ node, status }: NodeDevices): string {
  const amounts = Object.entries(status.capacity).map(([name, capacity]) => `${name} ${status.allocatable[name] ?? '0'}/${capacity}`);
  return `${node}: simulated; ${amounts.length > 0 ? amounts.join(', ') : 'it has no devices'}\n`;
}
