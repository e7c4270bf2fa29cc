import { defineCommand } from '../../../../extension-points/commands/contract.ts';
import { updateIndexes } from '../indexes/update-indexes.ts';
import { withKrew } from '../open-krew.ts';

export const updateCommand = defineCommand({
  name: 'update',
  short: 'Update the local copy of the plugin index',
  usage: 'update',
  long: 'Fetch every plugin index again, the default one when there is none yet. "install" and "upgrade" do so by themselves.',
  run: (context) => withKrew(context, (krew) => updateIndexes({ ...krew, environment: context.environment, stderr: context.streams.stderr })),
});
