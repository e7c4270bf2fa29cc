import type { Status } from '../../../api/generated/meta-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { groupResource } from '../../../api/resource-type.ts';
import { conflict } from '../../../api/status.ts';
import { LazyRendering, type Rendering, render } from '../rendering.ts';
import { type AdmissionQuestion, mutate, validate } from './admission.ts';
import { beginDeletion, orphansByDefault } from './begin-deletion.ts';
import { commitObject } from './commit.ts';
import { type Machinery, type RequestContext, type Target, targetKey, writeContext } from './context.ts';
import type { DeleteRequestOptions } from './delete-options.ts';
import { storedObject } from './get.ts';
import { inTurn } from './write-turns.ts';

/** What a delete answers: the object as it is left (or was last), or a Status when upstream's storage of that kind says so. */
export type DeleteOutcome =
  /** `isPending`: it is still there. */
  { readonly kind: 'object'; readonly rendering: Rendering; readonly isPending: boolean } | { readonly kind: 'status'; readonly status: Status };

/** Kinds whose delete answers the removed object rather than a Status (upstream's ReturnDeletedObject). */
const answersObject = new Set([
  'namespaces',
  'pods',
  'podtemplates',
  'persistentvolumes',
  'persistentvolumeclaims',
  'resourcequotas',
  'serviceaccounts',
  'services',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'volumeattributesclasses.storage.k8s.io',
  'resourceclaims.resource.k8s.io',
  'resourceclaimtemplates.resource.k8s.io',
  'deviceclasses.resource.k8s.io',
  'resourceslices.resource.k8s.io',
  'resourcepoolstatusrequests.resource.k8s.io',
  'devicetaintrules.resource.k8s.io',
]);

const orphanedPods =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

/** Deletes one object, gracefully where its kind or its finalizers ask for it. Throws ApiError 404, 409 for failed preconditions, and what admission says. */
export async function remove(machinery: Machinery, context: RequestContext, target: Target, options: DeleteRequestOptions): Promise<DeleteOutcome> {
  if (target.served.resource === 'jobs' && orphansByDefault(target.served, options)) context.warn(orphanedPods);
  let isAdmitted = false;
  return inTurn(machinery, context, target, () => {
    const outcome = removeOnce(machinery, context, target, { options, isAdmitted });
    isAdmitted = true;
    return outcome;
  });
}

async function removeOnce(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { options, isAdmitted }: { options: DeleteRequestOptions; isAdmitted: boolean },
): Promise<DeleteOutcome | undefined> {
  const { served } = target;
  const stored = storedObject(machinery, target);
  const current = await render(served, stored);
  checkPreconditions(target, current.object, options);
  if (!isAdmitted) await admit(machinery, context, target, { old: current.object, options });
  const step = beginDeletion(served, current.object, options, writeContext(machinery, context, target, { operation: 'DELETE', dryRun: options.dryRun }));
  if (step.kind === 'pending') return { kind: 'object', rendering: current, isPending: true };
  if (options.dryRun) return step.kind === 'update' ? { kind: 'object', rendering: new LazyRendering(step.draft), isPending: true } : removed(target, current);
  const outcome = await commitObject(machinery, served, {
    key: targetKey(target),
    expectedRevision: stored.revision,
    ...(step.kind === 'update' ? { draft: step.draft } : {}),
  });
  if (outcome.kind === 'conflict') return undefined;
  return step.kind === 'update' ? { kind: 'object', rendering: outcome.rendering, isPending: true } : removed(target, current);
}

/** Upstream's BeforeDelete, which names the kind where other conflicts name the resource; namespaces have words of their own. */
function checkPreconditions({ served, name }: Target, object: UntypedObject, options: DeleteRequestOptions): void {
  const { uid = '', resourceVersion = '' } = object.metadata;
  if (groupResource(served) === 'namespaces') {
    if (options.uid !== undefined && options.uid !== uid)
      throw conflict(served, name, `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`);
    if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion)
      throw conflict(
        served,
        name,
        `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`,
      );
    return;
  }
  const subject = { group: served.group, resource: served.kind };
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(subject, name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(subject, name, why);
  }
}

async function admit(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { old, options }: { old: UntypedObject; options: DeleteRequestOptions },
): Promise<void> {
  const question: AdmissionQuestion = { operation: 'DELETE', name: target.name, dryRun: options.dryRun, oldObject: old, options: deleteOptionsObject(options) };
  await mutate(machinery, context, target, question);
  await validate(machinery, context, target, question);
}

const deleteOptionsObject = (options: DeleteRequestOptions): Record<string, unknown> => {
  const { dryRun, gracePeriodSeconds, propagationPolicy, orphanDependents, uid, resourceVersion } = options;
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'DeleteOptions',
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(propagationPolicy === undefined || orphanDependents !== undefined ? {} : { propagationPolicy }),
    ...(uid === undefined && resourceVersion === undefined
      ? {}
      : { preconditions: { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) } }),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
};

function removed(target: Target, last: Rendering): DeleteOutcome {
  const { served, name } = target;
  if (answersObject.has(groupResource(served))) return { kind: 'object', rendering: last, isPending: false };
  const { uid } = last.object.metadata;
  const details = { name, ...(served.group === '' ? {} : { group: served.group }), kind: served.resource, ...(uid === undefined ? {} : { uid }) };
  return { kind: 'status', status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}
