import type { Pod } from '../../../api/generated/core-v1.ts';
import { pods } from '../../../api/generated/resource-types.ts';
import { isNotFound } from '../../../api/status.ts';
import { type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { ExitCode, ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { messageOf } from '../../../extension-points/commands/errors/error-text.ts';
import { writeWarning } from '../../../extension-points/commands/errors/write-warning.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { getObject, listPages } from '../../../extension-points/commands/resources/object-requests.ts';
import { type DryRun, dryRunOf, selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeSchedulability, checkPodSelector, completeNodes, cordonFlags, findNodes, requireNodes, tell } from './change-schedulability.ts';
import { type ChosenPods, choosePods } from './choose-pods.ts';
import { removePods } from './remove-pods.ts';
import { reportRemoval } from './report-removal.ts';

const drainFlags = {
  ...cordonFlags,
  'chunk-size': selectionFlags['chunk-size'],
  'delete-emptydir-data': { type: 'boolean', description: 'Pods with emptyDir volumes may go, and what is in those is lost.' },
  'disable-eviction': { type: 'boolean', description: 'Delete pods instead of evicting them, which passes disruption budgets by.' },
  force: { type: 'boolean', description: 'Pods that nobody will make anew may go, too.' },
  'grace-period': { type: 'integer', default: -1, description: 'Seconds that each pod has to end; negative: what it says itself.' },
  'ignore-daemonsets': { type: 'boolean', description: 'Leave pods of daemon sets where they are.' },
  'pod-selector': { type: 'string', description: 'Only pods with these labels.' },
  'skip-wait-for-delete-timeout': {
    type: 'integer',
    description: 'Do not wait for pods whose deletion was due more than so many seconds ago; 0: wait for all.',
  },
  timeout: { type: 'duration', description: 'How long to go on; zero for as long as it takes.' },
} as const satisfies FlagTable;

type DrainContext = CommandContext<typeof drainFlags>;

export const drainCommand = defineCommand({
  name: 'drain',
  group: 'Cluster Management Commands:',
  short: 'Drain node in preparation for maintenance',
  long: `
    Keep new pods away from nodes and make those that are there go: by evictions, which disruption budgets may put off, or by deletion where a server has none.

    Nothing is done to a node that has pods of daemon sets, unless --ignore-daemonsets says that they are to stay; pods that nobody would make anew, unless --force is given; or pods with data in emptyDir volumes, unless --delete-emptydir-data is given. Mirror pods stay.

    It waits until all pods have ended. "$PROGRAM uncordon" puts a node back into service.`,
  examples: `
    # Even if nobody will make some of the pods anew
    $PROGRAM drain foo --force

    # With a quarter of an hour for each pod to end
    $PROGRAM drain foo --grace-period=900`,
  usage: 'drain NODE',
  flags: drainFlags,
  complete: completeNodes,
  async run(context) {
    const { flags, streams } = context;
    requireNodes(context, 'drain NODE');
    const dryRun = dryRunOf(flags['dry-run']);
    if (flags['pod-selector'] !== '') checkPodSelector(flags['pod-selector']);
    const nodes = await findNodes(context, flags['chunk-size']);
    await changeSchedulability(context, nodes, { isCordoned: true, dryRun });
    const failed: { readonly name: string; readonly error: unknown }[] = [];
    for (const node of nodes) {
      try {
        await drainNode(context, node, dryRun);
        tell(context, node.object, 'drained', dryRun);
      } catch (error) {
        streams.stderr.write(`error: unable to drain node ${JSON.stringify(node.name)} due to error: ${textOf(error)}, continuing command...\n`);
        failed.push({ name: node.name, error });
      }
    }
    if (failed.length === 0) return;
    streams.stderr.write(`There are pending nodes to be drained:\n${failed.map(({ name }) => ` ${name}\n`).join('')}`);
    const [first] = failed;
    // A list of errors inside a list of one is printed without a prefix.
    if (failed.length === 1 && first!.error instanceof ManyErrors) throw new ExitCode(1, first!.error.errors.map(messageOf).join('\n'));
    ManyErrors.throwIfAny(failed.map(({ error }) => error));
  },
});

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function drainNode(context: DrainContext, node: ResourceInfo, dryRun: DryRun): Promise<void> {
  const { flags, streams, cluster, clock } = context;
  const chosen = await podsToRemove(context, node.name);
  if (chosen.errors.length > 0) throw new ManyErrors(chosen.errors);
  if (chosen.warnings !== '') writeWarning(streams.stderr, chosen.warnings);
  if (dryRun === 'client') {
    for (const { metadata } of chosen.pods) streams.stdout.write(`evicting pod ${metadata.namespace}/${metadata.name} (dry run)\n`);
    return;
  }
  if (chosen.pods.length === 0) return;
  const report = reportRemoval(context, { node: node.name, total: chosen.pods.length, dryRun });
  try {
    await removePods(chosen.pods, {
      client: cluster.client(),
      clock,
      gracePeriod: flags['grace-period'],
      timeoutMs: flags.timeout,
      skipAfterSeconds: flags['skip-wait-for-delete-timeout'],
      deletes: flags['disable-eviction'],
      isTried: dryRun === 'server',
      evictionVersion: flags['disable-eviction'] ? '' : await evictionVersion(context),
      ...report,
    });
  } catch (error) {
    report.end();
    await tellPending(context, node.name, error);
    throw error;
  } finally {
    report.end();
  }
}

async function tellPending(context: DrainContext, node: string, error: unknown): Promise<void> {
  const { stderr } = context.streams;
  const pending = await podsToRemove(context, node).catch(() => undefined);
  if (!pending) return;
  if (pending.pods.length > 0)
    stderr.write(
      `There are pending pods in node ${JSON.stringify(node)} when an error occurred: ${textOf(error)}\n${pending.pods.map(({ metadata }) => `pod/${metadata.name}\n`).join('')}`,
    );
  if (pending.errors.length > 0) stderr.write(`Following errors occurred while getting the list of pods to delete:\n${new ManyErrors(pending.errors).message}`);
}

async function podsToRemove({ cluster, flags, clock }: DrainContext, node: string): Promise<ChosenPods> {
  const client = cluster.client();
  const found: Pod[] = [];
  const query = { fieldSelector: `spec.nodeName=${node}`, labelSelector: flags['pod-selector'], chunkSize: flags['chunk-size'] };
  for await (const page of listPages(client, { resource: pods }, query)) found.push(...(page.items as unknown as Pod[]));
  const daemonSets = { group: 'apps', version: 'v1', resource: 'daemonsets', kind: 'DaemonSet', namespaced: true };
  return choosePods(found, {
    force: flags.force,
    ignoresDaemonSets: flags['ignore-daemonsets'],
    deletesLocalData: flags['delete-emptydir-data'],
    skipAfterSeconds: flags['skip-wait-for-delete-timeout'],
    nowMs: clock.now(),
    daemonSetProblem: (pod, name) =>
      getObject(client, { resource: daemonSets, namespace: pod.metadata.namespace, name }).then(
        () => undefined,
        (error: unknown) => ({ message: textOf(error), isMissing: isNotFound(error) }),
      ),
  });
}

/** Of the eviction sub-resource of pods; `''` on servers without one. */
async function evictionVersion({ cluster }: DrainContext): Promise<string> {
  const { subresources } = await cluster.mapper().resourceForKind('v1', 'Pod');
  const eviction = subresources.find(({ name }) => name === 'eviction');
  return eviction ? `${eviction.group || 'policy'}/${eviction.version || 'v1'}` : '';
}
