import { isDeepStrictEqual } from 'node:util';
import { fieldValidationOf } from '../../../extension-points/commands/changes/change-flags.ts';
import { recorded } from '../../../extension-points/commands/changes/record.ts';
import { editObjects, originalOf } from '../../../extension-points/commands/editor/edit-objects.ts';
import { addProblem, type EditProblems } from '../../../extension-points/commands/editor/edit-problems.ts';
import { editFormatOf } from '../../../extension-points/commands/editor/edited-text.ts';
import { withLastApplied } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { compactJson } from '../../../extension-points/commands/printers/json-text.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileSourcesOf } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { patchObject } from '../../../extension-points/commands/resources/object-requests.ts';
import type { EditContext } from './edit-command.ts';
import { editPatch } from './edit-patch.ts';

/** What `edit` does. */
export async function runEdit(context: EditContext): Promise<void> {
  const { args, flags, cluster } = context;
  const namespace = cluster.namespace();
  const fieldValidation = fieldValidationOf(flags.validate);
  const format = editFormatOf(flags.output);
  const selection = await findResources(context, {
    args,
    files: fileSourcesOf(flags),
    namespace: namespace.name,
    requiresNamespace: namespace.isExplicit,
    typeAloneMeansAll: true,
    subresource: flags.subresource,
    latest: true,
    flattens: true,
    continuesOnError: true,
  });
  const { infos, errors } = await selection.all();
  if (errors.length > 0) await selectionFailed(errors);
  if (infos.length === 0) throw new Error('edit cancelled, no objects found');
  await editObjects(context, {
    infos,
    format,
    hasWindowsLineEndings: flags['windows-line-endings'],
    validates: fieldValidation !== 'Ignore',
    save: async (edited, problems) => {
      for (const info of edited) await saveOne(context, { infos, info, problems, fieldValidation });
    },
  });
}

async function selectionFailed(errors: readonly unknown[]): Promise<never> {
  const { ManyErrors } = await import('../../../extension-points/commands/errors/command-errors.ts');
  throw errors.length === 1 ? errors[0] : new ManyErrors(errors);
}

interface EditedOne {
  readonly infos: readonly ResourceInfo[];
  readonly info: ResourceInfo;
  readonly problems: EditProblems;
  readonly fieldValidation: string;
}

async function saveOne(context: EditContext, { infos, info, problems, fieldValidation }: EditedOne): Promise<void> {
  const { flags, cluster, streams } = context;
  const { original, object } = originalOf(infos, info);
  const saved = recorded(context, flags['save-config'] ? withLastApplied(object) : object);
  const tell = async (operation: string, told: typeof object): Promise<void> => {
    const printer = await createPrinter(flags, { operation, directory: context.directory });
    streams.stdout.write(printer.print(told) + printer.flush());
  };
  if (isDeepStrictEqual(original.object, saved)) return tell('skipped', saved);
  const patch = editPatch(original.object!, saved, info.resource);
  if (flags['output-patch']) streams.stdout.write(`Patch: ${compactJson(patch.body)}\n`);
  const request = { fieldManager: flags['field-manager'], fieldValidation, ...(flags.subresource === '' ? {} : { subresource: flags.subresource }) };
  try {
    const changed = await patchObject(cluster.client(), info, patch, request);
    original.object = changed;
    await tell('edited', changed);
  } catch (error) {
    streams.stderr.write(addProblem(problems, error, info));
  }
}
