import { resolve } from 'node:path';
import { type CommandContext, defineCommand } from '../../../../extension-points/commands/contract.ts';
import { packagePlugin, parseFolder } from '../authoring/package-plugin.ts';
import { readUncheckedPluginFile } from '../manifest/read-plugin.ts';
import { requireWords, withKrew } from '../open-krew.ts';

const flags = {
  platform: { type: 'array', description: 'what was built for one platform, as OS/ARCH=FOLDER (repeatable)' },
  from: { type: 'string', description: 'what was built for every platform that --platform does not name' },
  output: { type: 'string', shorthand: 'o', default: 'dist', description: 'folder that the archives and the finished manifest are written to' },
} as const;
type Context = CommandContext<typeof flags>;

export const packageCommand = defineCommand({
  name: 'package',
  short: 'Write the archives of a plugin, and its manifest with their sums',
  usage: 'package MANIFEST (--from FOLDER | --platform OS/ARCH=FOLDER...)',
  long: 'For authors: pack what was built into the archives that a manifest names (the last part of each uri, .tar.gz), and write the manifest again with their SHA-256 sums, ready for an index. Equal contents give equal archives. Each archive is unpacked once as an installation would.',
  examples: `# A script, the same on all platforms
$PROGRAM krew package hello.yaml --from .

# A program per platform
$PROGRAM krew package hello.yaml --platform linux/amd64=build/linux --platform darwin/arm64=build/mac`,
  flags,
  run: (context) => withKrew(context, () => pack(context)),
});

async function pack(context: Context): Promise<void> {
  requireWords(context, 1);
  const { flags: given, directory, streams } = context;
  const { archives, manifest } = await packagePlugin({
    plugin: readUncheckedPluginFile(resolve(directory, context.args[0]!)),
    folders: given.platform.map(parseFolder).map((folder) => ({ ...folder, directory: resolve(directory, folder.directory) })),
    ...(given.from ? { defaultFolder: resolve(directory, given.from) } : {}),
    output: resolve(directory, given.output),
  });
  for (const { path, sha256 } of archives) streams.stdout.write(`${sha256}  ${path}\n`);
  streams.stdout.write(`${manifest}\n`);
}
