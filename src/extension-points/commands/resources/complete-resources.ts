import { groupResource } from '../../../api/resource-type.ts';
import type { CommandContext, Completion } from '../contract.ts';
import type { ServedResource } from '../discovery/contract.ts';
import { allResources } from '../discovery/find-resource.ts';
import { listPages } from './object-requests.ts';

/** More choices than a person reads; the rest are found by typing more of the name. */
const maximumNames = 5_000;
const namesPerPage = 500;
/** Only names are wanted: servers leave the rest out. */
const metadataAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

type Asking = Pick<CommandContext, 'args' | 'cluster'>;

export interface ResourceCompletionOptions {
  /** The types that the command takes; any when absent. */
  readonly types?: readonly string[];
  /** Whether one object is all that the command takes. */
  readonly takesOne?: boolean;
}

/** Completes `TYPE NAME…` and `TYPE/NAME…`: first the types, then names of the type that was typed. A server that does not answer completes nothing. */
export async function completeResources(context: Asking, toComplete: string, options: ResourceCompletionOptions = {}): Promise<Completion> {
  const { args, cluster } = context;
  const [type] = args;
  const isTaken = options.takesOne === true && args.length > (type?.includes('/') ? 0 : 1);
  if (isTaken) return nothing;
  if (type !== undefined && !type.includes('/')) return without(await completeNames(context, type, toComplete), args.slice(1));
  const slash = toComplete.indexOf('/');
  if (slash >= 0) {
    const typed = toComplete.slice(0, slash);
    const { choices } = await completeNames({ cluster }, typed, toComplete.slice(slash + 1));
    return without({ choices: choices.map((name) => `${typed}/${name}`), also: 'nothing' }, args);
  }
  const types = options.types?.filter((each) => each.startsWith(toComplete)) ?? (await quietly(() => typesBegun(cluster, toComplete)));
  return type === undefined ? { choices: types, also: 'nothing' } : { choices: types.map((each) => `${each}/`), also: 'nothing', keepsWordOpen: true };
}

/** Completes names of objects of a type, of several (`cm,secret`) or of a category (`all`), in the namespace of the line. */
export async function completeNames({ cluster }: Pick<CommandContext, 'cluster'>, types: string, toComplete: string): Promise<Completion> {
  const choices = await quietly(async () => {
    const names: string[] = [];
    for (const resource of await resourcesOf(cluster, types)) {
      const namespace = resource.namespaced ? cluster.namespace().name : undefined;
      for await (const { items } of listPages(cluster.client(), { resource, namespace }, { chunkSize: namesPerPage, accept: metadataAccept })) {
        names.push(...items.map(({ metadata }) => metadata.name ?? '').filter((name) => name.startsWith(toComplete)));
        if (names.length >= maximumNames) return names.slice(0, maximumNames);
      }
    }
    return names;
  });
  return { choices, also: 'nothing' };
}

/** Completes the only argument of a command: a name of one type. */
export const completeOnlyName = (context: Asking, type: string, toComplete: string): Promise<Completion> | Completion =>
  context.args.length === 0 ? completeNames(context, type, toComplete) : nothing;

const nothing: Completion = { choices: [], also: 'nothing' };
const without = ({ choices }: Completion, given: readonly string[]): Completion => ({
  choices: choices.filter((choice) => !given.includes(choice)),
  also: 'nothing',
});

/** A message would stand in the middle of the line. */
async function quietly(find: () => Promise<string[]>): Promise<string[]> {
  try {
    return await find();
  } catch {
    return [];
  }
}

/** By group and name, as `api-resources` lists them. The last of several types, separated by commas, is the one begun. */
async function typesBegun(cluster: Asking['cluster'], toComplete: string): Promise<string[]> {
  const comma = toComplete.lastIndexOf(',') + 1;
  const resources = allResources(await cluster.mapper().discovery()).filter(({ verbs }) => verbs.includes('get'));
  const order = ({ group, resource }: ServedResource): string => `${group}\n${resource}`;
  const names = new Set(resources.sort((left, right) => (order(left) < order(right) ? -1 : 1)).map(groupResource));
  return [...names].filter((name) => name.startsWith(toComplete.slice(comma))).map((name) => toComplete.slice(0, comma) + name);
}

async function resourcesOf(cluster: Asking['cluster'], types: string): Promise<ServedResource[]> {
  const mapper = cluster.mapper();
  const found = await Promise.all(types.split(',').map(async (word) => (await mapper.category(word)) ?? [await mapper.resourceFor(word)]));
  return found.flat();
}
