import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { setCommand } from './set-command.ts';
import { viewCommand } from './view-command.ts';

export const kubercCommand = defineCommand({
  name: 'kuberc',
  short: 'Manage kuberc configuration files',
  long: `
    Manage your preferences, which are kept in a kuberc file (~/.kube/kuberc): other defaults for flags, aliases for commands, and which credential plugins may run.`,
  examples: `
    # What the file says
    $PROGRAM kuberc view

    # Another default for a flag of a command
    $PROGRAM kuberc set --section defaults --command get --option output=wide

    # An alias: "$PROGRAM getn" becomes "$PROGRAM get nodes --output=wide"
    $PROGRAM kuberc set --section aliases --name getn --command get --prependarg nodes --option output=wide`,
  usage: 'kuberc SUBCOMMAND',
  subcommands: [setCommand, viewCommand],
});
