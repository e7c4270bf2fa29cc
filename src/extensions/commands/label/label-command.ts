import { createMergePatch } from '../../../api/merge-patch.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldManagerFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { changeMany } from '../../../extension-points/commands/changes/change-many.ts';
import { checkMetadataFlags, findForMetadata, listText, metadataFlags } from '../../../extension-points/commands/changes/metadata-change.ts';
import { splitPairs } from '../../../extension-points/commands/changes/pairs.ts';
import { recorded } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeLabels, type LabelChange, parseLabels } from './change-labels.ts';

const labelFlags = { ...metadataFlags('labels'), ...fieldManagerFlag('kubectl-label') };
type LabelContext = CommandContext<typeof labelFlags>;

export const labelCommand = defineCommand({
  name: 'label',
  group: 'Settings Commands:',
  short: 'Update the labels on a resource',
  long: `
    Give objects labels, or take some away.

    Keys and values have at most 63 characters: letters, digits, dashes, dots and underscores, with a letter or digit at both ends. A key may have a DNS name and a slash in front, as in example.com/app; a value may be empty.

    A label that has another value already is left alone, and the command fails, unless --overwrite is given. With --resource-version the object is changed only if nobody else changed it in the meantime.`,
  examples: `
    # Give a pod a label
    $PROGRAM label pods foo unhealthy=true

    # Give it another value
    $PROGRAM label --overwrite pods foo status=unhealthy

    # All pods of the namespace
    $PROGRAM label pods --all status=unhealthy

    # The pod that a file names
    $PROGRAM label -f pod.json status=unhealthy

    # Only if the pod is still the one of that version
    $PROGRAM label pods foo status=unhealthy --resource-version=1

    # Take a label away
    $PROGRAM label pods foo bar-`,
  usage: 'label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  flags: labelFlags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { args, flags } = context;
    dryRunOf(flags['dry-run']);
    const { resources, pairs } = splitPairs(args, 'label');
    const change = parseLabels(pairs);
    if (flags.list && flags.output !== '') throw new Error('--list and --output may not be specified together');
    checkMetadataFlags(flags, resources, 'pod');
    if (change.set.size === 0 && change.remove.length === 0 && !flags.list) throw new Error('at least one label update is required');
    const selection = await findForMetadata(context, resources);
    const label = (info: ResourceInfo): Promise<string> => labelOne(context, info, { change, isSingle: selection.isSingleItem });
    // What an object does not have is told before it is known what becomes of the object: one after the other.
    if (change.remove.length > 0) return selection.visit(async (info) => context.streams.stdout.write(await label(info)));
    await changeMany<string>(context, selection, { order: 'any', what: 'labeled', change: label, tell: (line) => ({ line }) });
  },
});

interface Task {
  readonly change: LabelChange;
  readonly isSingle: boolean;
}

/** Answers the text that tells of it. */
async function labelOne(context: LabelContext, info: ResourceInfo, { change, isSingle }: Task): Promise<string> {
  const { flags, streams, directory } = context;
  const dryRun = dryRunOf(flags['dry-run']);
  const object = info.object!;
  const isSent = dryRun !== 'client' && !flags.local && !flags.list;
  const labels = object.metadata.labels ?? {};
  if (isSent) for (const key of change.remove) if (!Object.hasOwn(labels, key)) streams.stdout.write(`label ${JSON.stringify(key)} not found.\n`);
  const changed = changeLabels(labels, change, { overwrite: flags.overwrite });
  const result = recordedIf(isSent, context, withLabels(object, changed.labels, flags['resource-version']));
  if (isSent && changed.operation !== 'not labeled') await send(context, info, result);
  if (flags.list) return listText(info, { what: 'labels', isSingle, pairs: changed.labels });
  const printer = await createPrinter(flags, { operation: changed.operation, suffix: dryRunSuffix(dryRun), directory });
  return printer.print(result) + printer.flush();
}

const recordedIf = (isWanted: boolean, context: LabelContext, object: UntypedObject): UntypedObject => (isWanted ? recorded(context, object) : object);

const withLabels = (object: UntypedObject, labels: Readonly<Record<string, string>>, resourceVersion: string): UntypedObject => ({
  ...object,
  metadata: { ...object.metadata, labels, ...(resourceVersion === '' ? {} : { resourceVersion }) },
});

/** Labels are all that the patch holds, and the version that the object must have. */
async function send({ cluster, flags }: LabelContext, info: ResourceInfo, result: UntypedObject): Promise<void> {
  const object = info.object!;
  const { resourceVersion: _, ...metadata } = object.metadata;
  const before = flags['resource-version'] === '' ? object : { ...object, metadata };
  await patchObject(
    cluster.client(),
    info,
    { format: 'merge', body: createMergePatch(before, result) ?? {} },
    { dryRun: dryRunOf(flags['dry-run']) === 'server', fieldManager: flags['field-manager'] },
  );
}
