import { fieldManagerFlag, fieldValidationOf, saveConfigFlag, validateFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { fileFlags, fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { dryRunFlag, dryRunOf, selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import { generators } from './generators.ts';

const createFlags = {
  ...outputFlags,
  ...recordFlag,
  ...fileFlags('with the objects to create'),
  ...validateFlag,
  ...saveConfigFlag,
  ...fieldManagerFlag('kubectl-create'),
  'dry-run': dryRunFlag,
  selector: selectionFlags.selector,
  edit: { type: 'boolean', description: 'Open an editor on the objects before they are created.' },
  raw: { type: 'string', description: 'A path of the server to POST the one file to, as it is.' },
  'windows-line-endings': { type: 'boolean', default: process.platform === 'win32', description: 'With --edit: end lines as Windows does.' },
} as const;
export type CreateContext = CommandContext<typeof createFlags>;

export const createCommand = defineCommand({
  name: 'create',
  group: 'Basic Commands (Beginner):',
  short: 'Create a resource from a file or from stdin',
  long: 'Create the objects that files or standard input hold, as JSON or YAML; or, with a sub-command, one object of what its flags say.',
  examples: `
    # The pod of a file
    $PROGRAM create -f ./pod.json

    # What comes on standard input
    cat pod.json | $PROGRAM create -f -

    # What a file holds, after a look at it in an editor
    $PROGRAM create -f registry.yaml --edit -o json`,
  usage: 'create -f FILENAME',
  flags: createFlags,
  subcommands: generators,
  acceptsPlugins: true,
  async run(context) {
    const { args, flags, usageError } = context;
    if (args.length > 0) throw usageError(`Unexpected args: [${args.join(' ')}]`);
    dryRunOf(flags['dry-run']);
    fieldValidationOf(flags.validate);
    const files = fileSourcesOf(flags);
    if (!hasSources(files)) throw new Error('must specify one of -f and -k');
    if (flags.raw !== '') {
      const { createRaw } = await import('./create-raw.ts');
      return createRaw(context);
    }
    const { createFromFiles } = await import('./create-files.ts');
    return createFromFiles(context, files);
  },
});
