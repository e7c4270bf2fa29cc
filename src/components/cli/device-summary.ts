import { basename } from 'node:path';
import type { NodeDevices, ReportedHugePages, ReportedResource } from './node-devices.ts';
import { sinceText } from './since-text.ts';
import { sizeText, table } from './table.ts';

export interface SummaryOptions {
  readonly nowMs: number;
  /** Columns of the terminal: longer lines are cut. */
  readonly width: number;
}

/** What people see first: of each node a line per resource, then claims, huge pages and CPUs that somebody has for himself. Simulated nodes are told of together. */
export function deviceSummary(nodes: readonly NodeDevices[], options: SummaryOptions): string {
  const simulated = nodes.filter(({ state }) => state === 'Simulated');
  const paragraphs = nodes.filter(({ state }) => state !== 'Simulated').flatMap((node) => nodeParagraphs(node, options));
  if (simulated.length > 0) paragraphs.push(simulatedParagraph(simulated));
  if (paragraphs.length === 0) return 'there are no nodes\n';
  return paragraphs.map((text) => cut(text, options.width)).join('\n');
}

function nodeParagraphs(node: NodeDevices, { nowMs }: SummaryOptions): string[] {
  const { resources = [], claims = [], drivers = [], hugePages = [], cpus } = node;
  if (node.state === 'Unreachable') return [unreachableParagraph(node)];
  const paragraphs = [
    `${node.node}\n${
      resources.length === 0
        ? '  no device plugin has registered\n'
        : indented(
            table(
              headings,
              resources.map((resource) => resourceRow(resource, nowMs)),
            ),
          )
    }`,
  ];
  if (drivers.length > 0)
    paragraphs.push(
      indented(
        table(
          ['DRIVER', 'CLAIMS', 'STATE', 'SOCKET'],
          drivers.map(({ driver, endpoint, isConnected }) => [
            driver,
            String(claims.filter(({ devices }) => devices.some((device) => device.driver === driver)).length),
            isConnected ? 'connected' : 'gone',
            basename(endpoint),
          ]),
        ),
      ),
    );
  const reserved = hugePages.filter(({ pages }) => pages > 0);
  if (reserved.length > 0) paragraphs.push(indented(table(['HUGE PAGES', 'FREE', 'PAGES', 'SIZE', 'NUMA NODES'], reserved.map(hugePageRow))));
  if (cpus && cpus.exclusive.length > 0)
    paragraphs.push(
      indented(
        table(
          ['CPUS', 'HELD BY', 'SINCE'],
          cpus.exclusive.map((held) => [held.cpus, `${held.namespace}/${held.pod} ${held.container}`, sinceText(held.since, nowMs)]),
        ),
      ),
    );
  return paragraphs;
}

const headings = ['RESOURCE', 'HELD', 'ALLOCATABLE', 'CAPACITY', 'SINCE', 'PLUGIN'];

function resourceRow(resource: ReportedResource, nowMs: number): string[] {
  const { capacity, allocatable, devices, plugins, absence } = resource;
  const held = devices.filter(({ heldBy }) => heldBy).length;
  const others = plugins.length > 1 ? ` +${plugins.length - 1}` : '';
  const plugin = plugins[0] ? `${basename(plugins[0].origin)}${others}` : absentText(resource);
  return [resource.resource, String(held), String(allocatable), String(capacity), sinceText(plugins[0]?.connectedSince ?? absence?.since, nowMs), plugin];
}

/** One word of why there is no plugin. */
export const absentText = ({ absence }: Pick<ReportedResource, 'absence'>): string =>
  absence === undefined ? 'none' : { Gone: 'gone', Awaited: 'awaited', GivenUp: 'given up' }[absence.state];

const hugePageRow = ({ resource, pages, freePages, pageBytes, numaNodes }: ReportedHugePages): string[] => [
  resource,
  String(freePages),
  String(pages),
  sizeText(pages * pageBytes),
  numaNodes.length > 1 ? numaNodes.map(({ node, pages: own, freePages: free }) => `${node}: ${free}/${own}`).join(', ') : '-',
];

function unreachableParagraph({ node, error = '', status }: NodeDevices): string {
  const rows = Object.entries(status.capacity).map(([name, capacity]) => [name, status.allocatable[name] ?? '0', capacity]);
  const last = rows.length === 0 ? '' : `  what its status showed last:\n${indented(table(['RESOURCE', 'ALLOCATABLE', 'CAPACITY'], rows))}`;
  return `${node}: cannot be reached: ${error.replaceAll('\n', ' ')}\n${last}`;
}

function simulatedParagraph(nodes: readonly NodeDevices[]): string {
  const totals = new Map<string, { nodes: number; allocatable: number; capacity: number }>();
  for (const { status } of nodes)
    for (const [name, capacity] of Object.entries(status.capacity)) {
      const total = totals.get(name) ?? { nodes: 0, allocatable: 0, capacity: 0 };
      totals.set(name, {
        nodes: total.nodes + 1,
        allocatable: total.allocatable + (Number(status.allocatable[name]) || 0),
        capacity: total.capacity + (Number(capacity) || 0),
      });
    }
  const heading = `${nodes.length} simulated node${nodes.length === 1 ? '' : 's'}: what devices they have are numbers in their status, which no plugin stands behind`;
  if (totals.size === 0) return `${heading}; there are none\n`;
  const rows = [...totals].map(([name, total]) => [name, String(total.nodes), String(total.allocatable), String(total.capacity)]);
  return `${heading}\n${indented(table(['RESOURCE', 'NODES', 'ALLOCATABLE', 'CAPACITY'], rows))}`;
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

/** Lines of tables that are too long lose their end; so do long errors. */
const cut = (text: string, width: number): string =>
  text
    .split('\n')
    .map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line))
    .join('\n');
