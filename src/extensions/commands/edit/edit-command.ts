import { fieldManagerFlag, saveConfigFlag, validateFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { recordFlag } from '../../../extension-points/commands/changes/record.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { commonSubresources } from '../../../extension-points/commands/resources/selection-flags.ts';

const editFlags = {
  ...outputFlags,
  ...fileFlags('with the objects to edit'),
  ...recordFlag,
  ...validateFlag,
  ...saveConfigFlag,
  ...fieldManagerFlag('kubectl-edit'),
  'output-patch': { type: 'boolean', description: 'Print the patch that is sent.' },
  subresource: { type: 'string', description: 'Edit this sub-resource of the objects.', choices: commonSubresources },
  'windows-line-endings': { type: 'boolean', default: process.platform === 'win32', description: 'End lines as Windows does.' },
} as const;

export type EditContext = CommandContext<typeof editFlags>;

export const editCommand = defineCommand({
  name: 'edit',
  group: 'Basic Commands (Intermediate):',
  short: 'Edit a resource on the server',
  long: `
    Open an editor on objects as they are on the server, and send what was changed. Several may be edited at once; they are sent one by one.

    KUBE_EDITOR or EDITOR name the editor; without them it is vi (notepad on Windows). -o json shows JSON instead of YAML.

    What the server refuses is opened again with its reasons. What cannot be sent, because someone else was quicker, stays in a file that is named.`,
  examples: `
    # A service
    $PROGRAM edit svc/registry

    # With another editor
    KUBE_EDITOR="nano" $PROGRAM edit svc/registry

    # In a chosen version of the API, as JSON
    $PROGRAM edit job.v1.batch/myjob -o json

    # And keep what was saved for later applies
    $PROGRAM edit deployment/mydeployment -o yaml --save-config

    # The status
    $PROGRAM edit deployment mydeployment --subresource='status'`,
  usage: 'edit (RESOURCE/NAME | -f FILENAME)',
  flags: editFlags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { runEdit } = await import('./run-edit.ts');
    return runEdit(context);
  },
});
