import type { UntypedObject } from '../../../../api/object.ts';
import { groupVersion } from '../../../../api/resource-type.ts';
import { ApiError } from '../../../../api/status.ts';
import { fieldValidationOf } from '../../../../extension-points/commands/changes/change-flags.ts';
import type { ServedResource } from '../../../../extension-points/commands/discovery/contract.ts';
import { ManyErrors } from '../../../../extension-points/commands/errors/command-errors.ts';
import { listPages, patchObject } from '../../../../extension-points/commands/resources/object-requests.ts';
import type { DryRun } from '../../../../extension-points/commands/resources/selection-flags.ts';
import { clientVersion } from '../../../../extension-points/commands/version/client-version.ts';
import { resourceName } from '../resource-text.ts';
import type { ApplyContext } from '../run-apply.ts';
import { groupKind, type Members, readMembers, tool } from './apply-set-members.ts';
import { type ApplySetParent, applySetNames, parentOf } from './apply-set-parent.ts';
import { pruneMembers } from './prune-members.ts';
import type { Pruning } from './pruning.ts';

/** Prunes by an object that keeps account of the types and namespaces of a set; its members bear a label. Rules: enhancement 3659. */
export async function createApplySet(context: ApplyContext, dryRun: DryRun): Promise<Pruning> {
  const parent = await parentOf(context);
  const { cluster, flags } = context;
  const before: Members = { resources: new Map(), namespaces: new Set() };
  const now: Members = { resources: new Map(), namespaces: new Set() };
  const keep = async (members: Members): Promise<void> => {
    if (dryRun === 'client') return;
    const body = parentPatch(parent, members);
    const request = { dryRun: dryRun === 'server', fieldManager: `${tool}-applyset`, fieldValidation: fieldValidationOf(flags.validate) };
    const send = (force: boolean) => patchObject(cluster.client(), parent, { format: 'apply', body }, { ...request, force });
    await send(false)
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.reason === 'Conflict') return send(true);
        throw error;
      })
      .catch((error: unknown) => {
        throw new Error(`failed to update ApplySet: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
  };
  return {
    check: () => checkParent(context, parent),
    async prepare(infos) {
      for (const { object } of infos) addLabel(object!, parent);
      await readMembers(context, parent, before);
      for (const { resource, namespace } of infos) {
        now.resources.set(groupKind(resource), resource);
        if (resource.namespaced && namespace) now.namespaces.add(namespace);
      }
      await keep({ resources: new Map([...before.resources, ...now.resources]), namespaces: new Set([...before.namespaces, ...now.namespaces]) });
    },
    async prune(applied) {
      await pruneMembers(context, before, `${applySetNames.partOf}=${parent.id}`, applied);
      await keep(now).catch((error: unknown) => {
        throw new Error(`apply and prune succeeded, but ApplySet update failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
    },
  };
}

function addLabel({ metadata }: UntypedObject, { id }: ApplySetParent): void {
  if (metadata.labels && Object.hasOwn(metadata.labels, applySetNames.partOf))
    throw new Error(`ApplySet label ${JSON.stringify(applySetNames.partOf)} already set in input data`);
  metadata.labels = { ...metadata.labels, [applySetNames.partOf]: id };
}

function parentPatch({ resource, name, namespace, id }: ApplySetParent, { resources, namespaces }: Members): unknown {
  const others = [...namespaces].filter((each) => each !== namespace).sort();
  const annotations = {
    [applySetNames.tooling]: `${tool}/${clientVersion.gitVersion}`,
    [applySetNames.kinds]: [...resources.keys()].sort().join(','),
    [applySetNames.namespaces]: others.join(','),
  };
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), annotations, labels: { [applySetNames.id]: id } };
  return { apiVersion: groupVersion(resource), kind: resource.kind, metadata };
}

const builtInParents = new Set(['v1/secrets', 'v1/configmaps']);

/** Secrets and ConfigMaps keep account, and custom resources whose definition says so. */
async function checkParent({ cluster }: ApplyContext, { resource, namespace }: ApplySetParent): Promise<void> {
  const errors: Error[] = [];
  if (resource.namespaced && namespace === undefined) errors.push(new Error('namespace is required to use namespace-scoped ApplySet'));
  if (!builtInParents.has(`${groupVersion(resource)}/${resource.resource}`) && !(await isAllowedParent(cluster, resource)))
    errors.push(new Error(`resource ${JSON.stringify(resourceName(resource))} is not permitted as an ApplySet parent`));
  if (errors.length > 0) throw new Error(new ManyErrors(errors).message);
}

async function isAllowedParent(cluster: ApplyContext['cluster'], { group, resource }: ServedResource): Promise<boolean> {
  const definitions = await cluster.mapper().resourceForKind('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
  for await (const page of listPages(cluster.client(), { resource: definitions }, { labelSelector: applySetNames.isParentType }))
    if (page.items.some(({ metadata }) => metadata.name === `${resource}.${group}`)) return true;
  return false;
}
