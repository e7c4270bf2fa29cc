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
import { type AnnotationChange, changeAnnotations, parseAnnotations, refuseContradictions } from './change-annotations.ts';

const annotateFlags = { ...metadataFlags('annotations'), ...fieldManagerFlag('kubectl-annotate') };
type AnnotateContext = CommandContext<typeof annotateFlags>;

export const annotateCommand = defineCommand({
  name: 'annotate',
  group: 'Settings Commands:',
  short: 'Update the annotations on a resource',
  long: `
    Give objects annotations, or take some away. Annotations are keys with a text of any kind and length, JSON for example: tools keep there what they need to know.

    An annotation that has another value already is left alone, and the command fails, unless --overwrite is given. With --resource-version the object is changed only if nobody else changed it in the meantime.

    Use "$PROGRAM api-resources" for a complete list of supported resources.`,
  examples: `
    # Give a pod an annotation; of several values the last one counts
    $PROGRAM annotate pods foo description='my frontend'

    # The pod that a file names
    $PROGRAM annotate -f pod.json description='my frontend'

    # Give it another value
    $PROGRAM annotate --overwrite pods foo description='my frontend running nginx'

    # All pods of the namespace
    $PROGRAM annotate pods --all description='my frontend running nginx'

    # Only if the pod is still the one of that version
    $PROGRAM annotate pods foo description='my frontend running nginx' --resource-version=1

    # Take an annotation away
    $PROGRAM annotate pods foo description-`,
  usage: 'annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  flags: annotateFlags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { args, flags, directory } = context;
    const suffix = dryRunSuffix(dryRunOf(flags['dry-run']));
    const printer = await createPrinter(flags, { operation: 'annotated', suffix, directory });
    const { resources, pairs } = splitPairs(args, 'annotation');
    const change = parseAnnotations(pairs);
    checkMetadataFlags(flags, resources, 'rsrc');
    if (change.set.size === 0 && change.remove.length === 0 && !flags.list) throw new Error('at least one annotation update is required');
    refuseContradictions(change);
    const selection = await findForMetadata(context, resources);
    await changeMany<UntypedObject>(context, selection, {
      order: 'any',
      what: 'annotated',
      change: (info) => annotateOne(context, info, change),
      tell(result, info) {
        const list = (): string => listText(info, { what: 'annotations', isSingle: selection.isSingleItem, pairs: result.metadata.annotations ?? {} });
        return { line: flags.list ? list() : printer.print(result) + printer.flush() };
      },
    });
  },
});

async function annotateOne(context: AnnotateContext, info: ResourceInfo, change: AnnotationChange): Promise<UntypedObject> {
  const { flags, cluster } = context;
  const dryRun = dryRunOf(flags['dry-run']);
  const object = info.object!;
  if (dryRun === 'client' || flags.local || flags.list) return annotated(object, change, flags);
  const { resourceVersion: _, ...metadata } = object.metadata;
  const before = flags['resource-version'] === '' ? object : { ...object, metadata };
  const body = createMergePatch(before, annotated(recorded(context, before), change, flags)) ?? {};
  return patchObject(cluster.client(), info, { format: 'merge', body }, { dryRun: dryRun === 'server', fieldManager: flags['field-manager'] });
}

function annotated(object: UntypedObject, change: AnnotationChange, flags: AnnotateContext['flags']): UntypedObject {
  const annotations = changeAnnotations(object.metadata.annotations ?? {}, change, flags);
  const resourceVersion = flags['resource-version'] === '' ? {} : { resourceVersion: flags['resource-version'] };
  return { ...object, metadata: { ...object.metadata, annotations, ...resourceVersion } };
}
