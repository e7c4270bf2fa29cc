import { groupResource } from '../../../api/resource-type.ts';
import type { CommandContext, Completion } from '../contract.ts';
import { allResources } from '../discovery/find-resource.ts';
import { listPages } from './object-requests.ts';

const maximumNames = 500;

/** Completes `TYPE NAME…` and `TYPE/NAME…`: first the types, then names of the type that was typed. A server that does not answer completes nothing. */
export async function completeResources(
  context: Pick<CommandContext, 'args' | 'cluster'>,
  toComplete: string,
  options: { readonly verb?: string } = {},
): Promise<Completion> {
  try {
    return await choices(context, toComplete, options.verb ?? 'list');
  } catch {
    return { choices: [], also: 'nothing' }; // a message would stand in the middle of the line
  }
}

async function choices({ args, cluster }: Pick<CommandContext, 'args' | 'cluster'>, toComplete: string, verb: string): Promise<Completion> {
  const slash = toComplete.indexOf('/');
  if (slash > 0) {
    const type = toComplete.slice(0, slash);
    const names = await namesOf(cluster, type);
    return { choices: names.map((name) => `${type}/${name}`).filter((choice) => choice.startsWith(toComplete)), also: 'nothing' };
  }
  const [type] = args;
  if (type !== undefined && !type.includes('/')) {
    const names = await namesOf(cluster, type);
    return { choices: names.filter((name) => name.startsWith(toComplete) && !args.slice(1).includes(name)), also: 'nothing' };
  }
  const comma = toComplete.lastIndexOf(',') + 1;
  const resources = allResources(await cluster.mapper().discovery()).filter(({ verbs }) => verbs.includes(verb));
  const names = [...new Set(resources.map((resource) => toComplete.slice(0, comma) + groupResource(resource)))];
  const found = names.filter((name) => name.startsWith(toComplete)).sort();
  return { choices: type === undefined ? found : found.map((name) => `${name}/`), also: 'nothing', ...(type === undefined ? {} : { keepsWordOpen: true }) };
}

async function namesOf(cluster: CommandContext['cluster'], type: string): Promise<string[]> {
  const resource = await cluster.mapper().resourceFor(type.split(',')[0]!);
  const namespace = resource.namespaced ? cluster.namespace().name : undefined;
  for await (const page of listPages(cluster.client(), { resource, namespace }, { chunkSize: maximumNames }))
    return page.items.map(({ metadata }) => metadata.name ?? '');
  return [];
}
