import type { Node } from '../../../api/generated/core-v1.ts';
import { nodes as nodeResource } from '../../../api/generated/resource-types.ts';
import { parseLabelSelector } from '../../../api/label-selector.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { quantityMilliValue } from '../../../api/quantity.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { queryText, resourcePath } from '../../../client/request-paths.ts';
import { defineCommand, type FlagTable, type FlagValues } from '../../../extension-points/commands/contract.ts';
import { compareText } from '../../../extension-points/commands/printers/go-values.ts';
import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';
import { completeOnlyName } from '../../../extension-points/commands/resources/complete-resources.ts';
import { getObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import { type NodeMetrics, nodeMetrics, readMetrics, requireMetrics, requireSelector, requireSortField, type Usage } from './metrics-api.ts';
import { lineOf, measuredResources, sortByUsage, usageText } from './usage-cells.ts';

const usage = 'node [NAME | -l label]';

const flags = {
  'no-headers': { type: 'boolean', description: 'Print no headings.' },
  selector: selectionFlags.selector,
  'show-capacity': { type: 'boolean', description: 'Show parts of what nodes have, not of what pods may have of it.' },
  'show-swap': { type: 'boolean', description: 'Show how much swap is used, too.' },
  'sort-by': { type: 'string', description: "Sort by 'cpu' or 'memory', the most first." },
  'use-protocol-buffers': { type: 'boolean', default: true, description: 'Taken for compatibility; the answers are the same.' },
} as const satisfies FlagTable;

export const topNodeCommand = defineCommand({
  name: 'node',
  aliases: ['nodes', 'no'],
  short: 'Display resource (CPU/memory) usage of nodes',
  long: 'Show how much CPU and memory nodes use.',
  examples: `
    # All nodes
    $PROGRAM top node

    # One node
    $PROGRAM top node NODE_NAME`,
  usage,
  flags,
  complete: (context, toComplete) => completeOnlyName(context, 'nodes', toComplete),
  async run({ args, flags: given, cluster, streams, usageError }) {
    if (args.length > 1) throw usageError(usage);
    const [name = ''] = args;
    requireSortField(given['sort-by']);
    if (name !== '' && given.selector !== '') throw new Error('only one of NAME or --selector can be provided');
    requireSelector(parseLabelSelector, given.selector);
    const client = cluster.client();
    await requireMetrics(client);
    const metrics = await readMetrics<NodeMetrics>(client, nodeMetrics, { name, labelSelector: given.selector });
    if (metrics.length === 0) throw new Error('metrics not available yet');
    streams.stdout.write(nodeTable(metrics, await readNodes(client, name, given.selector), given));
  },
});

async function readNodes(client: HttpsClient, name: string, labelSelector: string): Promise<Node[]> {
  if (name !== '') return [(await getObject(client, { resource: nodeResource, name })) as KubernetesObject as Node];
  const path = resourcePath(nodeResource, {}) + queryText({ labelSelector });
  return (await client.json<{ items: Node[] }>({ method: 'GET', path })).items;
}

/** What nodes use, and what part that is of what they have; nodes without metrics come last. */
export function nodeTable(metrics: readonly NodeMetrics[], nodes: readonly Node[], given: FlagValues<typeof flags>): string {
  const resources = measuredResources(given['show-swap']);
  const writer = new TabWriter();
  const headings = ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)', ...(given['show-swap'] ? ['SWAP(bytes)', 'SWAP(%)'] : [])];
  if (!given['no-headers']) writer.write(lineOf(headings));
  const byName = new Map(nodes.map((node) => [node.metadata.name ?? '', node]));
  const sorted = sortByUsage(
    metrics,
    given['sort-by'],
    (each) => each.usage,
    (left, right) => compareText(left.metadata.name, right.metadata.name),
  );
  for (const { metadata, usage: used } of sorted) {
    const node = byName.get(metadata.name);
    byName.delete(metadata.name);
    const isWithoutSwap = node !== undefined && node.status?.nodeInfo?.swap?.capacity === undefined;
    const has = availableOf(node, given['show-capacity']);
    const cells = resources.flatMap((resource) => (resource === 'swap' && isWithoutSwap ? ['<unknown>', '<unknown>'] : usageCells(resource, used, has)));
    writer.write(lineOf([metadata.name, ...cells]));
  }
  for (const name of byName.keys()) writer.write(lineOf([name, ...resources.flatMap(() => ['<unknown>', '<unknown>'])]));
  return writer.flush();
}

function availableOf(node: Node | undefined, isCapacity: boolean): Usage {
  const swap = node?.status?.nodeInfo?.swap?.capacity;
  return { ...(isCapacity ? node?.status?.capacity : node?.status?.allocatable), ...(swap === undefined ? {} : { swap: String(swap) }) };
}

function usageCells(resource: string, used: Usage, available: Usage): string[] {
  const text = usageText(resource, used);
  const whole = available[resource];
  if (whole === undefined) return [text];
  const milli = quantityMilliValue(whole);
  const percent = milli === 0 ? 0 : Math.trunc((quantityMilliValue(used[resource] ?? '0') / milli) * 100);
  return [text, `${percent}%`];
}
