import { parseFieldSelector } from '../../../api/field-selector.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods as podResource } from '../../../api/generated/resource-types.ts';
import { parseLabelSelector } from '../../../api/label-selector.ts';
import { queryText, resourcePath } from '../../../client/request-paths.ts';
import { type CommandContext, defineCommand, type FlagTable, type FlagValues } from '../../../extension-points/commands/contract.ts';
import { durationText } from '../../../extension-points/commands/flags/duration.ts';
import { compareText } from '../../../extension-points/commands/printers/go-values.ts';
import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';
import { completeOnlyName } from '../../../extension-points/commands/resources/complete-resources.ts';
import { selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import { type MetricsQuery, type PodMetrics, podMetrics, readMetrics, requireMetrics, requireSelector, requireSortField } from './metrics-api.ts';
import { lineOf, measuredResources, sortByUsage, totalUsage, usageText } from './usage-cells.ts';

const usage = 'pod [NAME | -l label]';

const flags = {
  'all-namespaces': selectionFlags['all-namespaces'],
  containers: { type: 'boolean', description: 'Show the containers of pods.' },
  'field-selector': selectionFlags['field-selector'],
  'no-headers': { type: 'boolean', description: 'Print no headings.' },
  selector: selectionFlags.selector,
  'show-swap': { type: 'boolean', description: 'Show how much swap is used, too.' },
  'sort-by': { type: 'string', description: "Sort by 'cpu' or 'memory', the most first." },
  sum: { type: 'boolean', description: 'Print the sums below.' },
  'use-protocol-buffers': { type: 'boolean', default: true, description: 'Taken for compatibility; the answers are the same.' },
} as const satisfies FlagTable;

type Context = CommandContext<typeof flags>;

export const topPodCommand = defineCommand({
  name: 'pod',
  aliases: ['pods', 'po'],
  short: 'Display resource (CPU/memory) usage of pods',
  long: `
    Show how much CPU and memory pods use.

    A pod is measured some minutes after it started.`,
  examples: `
    # Pods of the namespace
    $PROGRAM top pod

    # Pods of another one
    $PROGRAM top pod --namespace=NAMESPACE

    # A pod and its containers
    $PROGRAM top pod POD_NAME --containers

    # Pods with a label
    $PROGRAM top pod -l name=myLabel`,
  usage,
  flags,
  complete: (context, toComplete) => completeOnlyName(context, 'pods', toComplete),
  async run(context) {
    const { args, flags: given, cluster, streams, usageError } = context;
    if (args.length > 1) throw usageError(usage);
    const [name = ''] = args;
    const namespace = cluster.namespace().name;
    requireSortField(given['sort-by']);
    if (name !== '' && (given.selector !== '' || given['field-selector'] !== '')) throw new Error('only one of NAME or selector can be provided');
    requireSelector(parseLabelSelector, given.selector);
    requireSelector(parseFieldSelector, given['field-selector']);
    const client = cluster.client();
    await requireMetrics(client);
    const query = { name, labelSelector: given.selector, fieldSelector: given['field-selector'] };
    const metrics = await readMetrics<PodMetrics>(client, podMetrics, { ...query, namespace: given['all-namespaces'] ? undefined : namespace });
    if (metrics.length === 0) {
      await explainNothing(context, { ...query, namespace });
      return streams.stderr.write(given['all-namespaces'] ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
    }
    streams.stdout.write(podTable(metrics, given));
  },
});

const measuredAfterMs = 120_000;

/** Pods without metrics are an error; no pods are none. */
async function explainNothing({ cluster, clock }: Context, { namespace, labelSelector, fieldSelector }: MetricsQuery): Promise<void> {
  const path = resourcePath(podResource, { namespace }) + queryText({ labelSelector, fieldSelector });
  const { items } = await cluster.client().json<{ items: Pod[] }>({ method: 'GET', path });
  if (items.length === 0) return;
  for (const { metadata } of items) {
    const age = clock.now() - Date.parse(metadata.creationTimestamp ?? '');
    if (age > measuredAfterMs) throw new Error(`Metrics not available for pod ${metadata.namespace}/${metadata.name}, age: ${durationText(age)}`);
  }
  throw new Error('metrics not available yet');
}

/** What pods or their containers use, and the sums. */
export function podTable(metrics: readonly PodMetrics[], given: FlagValues<typeof flags>): string {
  const resources = measuredResources(given['show-swap']);
  const writer = new TabWriter();
  const withNamespace = given['all-namespaces'];
  const headings = ['NAME', 'CPU(cores)', 'MEMORY(bytes)', ...(given['show-swap'] ? ['SWAP(bytes)'] : [])];
  const places = [...(withNamespace ? ['NAMESPACE'] : []), ...(given.containers ? ['POD'] : [])];
  if (!given['no-headers']) writer.write(lineOf([...places, ...headings]));
  for (const cells of rows(metrics, given, resources)) writer.write(lineOf(cells));
  if (!given.sum) return writer.flush();
  // Without headings kubectl counts the columns of places for none.
  const columns = headings.length + (given['no-headers'] ? 0 : places.length);
  const total = totalUsage(metrics.flatMap(({ containers }) => containers.map((container) => container.usage)));
  const blanks = (count: number): string[] => Array.from({ length: Math.max(0, count) }, () => '');
  writer.write(lineOf([...blanks(columns - 2), '________', '________']));
  writer.write(lineOf([...blanks(columns - 3), '', ...resources.map((resource) => usageText(resource, total))]));
  return writer.flush();
}

function rows(metrics: readonly PodMetrics[], given: FlagValues<typeof flags>, resources: readonly string[]): string[][] {
  const withNamespace = given['all-namespaces'];
  const sorted = sortByUsage(
    metrics,
    given['sort-by'],
    ({ containers }) => totalUsage(containers.map((container) => container.usage)),
    (left, right) =>
      (withNamespace ? compareText(left.metadata.namespace, right.metadata.namespace) : 0) || compareText(left.metadata.name, right.metadata.name),
  );
  return sorted.flatMap(({ metadata, containers }) => {
    const place = withNamespace ? [metadata.namespace] : [];
    if (!given.containers) {
      const total = totalUsage(containers.map((container) => container.usage));
      return [[...place, metadata.name, ...resources.map((resource) => usageText(resource, total))]];
    }
    const ordered = sortByUsage(
      containers,
      given['sort-by'],
      (container) => container.usage,
      (left, right) => compareText(left.name, right.name),
    );
    return ordered.map((container) => [...place, metadata.name, container.name, ...resources.map((resource) => usageText(resource, container.usage))]);
  });
}
