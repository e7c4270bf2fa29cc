import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { applyFlags } from './apply-flags.ts';

export const applyCommand = defineCommand({
  name: 'apply',
  group: 'Advanced Commands:',
  short: 'Apply a configuration to a resource by file name or stdin',
  long: `
    Make objects on the server what files say, in JSON or YAML: those that are not there are created, those that are get what changed, and lose what was in the files when they were
    applied last and is not any more. What others have set besides stays.

    Objects must have names. To change an object with apply that was created otherwise, create it with --save-config.

    Objects are sent in the order of the files, several at once where no order is needed.

    --prune deletes what is not among the objects any more. It is not finished in kubectl, and works the same here: look at what it would do with --dry-run=server first.`,
  examples: `
    # Apply what is in a file
    $PROGRAM apply -f ./pod.json

    # Apply a kustomization
    $PROGRAM apply -k dir/

    # Apply what comes on standard input
    cat pod.json | $PROGRAM apply -f -

    # Apply all files that end with '.json'
    $PROGRAM apply -f '*.json'

    # Have the server merge, and see who manages what
    $PROGRAM apply --server-side -f pod.yaml

    # Delete what has the label app=nginx and is not in the file
    $PROGRAM apply --prune -f manifest.yaml -l app=nginx

    # Delete all ConfigMaps that are not in the file
    $PROGRAM apply --prune -f manifest.yaml --all --prune-allowlist=core/v1/ConfigMap`,
  usage: 'apply (-f FILENAME | -k DIRECTORY)',
  flags: applyFlags,
  subcommands: [
    {
      name: 'edit-last-applied',
      short: 'Edit latest last-applied-configuration annotations of a resource/object',
      load: async () => (await import('./edit-last-applied-command.ts')).editLastAppliedCommand,
    },
    {
      name: 'set-last-applied',
      short: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
      load: async () => (await import('./set-last-applied-command.ts')).setLastAppliedCommand,
    },
    {
      name: 'view-last-applied',
      short: 'View the latest last-applied-configuration annotations of a resource/object',
      load: async () => (await import('./view-last-applied-command.ts')).viewLastAppliedCommand,
    },
  ],
  async run(context) {
    const { runApply } = await import('./run-apply.ts');
    return runApply(context);
  },
});
