import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { defineCommand } from '../../../../extension-points/commands/contract.ts';
import { fuzzyScore } from '../fuzzy-match.ts';
import { listIndexes, requireIndexes } from '../indexes/indexes.ts';
import { type IndexedPlugin, scanIndex } from '../indexes/scan-index.ts';
import { listReceipts } from '../installation/receipts.ts';
import { machineOf, machineText, platformFor } from '../manifest/platforms.ts';
import { displayName } from '../manifest/plugin.ts';
import { table } from '../messages.ts';
import { type Krew, type KrewContext, withKrew } from '../open-krew.ts';
import { byFirstCell } from './sorted-rows.ts';

/** A longer description is cut. */
const descriptionLength = 50;

export const searchCommand = defineCommand({
  name: 'search',
  short: 'Discover kubectl plugins',
  usage: 'search [KEYWORD]',
  long: 'List the plugins of all indexes, or those whose name has the letters of the keyword in their order, or whose description fits it well.',
  run: (context) => withKrew(context, (krew) => search(context, krew)),
});

async function search(context: KrewContext, krew: Krew): Promise<void> {
  requireIndexes(krew.layout);
  const keyword = context.args.join('');
  const installed = new Set(listReceipts(krew.layout).map(({ metadata, status }) => `${status.source.name}/${metadata.name}`));
  const rows = (await allPlugins(context, krew))
    .filter((entry) => keyword === '' || fits(keyword, entry))
    .map((entry) => [
      displayName(entry.index, entry.plugin.metadata.name),
      shortened(entry.plugin.spec.shortDescription ?? ''),
      installed.has(canonicalName(entry)) ? 'yes' : availability(context, krew, entry),
    ])
    .sort(byFirstCell);
  if (rows.length > 0) context.streams.stdout.write(table([['NAME', 'DESCRIPTION', 'INSTALLED'], ...rows]));
}

async function allPlugins({ streams: { stderr } }: KrewContext, { layout, git }: Krew): Promise<IndexedPlugin[]> {
  return (await listIndexes(layout, git)).flatMap(({ name: index }) => {
    try {
      return scanIndex(layout, index, (name, error) => stderr.write(`failed to read or parse plugin manifest ${goQuote(name)}: ${error.message}\n`));
    } catch (error) {
      throw new Error(`failed to load the list of plugins from the index ${goQuote(index)}: ${(error as Error).message}`, { cause: error });
    }
  });
}

const canonicalName = ({ index, plugin }: IndexedPlugin): string => `${index}/${plugin.metadata.name}`;

const fits = (keyword: string, entry: IndexedPlugin): boolean =>
  fuzzyScore(keyword, canonicalName(entry)) !== undefined || (fuzzyScore(keyword, entry.plugin.spec.shortDescription ?? '') ?? 0) > 0;

const shortened = (text: string): string => (Buffer.byteLength(text) > descriptionLength ? `${cut(text, descriptionLength - 3)}...` : text);

/** So many bytes, without half of a character at the end. */
const cut = (text: string, bytes: number): string =>
  Buffer.from(text)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '');

function availability({ environment }: KrewContext, { machine }: Krew, { plugin }: IndexedPlugin): string {
  if (platformFor(plugin.spec.platforms ?? [], machine)) return 'no';
  return `unavailable on ${machineText(machineOf({ ...environment, KREW_OS: undefined, KREW_ARCH: undefined }))}`;
}
