import { extended } from '../../../api/common-parts.ts';
import { setCondition } from '../../../api/conditions.ts';
import type { Binding, Pod } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { badRequest, conflict, type FieldError, fieldError, invalid } from '../../../api/status.ts';
import type { ResourceServices, Subresource, WriteContext } from '../../../extension-points/resources/contract.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { typedDraft } from '../../../extension-points/resources/subresources.ts';
import { successStatus } from './success-status.ts';

const podType = { group: '', resource: 'pods' };

/** `pods/binding`: a scheduler's word about where a pod runs. */
export const bindingSubresource: Subresource = {
  kind: 'create',
  bodyKind: { group: '', version: 'v1', kind: 'Binding' },
  create: (_parent, draft, context, services) => bindPod(typedDraft<Binding>(draft), context, services),
};

/** Puts a pod on a node. Throws ApiError 422 for a bad target, 409 when the pod is bound, gated or being deleted, 404 without the pod. */
export async function bindPod(binding: Draft<Binding>, context: WriteContext, services: ResourceServices): Promise<UntypedObject> {
  const name = binding.metadata.name ?? context.key.name;
  const errors = validateBinding(binding);
  if (errors.length > 0) throw invalid({ group: '', kind: 'Binding' }, name, errors);
  const key = { ...context.key, name };
  if (!key.namespace) throw badRequest('namespace is required');
  await services.update(podType, key, (draft) => assign(typedDraft<Pod>(draft), binding, context.nowMs), context);
  return successStatus(201);
}

function validateBinding({ target }: Draft<Binding>): FieldError[] {
  const errors: FieldError[] = [];
  if (target?.kind && target.kind !== 'Node') errors.push(fieldError.notSupported('target.kind', target.kind, ['Node', '<empty>']));
  if (!target?.name) errors.push(fieldError.required('target.name'));
  return errors;
}

function assign(pod: Draft<Pod>, binding: Draft<Binding>, nowMs: number): void {
  const name = pod.metadata.name ?? '';
  const refuse = (why: string): Error => conflict({ group: '', resource: 'pods/binding' }, name, why);
  const { uid, resourceVersion } = binding.metadata;
  if (uid && uid !== pod.metadata.uid) throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid ?? ''}`);
  if (resourceVersion && resourceVersion !== pod.metadata.resourceVersion) {
    throw refuse(
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${pod.metadata.resourceVersion ?? ''}`,
    );
  }
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  const spec = pod.spec ?? {};
  if (spec.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
  if ((spec.schedulingGates?.length ?? 0) > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec = extended(spec, { nodeName: binding.target?.name });
  if (binding.metadata.annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  if (binding.metadata.labels) pod.metadata.labels = { ...pod.metadata.labels, ...binding.metadata.labels };
  const status = (pod.status ??= {});
  delete status.nominatedNodeName;
  const conditions = (status.conditions ?? []).map((condition) => ({ ...condition, type: condition.type ?? '', status: condition.status ?? '' }));
  const generation = pod.metadata.generation;
  const bound = { type: 'PodScheduled', status: 'True', ...(generation === undefined ? {} : { observedGeneration: generation }) };
  status.conditions = [...setCondition(conditions, bound, new Date(nowMs))];
}
