import type { UntypedObject } from '../../../api/object.ts';
import { requireFlags } from '../../../extension-points/commands/changes/change-flags.ts';
import { recorded, recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileFlags, fileSourcesOf } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunFlag, dryRunOf, dryRunSuffix, selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import { setSize, waitForSize } from './set-size.ts';

const scaleFlags = {
  ...outputFlags,
  ...recordFlag,
  ...fileFlags('with the objects to scale'),
  selector: selectionFlags.selector,
  'dry-run': dryRunFlag,
  all: { type: 'boolean', description: 'All objects of the types, in the namespace.' },
  'current-replicas': { type: 'integer', default: -1, description: 'Scale only what has so many replicas now; -1: however many it has.' },
  replicas: { type: 'integer', description: 'How many replicas there shall be. Must be given.', isRequired: true },
  'resource-version': { type: 'string', description: 'Scale only if this is the current resource version.' },
  timeout: { type: 'duration', description: 'How long to wait until there are as many; 0: not at all. With a unit: 1s, 2m, 3h.' },
} as const;
type ScaleContext = CommandContext<typeof scaleFlags>;

const scalable = ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'];

export const scaleCommand = defineCommand({
  name: 'scale',
  group: 'Deploy Commands:',
  short: 'Set a new size for a deployment, replica set, or replication controller',
  long: `
    Say how many replicas a deployment, replica set, replication controller or stateful set, or anything else with a scale sub-resource, shall have.

    With --current-replicas or --resource-version nothing is done unless the object is as expected, even if somebody else changes it at the same time.`,
  examples: `
    # Three replicas of a replica set
    $PROGRAM scale --replicas=3 rs/foo

    # Of what a file names
    $PROGRAM scale --replicas=3 -f foo.yaml

    # Only if there are two now
    $PROGRAM scale --current-replicas=2 --replicas=3 deployment/mysql

    # Several at once
    $PROGRAM scale --replicas=5 rc/example1 rc/example2 rc/example3

    # A stateful set
    $PROGRAM scale --replicas=3 statefulset/web`,
  usage: 'scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  flags: scaleFlags,
  complete: (context, toComplete) => completeResources(context, toComplete, { types: scalable }),
  async run(context) {
    requireFlags(context, ['replicas']);
    const { args, cluster, flags, directory, streams } = context;
    const dryRun = dryRunOf(flags['dry-run']);
    const printer = await createPrinter(flags, { operation: 'scaled', suffix: dryRunSuffix(dryRun), directory });
    const namespace = cluster.namespace();
    if (flags.replicas < 0) throw new Error('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
    if (flags['current-replicas'] < -1) throw new Error('The --current-replicas must specify an integer of -1 or greater');
    const selection = await findResources(context, {
      args,
      files: fileSourcesOf(flags),
      namespace: namespace.name,
      requiresNamespace: namespace.isExplicit,
      labelSelector: flags.selector,
      typeAloneMeansAll: flags.all,
      flattens: true,
      continuesOnError: true,
    });
    const { infos, errors } = await selection.all();
    if (flags['resource-version'] !== '' && infos.length > 1) throw new Error('cannot use --resource-version with multiple resources');
    const { ManyErrors } = await import('../../../extension-points/commands/errors/command-errors.ts');
    if (infos.length === 0) ManyErrors.throwIfAny(errors.length > 0 ? errors : [new Error('no objects passed to scale')]);
    for (const info of infos) {
      const size = dryRun === 'client' ? flags.replicas : await scaleOne(context, info);
      streams.stdout.write(printer.print(withReplicas(info.object!, size)) + printer.flush());
    }
    ManyErrors.throwIfAny(errors);
  },
});

/** Sets the size, waits if that is wanted, and answers the size that it is now. */
async function scaleOne(context: ScaleContext, info: ResourceInfo): Promise<number> {
  const { cluster, clock, flags, signal } = context;
  const dryRun = dryRunOf(flags['dry-run']);
  const client = cluster.client();
  const expected = { replicas: flags['current-replicas'], resourceVersion: flags['resource-version'] };
  const size = await setSize({ client, clock, signal }, info, { replicas: flags.replicas, expected, dryRun: dryRun === 'server' });
  if (flags.timeout !== 0 && dryRun === 'none') await waitForSize({ client, clock, signal }, info, { replicas: flags.replicas, timeoutMs: flags.timeout });
  if (flags.record) {
    const { annotations } = recorded(context, withReplicas(info.object!, size)).metadata;
    await patchObject(client, info, { format: 'merge', body: { metadata: { annotations } } }, { fieldManager: 'kubectl' });
  }
  return size;
}

/** The object as it is told of: of apps and the core with the new size. */
function withReplicas(object: UntypedObject, replicas: number): UntypedObject {
  const { apiVersion = '' } = object;
  if (apiVersion.includes('/') && !apiVersion.startsWith('apps/')) return object;
  return { ...object, spec: { ...(object['spec'] as object | undefined), replicas } };
}
