import { type Command, defineCommand } from '../../../extension-points/commands/contract.ts';
import { canICommand } from './can-i-command.ts';
import { reconcileCommand } from './reconcile-command.ts';
import { whoAmICommand } from './who-am-i-command.ts';

export const authCommand: Command = defineCommand({
  name: 'auth',
  group: 'Troubleshooting and Debugging Commands:',
  short: 'Inspect authorization',
  usage: 'auth',
  subcommands: [canICommand, reconcileCommand, whoAmICommand],
});
