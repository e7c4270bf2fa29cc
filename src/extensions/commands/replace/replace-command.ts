import { fieldManagerFlag, fieldValidationOf, saveConfigFlag, validateFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { deletionFlags } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { commonSubresources, dryRunFlag } from '../../../extension-points/commands/resources/selection-flags.ts';

const replaceFlags = {
  ...outputFlags,
  ...fileFlags('with the objects to replace others with'),
  ...deletionFlags,
  ...recordFlag,
  ...validateFlag,
  ...saveConfigFlag,
  ...fieldManagerFlag('kubectl-replace'),
  'dry-run': dryRunFlag,
  raw: { type: 'string', description: 'A path of the server to PUT the file to, as it is.' },
  subresource: { type: 'string', description: 'Replace this sub-resource of the objects.', choices: commonSubresources },
} as const;

export type ReplaceContext = CommandContext<typeof replaceFlags>;

export const replaceCommand = defineCommand({
  name: 'replace',
  group: 'Advanced Commands:',
  short: 'Replace a resource by file name or stdin',
  long: `
    Put whole objects, in JSON or YAML, in the place of those on the server. They must be complete: $PROGRAM get TYPE NAME -o yaml shows what there is.

    With --force objects are deleted and created anew.`,
  examples: `
    # Replace a pod with what is in a file
    $PROGRAM replace -f ./pod.json

    # With what comes on standard input
    cat pod.json | $PROGRAM replace -f -

    # Change the image of a pod's only container
    $PROGRAM get pod mypod -o yaml | sed 's/\\(image: myimage\\):.*$/\\1:v4/' | $PROGRAM replace -f -

    # Delete it and create it anew
    $PROGRAM replace --force -f ./pod.json`,
  usage: 'replace -f FILENAME',
  flags: replaceFlags,
  async run(context) {
    const { runReplace } = await import('./run-replace.ts');
    return runReplace(context, fieldValidationOf(context.flags.validate));
  },
});
