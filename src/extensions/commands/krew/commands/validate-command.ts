import { basename, extname, resolve } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { type CommandContext, defineCommand } from '../../../../extension-points/commands/contract.ts';
import { requireInstallable } from '../authoring/install-once.ts';
import { machinesOf, requirePlatforms } from '../authoring/validate-platforms.ts';
import { machineText } from '../manifest/platforms.ts';
import { readPluginFile } from '../manifest/read-plugin.ts';
import { requireValidPlugin } from '../manifest/validate-plugin.ts';
import { requireWords, withKrew } from '../open-krew.ts';
import { fetchFlags, fetchOptions } from './fetch-flags.ts';

const { 'no-update-index': _, ...downloadFlags } = fetchFlags;
const flags = { ...downloadFlags, 'skip-install': { type: 'boolean', description: 'check the manifest alone, without its archives' } } as const;
type Context = CommandContext<typeof flags>;

export const validateCommand = defineCommand({
  name: 'validate',
  short: 'Check the manifest of a plugin',
  usage: 'validate FILE...',
  long: 'Check manifests by the rules of the krew index: fields, the file name, platforms that exist and do not overlap. Then install each platform somewhere aside, to see that its archive is what the manifest says and carries a license. Krew itself is not touched.',
  flags,
  run: (context) =>
    withKrew(context, async () => {
      requireWords(context, 1, Infinity);
      for (const file of context.args) await validate(context, file);
    }),
});

async function validate(context: Context, file: string): Promise<void> {
  const tell = (line: string): void => context.streams.stderr.write(`${file}: ${line}\n`);
  const plugin = readPluginFile(resolve(context.directory, file));
  const extension = extname(file);
  if (extension !== '.yaml') throw new Error(`expected manifest extension ".yaml" but found ${goQuote(extension)}`);
  try {
    requireValidPlugin(basename(file, extension), plugin);
  } catch (error) {
    throw new Error(`plugin validation error: ${(error as Error).message}`, { cause: error });
  }
  tell('structural validation OK');
  const platforms = plugin.spec.platforms ?? [];
  requirePlatforms(platforms);
  tell('all spec.platforms[] items are used, and none overlap');
  if (context.flags['skip-install']) return;
  for (const [position, platform] of platforms.entries()) {
    try {
      await requireInstallable(platform, fetchOptions({ ...downloadContext(context), flags: { ...context.flags, 'no-update-index': true } }));
    } catch (error) {
      throw new Error(`spec.platforms[${position}] failed to install: ${(error as Error).message}`, { cause: error });
    }
    tell(`spec.platforms[${position}] installs (${machinesOf(platform).map(machineText).join(', ')})`);
  }
}

const downloadContext = (context: Context): Context => context;
