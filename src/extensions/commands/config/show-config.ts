import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';
import { entryOf, mergedConfig } from './kubeconfig-edit.ts';

export const currentContext = defineCommand({
  name: 'current-context',
  short: 'Display the current-context',
  usage: 'current-context [flags]',
  run(context) {
    const name = mergedConfig(context)['current-context'];
    if (!name) throw new Error('current-context is not set');
    context.streams.stdout.write(`${name}\n`);
  },
});

const namesText = (entries: readonly { readonly name: string }[]): string =>
  `NAME\n${entries
    .map(({ name }) => `${name}\n`)
    .sort()
    .join('')}`;

export const getClusters = defineCommand({
  name: 'get-clusters',
  short: 'Display clusters defined in the kubeconfig',
  usage: 'get-clusters',
  run: (context) => context.streams.stdout.write(namesText(mergedConfig(context).clusters)),
});

export const getUsers = defineCommand({
  name: 'get-users',
  short: 'Display users defined in the kubeconfig',
  usage: 'get-users',
  run: (context) => context.streams.stdout.write(namesText(mergedConfig(context).users)),
});

export const getContexts = defineCommand({
  name: 'get-contexts',
  short: 'Describe one or many contexts',
  usage: 'get-contexts [(-o|--output=)name)]',
  examples: `# All contexts
$PROGRAM config get-contexts

# One of them
$PROGRAM config get-contexts my-context`,
  flags: {
    'no-headers': { type: 'boolean', description: 'Print no headings.' },
    output: { type: 'string', shorthand: 'o', description: 'Output format. One of: (name).' },
  },
  run(context) {
    const { args, flags, streams } = context;
    if (flags.output !== '' && flags.output !== 'name')
      throw new Error(`--output ${flags.output} is not available in kubectl config get-contexts; resetting to default output format`);
    const config = mergedConfig(context);
    const isKnown = (name: string): boolean => entryOf(config, 'contexts', name) !== undefined;
    const names = (args.length > 0 ? args.filter(isKnown) : config.contexts.map(({ name }) => name)).sort();
    const writer = new TabWriter();
    if (flags.output === '' && !flags['no-headers']) writer.write('CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n');
    for (const name of names) {
      const { cluster = '', user = '', namespace = '' } = entryOf(config, 'contexts', name) as { cluster?: string; user?: string; namespace?: string };
      const mark = config['current-context'] === name ? '*' : '';
      writer.write(flags.output === 'name' ? `${name}\n` : `${[mark, name, cluster, user, namespace].join('\t')}\n`);
    }
    streams.stdout.write(writer.flush());
    ManyErrors.throwIfAny(args.filter((name) => !isKnown(name)).map((name) => new Error(`context ${name} not found`)));
  },
});
