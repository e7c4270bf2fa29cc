import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import type { Discovery, ServedResource } from '../../../extension-points/commands/discovery/contract.ts';
import { inOwnOrder } from '../../../extension-points/commands/printers/json-text.ts';
import { formatPrinter, noPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';

const formats = ['json', 'yaml', 'kyaml', 'name', 'wide'];

export const apiResourcesCommand = defineCommand({
  name: 'api-resources',
  short: 'Print the supported API resources on the server',
  usage: 'api-resources [flags]',
  examples: `# Print the supported API resources
$PROGRAM api-resources

# Print the supported API resources with more information
$PROGRAM api-resources -o wide

# Print the supported API resources sorted by a column
$PROGRAM api-resources --sort-by=name

# Print the supported namespaced resources
$PROGRAM api-resources --namespaced=true

# Print the supported API resources with a specific APIGroup
$PROGRAM api-resources --api-group=rbac.authorization.k8s.io`,
  flags: {
    'api-group': { type: 'string', description: 'Resources of this group only.' },
    cached: { type: 'boolean', description: 'Use what was learnt earlier, if there is something.' },
    categories: { type: 'list', description: 'Resources that belong to these categories only.' },
    namespaced: { type: 'boolean', default: true, description: 'Resources with a namespace only, or (false) those without. When it is not given: both.' },
    'no-headers': { type: 'boolean', description: 'Print no headings in the default and wide formats.' },
    output: { type: 'string', shorthand: 'o', description: `Output format. One of: (${formats.join(', ')}).` },
    'show-managed-fields': { type: 'boolean', description: 'Keep managedFields in JSON and YAML.' },
    'sort-by': { type: 'string', description: "Sort by 'name' or 'kind'." },
    verbs: { type: 'list', description: 'Resources that know these verbs only.' },
  },
  acceptsArguments: false,
  async run({ flags, isSet, cluster, streams, directory }) {
    const { 'sort-by': sortBy, output, verbs, categories } = flags;
    const printer = isWhole(output) ? await formatPrinter({ ...flags, template: '', 'allow-missing-template-keys': true }, { directory }) : undefined;
    if (!printer && !['', 'name', 'wide'].includes(output)) throw noPrinter(output, formats);
    if (sortBy !== '' && sortBy !== 'name' && sortBy !== 'kind') throw new Error('--sort-by accepts only name or kind');
    const discovery = await cluster.mapper().discovery({ fresh: !flags.cached });
    const resources = preferredResources(discovery).filter(
      (resource) =>
        resource.verbs.length > 0 &&
        (!isSet('api-group') || resource.group === flags['api-group']) &&
        (!isSet('namespaced') || resource.namespaced === flags.namespaced) &&
        verbs.every((verb) => resource.verbs.includes(verb)) &&
        categories.every((category) => resource.categories.includes(category)),
    );
    const field = sortBy === 'name' ? 'resource' : sortBy === 'kind' ? 'kind' : 'group';
    resources.sort((left, right) => compare(left[field], right[field]) || compare(left.resource, right.resource));
    streams.stdout.write(printer ? printer.print(listOf(resources)) : textOf(resources, output, flags['no-headers']));
    if (discovery.problems.length > 0) throw new Error(`unable to retrieve the complete list of server APIs: ${discovery.problems.join(', ')}`);
  },
});

/** Formats that print all that is known. */
const isWhole = (output: string): boolean => ['json', 'yaml', 'kyaml'].includes(output.toLowerCase());

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Each resource once, in the preferred version of its group that has it. */
function preferredResources({ groups }: Discovery): ServedResource[] {
  return groups.flatMap(({ versions }) => {
    const found = new Map<string, ServedResource>();
    for (const { resources } of versions) for (const resource of resources) if (!found.has(resource.resource)) found.set(resource.resource, resource);
    return [...found.values()];
  });
}

function textOf(resources: readonly ServedResource[], output: string, hasNoHeaders: boolean): string {
  if (output === 'name') return resources.map(({ group, resource }) => `${group === '' ? resource : `${resource}.${group}`}\n`).join('');
  const isWide = output === 'wide';
  const writer = new TabWriter();
  if (!hasNoHeaders) writer.write(`NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND${isWide ? '\tVERBS\tCATEGORIES' : ''}\n`);
  for (const resource of resources) {
    const { shortNames, namespaced, kind, verbs, categories } = resource;
    const cells = [resource.resource, shortNames.join(','), groupVersion(resource), String(namespaced), kind];
    writer.write(`${[...cells, ...(isWide ? [verbs.join(','), categories.join(',')] : [])].join('\t')}\n`);
  }
  return writer.flush();
}

const listOf = (resources: readonly ServedResource[]): UntypedObject =>
  ({
    [inOwnOrder]: true,
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: '',
    resources: resources.map(({ group, version, resource, singular, namespaced, kind, verbs, shortNames, categories }) => ({
      [inOwnOrder]: true,
      name: resource,
      singularName: singular,
      namespaced,
      ...(group === '' ? {} : { group }),
      version,
      kind,
      verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
    })),
  }) as unknown as UntypedObject;
