import { parseLabelSelector } from '../../../api/label-selector.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { CommandContext } from '../contract.ts';
import type { ServedResource } from '../discovery/contract.ts';
import { NoKindMatch } from '../discovery/resource-mapper.ts';
import { ManyErrors } from '../errors/command-errors.ts';
import type { Found, ResourceInfo, ResourceQuery, ResourceSelection } from './contract.ts';
import { expandSources, hasSources, type ObjectText } from './file-sources.ts';
import { listPages } from './object-requests.ts';
import { type ResourceArguments, readResourceArguments } from './resource-arguments.ts';
import { retrieveObject } from './retrieve-object.ts';

type Host = Pick<CommandContext, 'cluster' | 'program' | 'directory' | 'streams'>;

/** Thrown for a line that names nothing. */
export const missingResource = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** Finds what a command line names, by cli-runtime's rules. Throws at once for a line that makes no sense or a type that is not served. */
export async function findResources(host: Host, query: ResourceQuery): Promise<ResourceSelection> {
  const labelSelector = (query.labelSelector ?? '').trim();
  const fieldSelector = (query.fieldSelector ?? '').trim();
  if (query.selectsAll && (labelSelector !== '' || fieldSelector !== '')) throw new Error("setting 'all' parameter but found a non empty selector. ");
  const args = query.args ?? [];
  const found = args.length > 0 ? await readResourceArguments(args, host.cluster.mapper(), host.program) : { tuples: [], types: [], names: [] };
  const isWholeType = Boolean(query.typeAloneMeansAll) && found.types.length > 0 && found.names.length === 0;
  if (query.files && hasSources(query.files)) return fromFiles(host, query, found);
  if (labelSelector !== '' || fieldSelector !== '' || query.selectsAll || isWholeType)
    return fromSelectors(host, { ...query, labelSelector, fieldSelector }, found);
  if (found.tuples.length > 0) return fromTuples(host, query, found);
  if (found.names.length > 0) return fromNames(host, query, found);
  if (found.types.length === 0) throw new Error(missingResource);
  for (const type of found.types) await host.cluster.mapper().resourceFor(type);
  throw new Error('resource(s) were provided, but no name was specified');
}

async function fromFiles(host: Host, query: ResourceQuery, found: ResourceArguments): Promise<ResourceSelection> {
  const { texts, mayHoldMany } = await expandSources(query.files!, { directory: host.directory, stdin: host.streams.stdin });
  if (found.types.length > 0) throw new Error('when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well');
  if (found.tuples.length > 0) throw new Error('resource/name arguments cannot be provided when a path is specified');
  const selector = query.labelSelector ? parseLabelSelector(query.labelSelector) : undefined;
  async function* steps(): AsyncIterable<Found> {
    for (const text of texts)
      for await (const step of documentSteps(host, query, text)) {
        if ('info' in step && selector && !selector.matches(step.info.object?.metadata.labels)) continue;
        yield step;
      }
  }
  return selection(query, steps, { isSingleItem: !mayHoldMany, targetsSingleItems: true });
}

async function* documentSteps(host: Host, query: ResourceQuery, text: ObjectText): AsyncIterable<Found> {
  try {
    const { readValues, objectOf } = await import('./object-documents.ts'); // with YAML, for lines that name files only
    for await (const value of readValues(text, query)) {
      const objects: UntypedObject[] = [];
      try {
        const document = await objectOf(value, text.source);
        objects.push(...(query.flattens ? itemsOf(document) : [document]));
      } catch (error) {
        yield { error, isUnreadable: true };
      }
      for (const object of objects) yield await documentStep(host, query, { object, source: text.source });
    }
  } catch (error) {
    yield { error, isUnreadable: true };
  }
}

async function documentStep(host: Host, query: ResourceQuery, document: { object: UntypedObject; source: string }): Promise<Found> {
  let info: ResourceInfo;
  try {
    info = await infoOf(host, query, document);
  } catch (error) {
    return { error, isUnreadable: true };
  }
  try {
    settleNamespace(info, query);
    if (query.latest && info.name !== '') info.object = await retrieveObject(host.cluster.client(), info, query);
    return { info };
  } catch (error) {
    return { error };
  }
}

async function infoOf(host: Host, query: ResourceQuery, { object, source }: { object: UntypedObject; source: string }): Promise<ResourceInfo> {
  const { name = '', namespace = '' } = object.metadata;
  const { apiVersion = '', kind = '' } = object;
  const resource = query.isLocal
    ? unmapped(object)
    : await host.cluster
        .mapper()
        .resourceForKind(apiVersion, kind)
        .catch((error: unknown) => {
          if (!(error instanceof NoKindMatch)) throw error;
          throw new Error(
            `resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(namespace)} from ${JSON.stringify(source)}: ${error.message}\nensure CRDs are installed first`,
            { cause: error },
          );
        });
  return { resource, name, namespace: namespace || undefined, source, object };
}

/** What can be said of an object without a server. */
function unmapped({ apiVersion = '', kind = '', metadata }: UntypedObject): ServedResource {
  const slash = apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    resource: kind.toLowerCase(),
    singular: kind.toLowerCase(),
    namespaced: Boolean(metadata.namespace),
    shortNames: [],
    categories: [],
    verbs: [],
    subresources: [],
  };
}

/** A file names another namespace than the command line. */
export class OtherNamespace extends Error {}

/** Puts the default namespace in, and refuses another one than was asked for. */
function settleNamespace(info: ResourceInfo, { namespace, requiresNamespace, isLocal }: ResourceQuery): void {
  if (!info.resource.namespaced && !isLocal) {
    info.namespace = undefined;
    if (info.object?.metadata.namespace !== undefined) delete info.object.metadata.namespace;
    return;
  }
  if (info.namespace === undefined) {
    if (isLocal && !namespace) return;
    info.namespace = namespace;
    if (info.object) info.object.metadata.namespace = namespace;
  } else if (requiresNamespace && info.namespace !== namespace)
    throw new OtherNamespace(
      `the namespace from the provided object ${JSON.stringify(info.namespace)} does not match the namespace ${JSON.stringify(namespace)}. You must pass '--namespace=${info.namespace}' to perform this operation.`,
    );
}

async function fromSelectors(host: Host, query: ResourceQuery, found: ResourceArguments): Promise<ResourceSelection> {
  if (found.names.length > 0) throw new Error('name cannot be provided when a selector is specified');
  if (found.tuples.length > 0) throw new Error('selectors and the all flag cannot be used when passing resource/name arguments');
  if (found.types.length === 0) throw new Error('at least one resource must be specified to use a selector');
  if (query.subresource) throw new Error('subresource cannot be used when bulk resources are specified');
  const resources = await resourcesOf(host, query, found.types);
  async function* steps(): AsyncIterable<Found> {
    const lists = resources.map((resource) => startedPages(host, query, resource));
    for (const [index, pages] of lists.entries()) yield* pageSteps(host, query, resources[index]!, pages);
  }
  return selection(query, steps, { isSingleItem: false, targetsSingleItems: false });
}

type Pages = AsyncIterator<UntypedObject>;
interface StartedPages {
  readonly pages: Pages;
  readonly first: Promise<IteratorResult<UntypedObject>>;
}

/** Asks for the first page of each type at once: their answers come while the first one is shown. */
function startedPages(host: Host, query: ResourceQuery, resource: ServedResource): StartedPages {
  const namespace = resource.namespaced && !query.allNamespaces ? query.namespace : undefined;
  const pages = listPages(host.cluster.client(), { resource, namespace }, query)[Symbol.asyncIterator]();
  const first = pages.next();
  first.catch(() => undefined); // told when its turn comes
  return { pages, first };
}

async function* pageSteps(host: Host, query: ResourceQuery, resource: ServedResource, { pages, first }: StartedPages): AsyncIterable<Found> {
  try {
    for (let page = await first; !page.done; page = await pages.next()) {
      const object = page.value;
      if (!object.kind) throw new Error(`Object 'Kind' is missing in '${JSON.stringify(object)}'`);
      const namespace = resource.namespaced && !query.allNamespaces ? query.namespace : undefined;
      if (!query.flattens || !Array.isArray(object['items'])) yield { info: { resource, name: '', namespace, source: '', object } };
      else for (const item of itemsOf(object)) yield await itemStep(host, query, resource, item);
    }
  } catch (error) {
    yield { error };
  }
}

/** Items of a list are mostly of its own resource. */
async function itemStep(host: Host, query: ResourceQuery, listed: ServedResource, item: UntypedObject): Promise<Found> {
  const { name = '', namespace } = item.metadata;
  const apiVersion = listed.group === '' ? listed.version : `${listed.group}/${listed.version}`;
  if (item.kind === listed.kind && item.apiVersion === apiVersion)
    return { info: { resource: listed, name, namespace: namespace || undefined, source: '', object: item } };
  try {
    return { info: await infoOf(host, query, { object: item, source: '' }) };
  } catch (error) {
    const { cause } = error as Error;
    return { error: cause instanceof NoKindMatch ? new Error(`unable to recognize ${cause.message}`, { cause }) : error };
  }
}

/** The objects in a list, lists in lists included; an object alone is itself. Items have the type that the list's kind says when they bring none. */
export function itemsOf(object: UntypedObject): UntypedObject[] {
  const items = object['items'];
  if (!Array.isArray(items) || !object.kind?.endsWith('List')) return [object];
  const kind = object.kind.slice(0, -'List'.length);
  return (items as UntypedObject[]).flatMap((item) => {
    const typed = item.kind && item.apiVersion ? item : { apiVersion: object.apiVersion!, kind, ...item };
    typed.metadata ??= {};
    return itemsOf(typed);
  });
}

async function resourcesOf(host: Host, { singleType }: ResourceQuery, types: readonly string[]): Promise<ServedResource[]> {
  if (types.length > 1 && singleType) throw new Error('you may only specify a single resource type');
  const resources = new Map<string, ServedResource>();
  for (const type of types) {
    const resource = await host.cluster.mapper().resourceFor(type);
    resources.set(`${resource.group}/${resource.version}/${resource.kind}`, resource);
  }
  return [...resources.values()];
}

async function fromTuples(host: Host, query: ResourceQuery, { tuples, types }: ResourceArguments): Promise<ResourceSelection> {
  if (types.length > 0) throw new Error('you may not specify individual resources and bulk resources in the same call');
  const resources = new Map<string, ServedResource>();
  for (const { type } of tuples) if (!resources.has(type)) resources.set(type, await host.cluster.mapper().resourceFor(type));
  const distinct = new Set([...resources.values()].map(({ group, version, resource }) => `${group}/${version}/${resource}`));
  if (distinct.size > 1 && query.singleType) throw new Error('you may only specify a single resource type');
  const infos = tuples.map(({ type, name }) => namedInfo(query, resources.get(type)!, name));
  return selection(query, () => namedSteps(host, query, infos), { isSingleItem: tuples.length === 1, targetsSingleItems: true });
}

async function fromNames(host: Host, query: ResourceQuery, { types, names }: ResourceArguments): Promise<ResourceSelection> {
  if (types.length === 0) throw new Error('you must provide a resource and a resource name together');
  if (types.length > 1) throw new Error('you must specify only one resource');
  const [resource] = await resourcesOf(host, query, types);
  const infos = names.map((name) => namedInfo(query, resource!, name));
  return selection(query, () => namedSteps(host, query, infos), { isSingleItem: names.length === 1, targetsSingleItems: true });
}

function namedInfo({ allNamespaces, namespace }: ResourceQuery, resource: ServedResource, name: string): ResourceInfo {
  if (resource.namespaced && allNamespaces) throw new Error('a resource cannot be retrieved by name across all namespaces');
  if (resource.namespaced && namespace === '') throw new Error('namespace may not be empty when retrieving a resource by name');
  return { resource, name, namespace: resource.namespaced ? namespace : undefined, source: '', object: undefined };
}

const requestsAtOnce = 16;

async function* namedSteps(host: Host, query: ResourceQuery, infos: readonly ResourceInfo[]): AsyncIterable<Found> {
  if (query.withoutObjects) return yield* infos.map((info) => ({ info }));
  const answers: Promise<Found>[] = [];
  const ask = (info: ResourceInfo): Promise<Found> =>
    retrieveObject(host.cluster.client(), info, query).then(
      (object) => ({ info: { ...info, object } }),
      (error: unknown) => ({ error }),
    );
  for (let at = 0; at < infos.length; at++) {
    while (answers.length < Math.min(infos.length, at + requestsAtOnce)) answers.push(ask(infos[answers.length]!));
    const step = await answers[at]!;
    if ('error' in step || !query.flattens) yield step;
    else
      for (const item of itemsOf(step.info.object!)) yield item === step.info.object ? step : { info: await infoOf(host, query, { object: item, source: '' }) };
  }
}

/** Goes through the steps with the query's rules for errors. */
function selection(
  query: ResourceQuery,
  steps: () => AsyncIterable<Found>,
  about: { readonly isSingleItem: boolean; readonly targetsSingleItems: boolean },
): ResourceSelection {
  const visitAll = async (each: (info: ResourceInfo) => Promise<void> | void): Promise<unknown[]> => {
    const errors: unknown[] = [];
    const unreadable: unknown[] = [];
    for await (const step of steps()) {
      try {
        if ('error' in step) throw step.error;
        await each(step.info);
      } catch (error) {
        if (!query.ignores?.(error)) ('isUnreadable' in step && step.isUnreadable ? unreadable : errors).push(error);
        if (!query.continuesOnError && errors.length + unreadable.length > 0) break;
      }
    }
    return [...errors, ...unreadable];
  };
  return {
    ...about,
    visit: async (each) => ManyErrors.throwIfAny(await visitAll(each)),
    async visitTogether(work) {
      const { workOnAll } = await import('./work-together.ts');
      await workOnAll(steps(), work, query);
    },
    async all() {
      const infos: ResourceInfo[] = [];
      const errors = await visitAll((info) => void infos.push(info));
      return { infos, errors };
    },
  };
}
