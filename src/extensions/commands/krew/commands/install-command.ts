import { resolve } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { type CommandContext, defineCommand } from '../../../../extension-points/commands/contract.ts';
import { helpText } from '../../../../extension-points/commands/help/help-text.ts';
import { updateIndexes } from '../indexes/update-indexes.ts';
import { installPlugin } from '../installation/install-plugin.ts';
import { defaultIndex, type Plugin } from '../manifest/plugin.ts';
import { framed, warn, warnOfPlugin } from '../messages.ts';
import { type Krew, withKrew } from '../open-krew.ts';
import { fetchFlags, fetchOptions, receiptTime } from './fetch-flags.ts';
import { findWanted, readManifestFile, readManifestUrl, type WantedPlugin } from './wanted-plugins.ts';

const flags = {
  ...fetchFlags,
  manifest: { type: 'string', description: '(Development-only) specify local plugin manifest file' },
  'manifest-url': { type: 'string', description: '(Development-only) specify plugin manifest file from url' },
  archive: { type: 'string', description: '(Development-only) force all downloads to use the specified file' },
} as const;
type Context = CommandContext<typeof flags>;

export const installCommand = defineCommand({
  name: 'install',
  short: 'Install kubectl plugins',
  usage: 'install [INDEX/]NAME[@VERSION]...',
  long: `Install one or several plugins.

Names come from the command line, or one per line from standard input. A plugin that is installed already is skipped, and one that cannot be installed does not keep the others from it. With a version, the manifest is taken from the history of the index, and the plugin stays at that version until it is unpinned.`,
  examples: `# Install plugins from the default index
$PROGRAM krew install ctx ns

# Install a plugin from another index
$PROGRAM krew install mine/hello

# Install a version and stay at it
$PROGRAM krew install ctx@v0.9.5

# Install all plugins of a list
$PROGRAM krew install < plugins.txt

# For developers: install from a manifest and an archive of this machine
$PROGRAM krew install --manifest=hello.yaml --archive=hello.tar.gz`,
  flags,
  run: (context) => withKrew(context, (krew) => install(context, krew)),
});

async function install(context: Context, krew: Krew): Promise<void> {
  const { stderr } = context.streams;
  const { manifest } = context.flags;
  if (!manifest && !context.flags['no-update-index']) await updateIndexes({ ...krew, environment: context.environment, stderr });
  const names = await namesFrom(context);
  requireOneSource(context, names);
  const wanted: WantedPlugin[] = [];
  for (const name of names) wanted.push(await findWanted(krew, name));
  if (manifest) wanted.push(readManifestFile(manifest, context.directory));
  else if (context.flags['manifest-url']) wanted.push(await readManifestUrl(context.flags['manifest-url'], fetchOptions(context)));
  // An empty list is no mistake: whoever reads it in a pipe goes on.
  if (wanted.length === 0) return showHelp(context);
  await installAll(context, krew, wanted);
}

function showHelp({ program, commandPath, streams: { stdout } }: Context): void {
  stdout.write(helpText(installCommand, { program, commandPath, columns: stdout.columns }));
}

async function namesFrom({ args, flags: { manifest }, streams: { stdin, stderr } }: Context): Promise<string[]> {
  if (stdin.isTerminal) return [...args];
  if (args.length > 0 || manifest) {
    stderr.write('WARNING: Detected stdin, but discarding it because of --manifest or args\n');
    return [...args];
  }
  stderr.write('Reading plugin names via stdin\n');
  return (await stdin.text())
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '');
}

function requireOneSource({ flags: { manifest, 'manifest-url': url, archive } }: Context, names: readonly string[]): void {
  if (manifest && url) throw new Error('cannot specify --manifest and --manifest-url at the same time');
  if (names.length > 0 && (manifest || url))
    throw new Error('must specify either specify either plugin names (via positional arguments or STDIN), or --manifest/--manifest-url; not both');
  if (archive && !manifest && !url) throw new Error('--archive can be specified only with --manifest or --manifest-url');
}

async function installAll(context: Context, krew: Krew, wanted: readonly WantedPlugin[]): Promise<void> {
  const { stderr } = context.streams;
  const { archive } = context.flags;
  const failures: { name: string; error: Error }[] = [];
  for (const { index, plugin, isToBePinned } of wanted) {
    const { name } = plugin.metadata;
    context.signal.throwIfAborted();
    stderr.write(`Installing plugin: ${name}\n`);
    try {
      const fetching = { ...fetchOptions(context), ...(archive ? { archiveFile: resolve(context.directory, archive) } : {}) };
      const outcome = await installPlugin({ ...krew, plugin, index, isToBePinned, now: receiptTime(context), fetching });
      if (outcome === 'already installed') warn(stderr, `Skipping plugin ${goQuote(name)}, it is already installed\n`);
      else tellInstalled(context, index, plugin);
    } catch (error) {
      context.signal.throwIfAborted();
      warn(stderr, `failed to install plugin ${goQuote(name)}: ${(error as Error).message}\n`);
      failures.push({ name, error: error as Error });
    }
  }
  const [first] = failures;
  if (first) throw new Error(`failed to install some plugins: [${failures.map(({ name }) => name).join(' ')}]: ${first.error.message}`, { cause: first.error });
}

function tellInstalled({ streams: { stderr } }: Context, index: string, { metadata: { name }, spec: { homepage, caveats } }: Plugin): void {
  stderr.write(`Installed plugin: ${name}\n`);
  const documentation = homepage ? `Documentation:\n\t${homepage}\n` : '';
  const remarks = caveats ? `Caveats:\n${framed(caveats)}\n` : '';
  stderr.write(`${framed(`Use this plugin:\n\tkubectl ${name}\n${documentation}${remarks}`)}\n`);
  if (index === defaultIndex) warnOfPlugin(stderr, name);
}
