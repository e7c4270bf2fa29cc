import { fieldValidationOf } from '../../../extension-points/commands/changes/change-flags.ts';
import { editObjects } from '../../../extension-points/commands/editor/edit-objects.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import type { ResourcePrinter } from '../../../extension-points/commands/printers/contract.ts';
import type { ResourceInfo, ResourceSelection } from '../../../extension-points/commands/resources/contract.ts';
import { dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import type { CreateContext } from './create-command.ts';
import { createOne } from './create-files.ts';

/** Opens an editor on each object of the files and creates what was made of it (`--edit`); nothing, when nothing was changed. */
export async function editFirst(context: CreateContext, selection: ResourceSelection, printer: ResourcePrinter): Promise<void> {
  const { flags, streams } = context;
  const { infos, errors } = await selection.all();
  ManyErrors.throwIfAny(errors);
  if (infos.length === 0) throw new Error('no objects passed to create');
  const fieldValidation = fieldValidationOf(flags.validate);
  const wishes = {
    format: flags.output === 'json' ? 'json' : 'yaml',
    hasWindowsLineEndings: flags['windows-line-endings'],
    validates: fieldValidation !== 'Ignore',
    save: async (edited: readonly ResourceInfo[]): Promise<void> => {
      for (const info of edited) {
        // As kubectl: what was edited comes from no file any more.
        const result = await createOne(context, { ...info, source: '' }, { sends: dryRunOf(flags['dry-run']) !== 'client', fieldValidation });
        streams.stdout.write(printer.print(result) + printer.flush());
      }
    },
  } as const;
  for (const info of infos) await editObjects(context, { ...wishes, infos: [info] });
}
