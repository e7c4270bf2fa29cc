import type { UntypedObject } from '../../../../api/object.ts';
import { ApiError } from '../../../../api/status.ts';
import type { ServedResource } from '../../../../extension-points/commands/discovery/contract.ts';
import { allResources } from '../../../../extension-points/commands/discovery/find-resource.ts';
import { getObject } from '../../../../extension-points/commands/resources/object-requests.ts';
import type { ApplyContext } from '../run-apply.ts';
import { type ApplySetParent, applySetNames, noResource, parentText } from './apply-set-parent.ts';

/** kubectl's sets and these are the same. */
export const tool = 'kubectl';

/** The types (by `Kind.group`) and namespaces that members of a set may be of. */
export interface Members {
  readonly resources: Map<string, ServedResource>;
  readonly namespaces: Set<string>;
}

export const groupKind = ({ kind, group }: ServedResource): string => (group === '' ? kind : `${kind}.${group}`);

/** Reads what the parent has noted into `members`; nothing, where it is not there yet. Throws for a parent that another tool keeps, or that is none. */
export async function readMembers({ cluster }: Pick<ApplyContext, 'cluster'>, parent: ApplySetParent, members: Members): Promise<void> {
  const object = await getObject(cluster.client(), parent).catch((error: unknown) => {
    if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
    throw new Error(`failed to fetch ApplySet parent object ${quoted(parent)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  if (!object) {
    if (!['secrets', 'configmaps'].includes(parent.resource.resource) || parent.resource.group !== '')
      throw new Error('custom resource ApplySet parents cannot be created automatically');
    return;
  }
  requireOurs(object, parent);
  const annotations = object.metadata.annotations ?? {};
  const resources = allResources(await cluster.mapper().discovery());
  for (const resource of notedResources(annotations, resources, parent)) members.resources.set(groupKind(resource), resource);
  for (const namespace of (annotations[applySetNames.namespaces] ?? '').split(',')) if (namespace !== '') members.namespaces.add(namespace);
  if (parent.namespace !== undefined) members.namespaces.add(parent.namespace);
}

const quoted = (parent: ApplySetParent): string => JSON.stringify(parentText(parent));

/** As Go's mappers say that a type is not there. */
function noMatch(annotation: string, word: string): string {
  const dot = word.includes('.') ? word.indexOf('.') : word.length;
  const [name, group] = [word.slice(0, dot), word.slice(dot + 1)];
  return annotation === applySetNames.kinds ? `no matches for kind ${JSON.stringify(name)} in group ${JSON.stringify(group)}` : noResource(word);
}

function requireOurs({ metadata }: UntypedObject, parent: ApplySetParent): void {
  const start = `ApplySet parent object ${quoted(parent)}`;
  const tooling = metadata.annotations?.[applySetNames.tooling];
  if (tooling === undefined) throw new Error(`${start} already exists and is missing required annotation ${JSON.stringify(applySetNames.tooling)}`);
  const owner = tooling.includes('/') ? tooling.slice(0, tooling.lastIndexOf('/')) : tooling;
  if (owner !== tool) throw new Error(`${start} already exists and is managed by tooling ${JSON.stringify(owner)} instead of ${JSON.stringify(tool)}`);
  const id = metadata.labels?.[applySetNames.id];
  if (id === undefined) throw new Error(`${start} exists and does not have required label ${applySetNames.id}`);
  if (id !== parent.id)
    throw new Error(`${start} exists and has incorrect value for label ${JSON.stringify(applySetNames.id)} (got: ${id}, want: ${parent.id})`);
}

/** By kinds; older sets noted resources. */
function notedResources(annotations: Readonly<Record<string, string>>, resources: readonly ServedResource[], parent: ApplySetParent): ServedResource[] {
  const fail = (message: string): never => {
    throw new Error(`parsing ApplySet annotation on ${quoted(parent)}: ${message}`);
  };
  const words = (text: string): string[] => text.split(',').filter((word) => word !== '');
  const find = (annotation: string, word: string, textOf: (resource: ServedResource) => string): ServedResource =>
    resources.find((resource) => textOf(resource) === word) ??
    fail(
      `could not find ${annotation === applySetNames.kinds ? 'mapping for kind' : 'kind for resource'} in ${JSON.stringify(annotation)} annotation: ${noMatch(annotation, word)}`,
    );
  const kinds = annotations[applySetNames.kinds];
  if (kinds !== undefined) return words(kinds).map((word) => find(applySetNames.kinds, word, groupKind));
  const older = annotations[applySetNames.resources];
  if (!older) return fail(`kubectl requires the ${JSON.stringify(applySetNames.kinds)} annotation to be set on all ApplySet parent objects`);
  return words(older).map((word) => find(applySetNames.resources, word, ({ resource, group }) => (group === '' ? resource : `${resource}.${group}`)));
}
