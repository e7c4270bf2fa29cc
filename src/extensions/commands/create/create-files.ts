import type { UntypedObject } from '../../../api/object.ts';
import { fieldValidationOf } from '../../../extension-points/commands/changes/change-flags.ts';
import { changeMany } from '../../../extension-points/commands/changes/change-many.ts';
import { recorded } from '../../../extension-points/commands/changes/record.ts';
import { errorWithSource } from '../../../extension-points/commands/errors/error-with-source.ts';
import { withSavedConfiguration } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import type { FileSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { createObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { dryRunOf, dryRunSuffix } from '../../../extension-points/commands/resources/selection-flags.ts';
import { isDefinition } from '../../../extension-points/commands/resources/work-order.ts';
import type { CreateContext } from './create-command.ts';

/** Creates every object of the files; goes on after one that is refused. */
export async function createFromFiles(context: CreateContext, files: FileSources): Promise<void> {
  const { cluster, directory, flags } = context;
  const dryRun = dryRunOf(flags['dry-run']);
  const printer = await createPrinter(flags, { operation: 'created', suffix: dryRunSuffix(dryRun), directory });
  const fieldValidation = fieldValidationOf(flags.validate);
  const namespace = cluster.namespace();
  const selection = await findResources(context, {
    files,
    namespace: namespace.name,
    requiresNamespace: namespace.isExplicit,
    labelSelector: flags.selector,
    flattens: true,
    continuesOnError: true,
    validates: fieldValidation !== 'Ignore',
  });
  if (flags.edit) {
    const { editFirst } = await import('./edit-first.ts');
    return editFirst(context, selection, printer);
  }
  let count = 0;
  await changeMany(context, selection, {
    order: 'creation',
    what: 'created',
    change: (info) => createOne(context, info, { sends: dryRun !== 'client', fieldValidation }),
    tell(result) {
      count++;
      return { line: printer.print(result) + printer.flush() };
    },
  });
  if (count === 0) throw new Error('no objects passed to create');
}

/** Creates the object of a file as the flags say, and answers what is to be told of. */
export async function createOne(
  context: CreateContext,
  info: ResourceInfo,
  { sends, fieldValidation }: { readonly sends: boolean; readonly fieldValidation: string },
): Promise<UntypedObject> {
  const { cluster, flags } = context;
  const object = recorded(context, withSavedConfiguration(info.object!, flags['save-config']));
  if (!sends) return object;
  const request = { dryRun: dryRunOf(flags['dry-run']) === 'server', fieldManager: flags['field-manager'], fieldValidation };
  try {
    const created = await createObject(cluster.client(), { resource: info.resource, namespace: info.namespace }, object, request);
    // What it defines may stand next in the file.
    if (isDefinition(info)) cluster.mapper().invalidate();
    return created;
  } catch (error) {
    throw errorWithSource('creating', info.source, error);
  }
}
