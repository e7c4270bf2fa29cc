import type { UntypedObject } from '../../../api/object.ts';
import { badRequest, fieldError, internalError, invalid } from '../../../api/status.ts';
import type { AdmissionPlugin } from '../../../extension-points/admission/contract.ts';
import type { Subresource } from '../../../extension-points/resources/contract.ts';
import { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { LazyRendering, type Rendering } from '../rendering.ts';
import { applyToScale, trackScale } from '../server-side-apply/scale-ownership.ts';
import { mutate, validate } from './admission.ts';
import type { Machinery, RequestContext, Target, WriteRequestOptions } from './context.ts';
import { optionsObject } from './create.ts';
import { get } from './get.ts';
import { mutableCopy } from './mutable-copy.ts';
import { update } from './update.ts';

export type ScaleSubresource = Extract<Subresource, { kind: 'scale' }>;
const noAdmission = new ExtensionPoint<AdmissionPlugin>('admission');
export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;

/** GET of `/scale`: the `autoscaling/v1` Scale of an object. */
export async function getScale(machinery: Machinery, target: Target, subresource: ScaleSubresource): Promise<Rendering> {
  const { object } = await get(machinery, target);
  if (lacksReplicas(object, subresource)) throw internalError(`the spec replicas field ${JSON.stringify(subresource.requiredReplicas)} does not exist`);
  return new LazyRendering(scaleOf(object, subresource));
}

/** A change of a Scale: answers the changed Scale as a draft. */
export interface ScaleUpdate {
  readonly change: (scale: UntypedObject) => UntypedObject;
  /** An applied configuration: the change is made by merging it. */
  readonly applies?: { readonly value: unknown; readonly strict: readonly string[] };
  readonly options: WriteRequestOptions;
  readonly optionsKind: 'UpdateOptions' | 'PatchOptions';
  readonly isRetried: boolean;
}

/** PUT and PATCH of `/scale`: sets the replicas of the scaled object. Answers the new Scale. */
export async function updateScale(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  request: ScaleUpdate & { subresource: ScaleSubresource },
): Promise<Rendering> {
  const { subresource, options, isRetried, optionsKind } = request;
  const change = async (current: UntypedObject): Promise<UntypedObject> => {
    const old = scaleOf(current, subresource);
    const before = mutableCopy(old);
    // Upstream marks a field that was not set before by a number that no one asks for.
    if (lacksReplicas(current, subresource)) before['spec'] = { replicas: neverSet };
    const applied = request.applies && (await applyToScale(machinery, target, { current, scale: before, options, body: request.applies }));
    const asked = request.change(applied ? mutableCopy(applied.scale) : before);
    if ((asked['spec'] as { replicas?: unknown } | undefined)?.replicas === neverSet)
      throw badRequest(`the spec replicas field ${JSON.stringify(subresource.requiredReplicas)} cannot be empty`);
    const managedFields = applied ? applied.managedFields : trackScale(machinery, context, target, { current, scale: old, options, asked: withoutZero(asked) });
    const scale = await admitScale(machinery, context, target, { scale: asked, old, request });
    const draft = mutableCopy(current);
    if (managedFields) draft.metadata.managedFields = managedFields;
    else delete draft.metadata.managedFields;
    if (scale.metadata.uid) draft.metadata.uid = scale.metadata.uid;
    if (scale.metadata.resourceVersion) draft.metadata.resourceVersion = scale.metadata.resourceVersion;
    else delete draft.metadata.resourceVersion;
    setNumber(draft, subresource.specReplicasPath, replicasOf(scale, target));
    return draft;
  };
  // The main resource's rules apply to the scaled object; admission has seen the Scale already.
  const silent = { ...machinery, admission: noAdmission };
  const updated = await update(silent, context, { ...target, subresource: '' }, { change, options, isRetried, isTracked: true, optionsKind });
  return new LazyRendering(scaleOf(updated.object, subresource));
}

const neverSet = -2_147_483_648;

const lacksReplicas = (object: UntypedObject, { requiredReplicas, specReplicasPath }: ScaleSubresource): boolean =>
  requiredReplicas !== undefined && valueAt(object, specReplicasPath) === undefined;

async function admitScale(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { scale, old, request }: { scale: UntypedObject; old: UntypedObject; request: ScaleUpdate },
): Promise<UntypedObject> {
  const question = {
    operation: 'UPDATE' as const,
    name: target.name,
    dryRun: request.options.dryRun,
    oldObject: old,
    kind: scaleKind,
    options: optionsObject(request.optionsKind, request.options),
  };
  replicasOf(scale, target);
  const { draft } = await mutate(machinery, context, target, { ...question, object: scale });
  await validate(machinery, context, target, { ...question, object: draft! });
  return draft!;
}

/** No replicas are written as none: who asks for them owns nothing. */
function withoutZero(scale: UntypedObject): UntypedObject {
  const { replicas, ...spec } = (scale['spec'] ?? {}) as { replicas?: unknown };
  return replicas === 0 ? { ...scale, spec } : scale;
}

function replicasOf(scale: UntypedObject, target: Target): number {
  const spec = scale['spec'];
  const replicas: unknown = typeof spec === 'object' && spec !== null ? ((spec as Record<string, unknown>)['replicas'] ?? 0) : 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas))
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32');
  // The rules of custom resources say it in their own words.
  if (replicas < 0 && !target.served.isCustom)
    throw invalid(scaleKind, target.name, [fieldError.invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  return replicas;
}

function scaleOf(object: UntypedObject, subresource: ScaleSubresource): UntypedObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const spec = numberAt(object, subresource.specReplicasPath);
  const selector = subresource.selector(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    spec: spec === 0 ? {} : { replicas: spec },
    status: { replicas: numberAt(object, subresource.statusReplicasPath), ...(selector === '' ? {} : { selector }) },
  };
}

function valueAt(object: UntypedObject, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const field of path) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
  return value;
}

function numberAt(object: UntypedObject, path: readonly string[]): number {
  const value = valueAt(object, path);
  return typeof value === 'number' ? value : 0;
}

function setNumber(draft: UntypedObject, path: readonly string[], value: number): void {
  let place: Record<string, unknown> = draft;
  for (const field of path.slice(0, -1)) {
    const inner = place[field];
    if (typeof inner !== 'object' || inner === null) place[field] = {};
    place = place[field] as Record<string, unknown>;
  }
  place[path.at(-1)!] = value;
}
