import { basename } from 'node:path';
import { goQuote } from '../../../api/cel/kubernetes/go-quote.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';
import { listPluginFiles } from '../../../extension-points/commands/path-plugins/list-plugin-files.ts';
import { createPluginCheck } from './plugin-check.ts';

/** `plugin list`: every file on PATH that is named like a plugin, and what keeps it from running. Exits with 1 when there is anything to complain of. */
export const listCommand = defineCommand({
  name: 'list',
  short: "List all visible plugin executables on a user's PATH",
  usage: 'list [flags]',
  long: `List all available plugin files on a user's PATH. To see plugins binary names without the full path use --name-only flag.

Available plugin files are those that are: - executable - anywhere on the user's PATH - begin with "kubectl-"`,
  examples: `# List all available plugins
$PROGRAM plugin list

# List only binary names of available plugins without paths
$PROGRAM plugin list --name-only`,
  flags: {
    'name-only': { type: 'boolean', description: 'If true, display only the binary name of each plugin, rather than its full path' },
  },
  run: (context) => listPlugins(context, context.flags['name-only']),
});

async function listPlugins(
  { environment, streams, program, commands }: Pick<CommandContext, 'environment' | 'streams' | 'program' | 'commands'>,
  isNameOnly: boolean,
): Promise<void> {
  const { paths, unreadable } = listPluginFiles(environment);
  for (const { directory, problem } of unreadable)
    streams.stderr.write(`Unable to read directory ${goQuote(directory)} from your PATH: ${problem}. Skipping...\n`);
  if (paths.length === 0) throw new ExitCode(1, 'error: unable to find any kubectl plugins in your PATH');
  streams.stdout.write('The following compatible plugins are available:\n\n');
  const complaintsOf = createPluginCheck({ program, commands });
  let count = 0;
  for (const path of paths) {
    streams.stdout.write(`${isNameOnly ? basename(path) : path}\n`);
    for (const complaint of await complaintsOf(path)) {
      streams.stderr.write(`  - ${complaint}\n`);
      count++;
    }
  }
  if (count > 0) throw new ExitCode(1, count === 1 ? 'error: one plugin warning was found' : `error: ${count} plugin warnings were found`);
}
