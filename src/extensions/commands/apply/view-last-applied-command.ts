import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { errorWithSource } from '../../../extension-points/commands/errors/error-with-source.ts';
import { originalConfiguration } from '../../../extension-points/commands/last-applied/last-applied.ts';
import { yamlText } from '../../../extension-points/commands/printers/yaml-text.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import { fileFlags, fileSourcesOf } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';

export const viewLastAppliedCommand = defineCommand({
  name: 'view-last-applied',
  short: 'View the latest last-applied-configuration annotations of a resource/object',
  long: `
    Show what was applied last, of objects that are named or chosen, as YAML; -o json for JSON.`,
  examples: `
    # What was applied to a deployment
    $PROGRAM apply view-last-applied deployment/nginx

    # The same of what a file names, as JSON
    $PROGRAM apply view-last-applied -f deploy.yaml -o json`,
  usage: 'view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  flags: {
    ...fileFlags('with the objects to look at'),
    all: { type: 'boolean', description: 'All objects of the types in the namespace.' },
    output: { type: 'string', shorthand: 'o', default: 'yaml', description: 'Output format: yaml or json.' },
    selector: selectionFlags.selector,
  },
  complete: (context, toComplete) => completeResources(context, toComplete),
  async run(context) {
    const { args, flags, cluster, streams } = context;
    const namespace = cluster.namespace();
    const selection = await findResources(context, {
      args,
      files: fileSourcesOf(flags),
      namespace: namespace.name,
      requiresNamespace: namespace.isExplicit,
      labelSelector: flags.selector,
      selectsAll: flags.all,
      typeAloneMeansAll: true,
      latest: true,
      flattens: true,
    });
    const texts: string[] = [];
    await selection.visit(({ name, source, object }) => {
      const text = originalConfiguration(object!);
      // Upstream words this one with its own (absent) error, and says nothing for objects that were named by arguments.
      if (text === undefined) {
        if (source === '') return;
        throw errorWithSource(`no last-applied-configuration annotation found on resource: ${name}\n`, source, new Error('<nil>'));
      }
      texts.push(text);
    });
    for (const text of texts) streams.stdout.write(shown(text, flags.output, context.usageError));
  },
});

function shown(text: string, output: string, usageError: (message: string) => Error): string {
  if (output === 'json') return indented(text);
  if (output === 'yaml') return yamlText(JSON.parse(text));
  throw usageError(`Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
}

/** The text itself, indented: the order of its fields and its escapes stay. */
function indented(text: string): string {
  const parts = text.match(/"(?:[^"\\]|\\.)*"|[^\s"[\]{},:]+|[[\]{},:]|\s+/g) ?? [];
  let depth = 0;
  let result = '';
  let isOpen = false;
  const line = (): string => `\n${'  '.repeat(depth)}`;
  for (const part of parts) {
    if (/^\s+$/.test(part)) continue;
    const closes = part === '}' || part === ']';
    if (closes) depth--;
    result += isOpen ? (closes ? '' : line()) : closes ? line() : '';
    isOpen = part === '{' || part === '[';
    if (isOpen) depth++;
    result += part === ':' ? ': ' : part;
    if (part === ',') result += line();
  }
  return result + (text.endsWith('\n') ? '\n' : '');
}
