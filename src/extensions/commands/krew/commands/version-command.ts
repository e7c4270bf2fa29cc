import { join } from 'node:path';
import { defineCommand } from '../../../../extension-points/commands/contract.ts';
import { defaultIndexUrl } from '../indexes/update-indexes.ts';
import { machineText } from '../manifest/platforms.ts';
import { defaultIndex } from '../manifest/plugin.ts';
import { table } from '../messages.ts';
import { withKrew } from '../open-krew.ts';

/** The release of krew whose commands, texts and files these are. */
const compatibleWith = 'v0.5.0';

export const versionCommand = defineCommand({
  name: 'version',
  short: 'Show krew version and diagnostics',
  usage: 'version',
  long: 'Show which release of krew this is compatible with, where the default index comes from, and where everything is kept.',
  run: (context) =>
    withKrew(context, ({ layout, machine }) => {
      context.streams.stdout.write(
        table([
          ['OPTION', 'VALUE'],
          ['GitTag', compatibleWith],
          ['GitCommit', `(built into ${context.program})`],
          ['IndexURI', defaultIndexUrl(context.environment)],
          ['BasePath', layout.base],
          ['IndexPath', join(layout.indexes, defaultIndex)],
          ['InstallPath', layout.store],
          ['BinPath', layout.bin],
          ['DetectedPlatform', machineText(machine)],
        ]),
      );
    }),
});
