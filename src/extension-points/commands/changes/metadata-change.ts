import type { CommandContext, FlagTable, FlagValues } from '../contract.ts';
import { outputFlags } from '../printers/output-flags.ts';
import type { ResourceInfo, ResourceSelection } from '../resources/contract.ts';
import { fileFlags, fileSourcesOf, hasSources } from '../resources/file-sources.ts';
import { findResources } from '../resources/find-resources.ts';
import { dryRunFlag, dryRunOf, selectionFlags } from '../resources/selection-flags.ts';
import { recordFlag } from './record.ts';

/** Flags of the verbs that change labels or annotations; `what` is the plural. */
export const metadataFlags = (what: string) =>
  ({
    ...outputFlags,
    ...recordFlag,
    ...fileFlags(`with the objects to change the ${what} of`),
    'all-namespaces': selectionFlags['all-namespaces'],
    'field-selector': selectionFlags['field-selector'],
    selector: selectionFlags.selector,
    'dry-run': dryRunFlag,
    all: { type: 'boolean', description: 'All objects of the types, in the namespace.' },
    list: { type: 'boolean', description: `Show the ${what}.` },
    local: { type: 'boolean', description: 'Work on files alone and ask no server.' },
    overwrite: { type: 'boolean', description: `Give ${what} that exist already another value, instead of refusing to.` },
    'resource-version': { type: 'string', description: 'Change the object only if this is its current resource version. For a single object only.' },
  }) as const satisfies FlagTable;

export type MetadataFlags = FlagValues<ReturnType<typeof metadataFlags>>;
type Context = Pick<CommandContext, 'cluster' | 'program' | 'directory' | 'streams'> & { readonly flags: MetadataFlags };

/** Refuses flags that exclude each other, in kubectl's words; `sample` stands in the advice on local files: `pod`. */
export function checkMetadataFlags(flags: MetadataFlags, resources: readonly string[], sample: string): void {
  const files = fileSourcesOf(flags);
  if (flags.all && flags.selector !== '') throw new Error('cannot set --all and --selector at the same time');
  if (flags.all && flags['field-selector'] !== '') throw new Error('cannot set --all and --field-selector at the same time');
  if (!flags.local) {
    if (resources.length === 0 && !hasSources(files)) throw new Error('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    return;
  }
  if (dryRunOf(flags['dry-run']) === 'server') throw new Error('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  if (resources.length > 0) throw new Error(`can only use local files by -f ${sample}.yaml or --filename=${sample}.json when --local=true is set`);
  if (!hasSources(files)) throw new Error(`one or more files must be specified as -f ${sample}.yaml or --filename=${sample}.json`);
}

/** What the line means: objects as they are on the server, or in files alone with `--local`. */
export async function findForMetadata(context: Context, resources: readonly string[]): Promise<ResourceSelection> {
  const { flags } = context;
  const common = { files: fileSourcesOf(flags), flattens: true, continuesOnError: true };
  const selection = flags.local
    ? await findResources(context, { ...common, namespace: '', isLocal: true })
    : await findResources(context, { ...common, args: resources, latest: true, ...remoteQuery(context) });
  if (flags['resource-version'] !== '' && !selection.isSingleItem) throw new Error('--resource-version may only be used with a single resource');
  return selection;
}

function remoteQuery({ cluster, flags }: Context) {
  const { name, isExplicit } = cluster.namespace();
  return {
    namespace: name,
    requiresNamespace: isExplicit,
    allNamespaces: flags['all-namespaces'],
    labelSelector: flags.selector,
    fieldSelector: flags['field-selector'],
    typeAloneMeansAll: flags.all,
  };
}

/** The text of `--list`: a heading when there may be more than one object, then the pairs. */
export function listText(info: ResourceInfo, { what, isSingle, pairs }: { what: string; isSingle: boolean; pairs: Readonly<Record<string, string>> }): string {
  const { kind = '', apiVersion = '' } = info.object ?? {};
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const heading = isSingle ? '' : `Listing ${what} for ${kind}.${group}/${info.name}:\n`;
  const lines = Object.keys(pairs)
    .sort()
    .map((key) => `${isSingle ? '' : ' '}${key}=${pairs[key]}\n`);
  return heading + lines.join('');
}
