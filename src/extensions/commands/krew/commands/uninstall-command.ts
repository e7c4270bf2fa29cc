import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { defineCommand } from '../../../../extension-points/commands/contract.ts';
import { requireIndexes } from '../indexes/indexes.ts';
import { uninstallPlugin } from '../installation/uninstall-plugin.ts';
import { isCanonicalName } from '../manifest/plugin.ts';
import { isSafePluginName } from '../manifest/validate-plugin.ts';
import { type Krew, type KrewContext, requireWords, withKrew } from '../open-krew.ts';
import { unsafeName } from './wanted-plugins.ts';

export const uninstallCommand = defineCommand({
  name: 'uninstall',
  aliases: ['remove', 'rm'],
  short: 'Uninstall plugins',
  usage: 'uninstall NAME...',
  long: 'Uninstall one or several plugins. The first one that cannot be uninstalled ends the command.',
  run: (context) => withKrew(context, (krew) => uninstall(context, krew)),
});

function uninstall(context: KrewContext, { layout, isWindows }: Krew): void {
  requireWords(context, 1, Infinity);
  requireIndexes(layout);
  const { stderr } = context.streams;
  for (const name of context.args) {
    if (isCanonicalName(name)) throw new Error('uninstall command does not support INDEX/PLUGIN syntax; just specify PLUGIN');
    if (!isSafePluginName(name)) throw unsafeName(name);
    if (name === 'krew') {
      stderr.write('Removing krew through krew is not supported.\n');
      if (!isWindows) stderr.write(`If you’d like to uninstall krew altogether, run:\n\trm -rf -- ${goQuote(layout.base)}\n`);
      throw new Error(`failed to uninstall plugin ${name}: self-uninstall not allowed`);
    }
    try {
      uninstallPlugin(layout, name, isWindows);
    } catch (error) {
      throw new Error(`failed to uninstall plugin ${name}: ${(error as Error).message}`, { cause: error });
    }
    stderr.write(`Uninstalled plugin: ${name}\n`);
  }
}
