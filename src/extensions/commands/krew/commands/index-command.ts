import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { defineCommand } from '../../../../extension-points/commands/contract.ts';
import { addIndex, isValidIndexName, listIndexes, removeIndex } from '../indexes/indexes.ts';
import { listReceipts } from '../installation/receipts.ts';
import { table, warn } from '../messages.ts';
import { type Krew, type KrewContext, requireWords, withKrew } from '../open-krew.ts';
import { byFirstCell } from './sorted-rows.ts';

const addCommand = defineCommand({
  name: 'add',
  short: 'Add a new index',
  usage: 'add NAME URL',
  long: 'Clone a git repository of manifests (URL, or a path of this machine), to install plugins from as NAME/PLUGIN.',
  examples: `# Add an index
$PROGRAM krew index add mine https://example.com/plugins.git

# Add one that is on this machine
$PROGRAM krew index add local file:///srv/plugins`,
  run: (context) => withKrew(context, (krew) => add(context, krew)),
});

const listCommand = defineCommand({
  name: 'list',
  aliases: ['ls'],
  short: 'List configured indexes',
  usage: 'list',
  run: (context) =>
    withKrew(context, async ({ layout, git }) => {
      requireWords(context, 0);
      const rows = (await listIndexes(layout, git)).map(({ name, url }) => [name, url]).sort(byFirstCell);
      context.streams.stdout.write(table([['INDEX', 'URL'], ...rows]));
    }),
});

const removeFlags = {
  force: { type: 'boolean', description: 'Remove index even if it has plugins currently installed (may result in unsupported behavior)' },
} as const;

const removeCommand = defineCommand({
  name: 'remove',
  aliases: ['rm'],
  short: 'Remove a configured index',
  usage: 'remove NAME',
  long: 'Remove an index. Plugins that are installed from it would get no upgrades any more, so it is refused while there are any, unless forced.',
  flags: removeFlags,
  run: (context) => withKrew(context, (krew) => remove(context, krew, context.flags.force)),
});

export const indexCommand = defineCommand({
  name: 'index',
  short: 'Manage custom plugin indexes',
  usage: 'index',
  long: 'Manage the repositories that plugins are found in and installed from.',
  answersAlone: true,
  subcommands: [addCommand, listCommand, removeCommand],
});

async function add(context: KrewContext, { layout, git }: Krew): Promise<void> {
  requireWords(context, 2);
  const [name = '', url = ''] = context.args;
  requireIndexName(name);
  await addIndex(layout, git, { name, url });
  warn(
    context.streams.stderr,
    `You have added a new index from ${goQuote(url)}\nThe plugins in this index are not audited for security by the Krew maintainers.\nInstall them at your own risk.\n`,
  );
}

function remove(context: KrewContext, { layout }: Krew, isForced: boolean): void {
  requireWords(context, 1);
  const [name = ''] = context.args;
  requireIndexName(name);
  const plugins = listReceipts(layout).filter(({ status }) => status.source.name === name);
  if (plugins.length > 0 && !isForced) {
    const names = plugins.map(({ metadata }) => metadata.name).join(', ');
    warn(
      context.streams.stderr,
      `Plugins [${names}] are still installed from index ${goQuote(name)}!\nRemoving indexes while there are plugins installed from is not recommended\n(you can use --force to ignore this check).\n`,
    );
    throw new Error('there are still plugins installed from this index');
  }
  if (!removeIndex(layout, name) && !isForced) throw new Error(`index ${goQuote(name)} does not exist`);
}

function requireIndexName(name: string): void {
  if (!isValidIndexName(name)) throw new Error('invalid index name');
}
