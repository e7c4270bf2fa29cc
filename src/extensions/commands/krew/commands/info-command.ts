import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { defineCommand } from '../../../../extension-points/commands/contract.ts';
import { requireIndexes } from '../indexes/indexes.ts';
import { findInIndex } from '../indexes/scan-index.ts';
import { platformFor } from '../manifest/platforms.ts';
import { type Plugin, splitPluginName } from '../manifest/plugin.ts';
import { framed } from '../messages.ts';
import { type Krew, type KrewContext, requireWords, withKrew } from '../open-krew.ts';

export const infoCommand = defineCommand({
  name: 'info',
  short: 'Show information about an available plugin',
  usage: 'info [INDEX/]NAME',
  run: (context) => withKrew(context, (krew) => showPlugin(context, krew)),
});

function showPlugin(context: KrewContext, { layout, machine }: Krew): void {
  requireWords(context, 1);
  requireIndexes(layout);
  const [text = ''] = context.args;
  const { index, name } = splitPluginName(text);
  let plugin: Plugin | undefined;
  try {
    plugin = findInIndex(layout, index, name);
  } catch (error) {
    throw new Error(`failed to load plugin manifest: ${(error as Error).message}`, { cause: error });
  }
  if (!plugin) throw new Error(`plugin ${goQuote(text)} not found in index ${goQuote(index)}`);
  const { version, homepage, description, caveats, platforms } = plugin.spec;
  const { uri, sha256 } = platformFor(platforms ?? [], machine) ?? {};
  const lines = [
    `NAME: ${plugin.metadata.name}`,
    `INDEX: ${index}`,
    ...(uri ? [`URI: ${uri}`, `SHA256: ${sha256}`] : []),
    ...(version ? [`VERSION: ${version}`] : []),
    ...(homepage ? [`HOMEPAGE: ${homepage}`] : []),
    ...(description ? [`DESCRIPTION: \n${description}`] : []),
    ...(caveats ? [`CAVEATS:\n${framed(caveats)}`] : []),
  ];
  context.streams.stdout.write(`${lines.join('\n')}\n`);
}
