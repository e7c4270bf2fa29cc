import type { ManagedFieldsEntry } from '../../../api/generated/meta-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { timeText } from '../../../kernel/clock.ts';
import type { Machinery, RequestContext, Target, WriteRequestOptions } from '../operations/context.ts';
import { applyThrough } from './apply-through.ts';
import { compare, treeAt } from './compare.ts';
import { readConfiguration } from './configuration.ts';
import { difference, type FieldTree, isMember, sizeOf } from './field-tree.ts';
import { managerName } from './manager-name.ts';
import { entriesOf, identityOf, type Manager, storedManagers } from './managers.ts';
import { type Endpoint, filtered } from './ownership.ts';
import { builtInStructure } from './structure.ts';
import { trackUpdate } from './track-update.ts';
import { Versions } from './versions.ts';

const scaleVersion = 'autoscaling/v1';
const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;
const replicas = treeAt(['spec', 'replicas']);

/** A change of a Scale on its way into the object that it scales. */
export interface ScaleWrite {
  /** The stored object. */
  readonly current: UntypedObject;
  /** Its Scale. */
  readonly scale: UntypedObject;
  readonly options: WriteRequestOptions;
}

/** The record of managed fields of a scaled object after its Scale was replaced or patched. Rules: upstream's ScaleHandler. */
export function trackScale(
  machinery: Machinery,
  context: RequestContext,
  target: Target,
  { current, scale, options, asked }: ScaleWrite & { asked: UntypedObject },
): ManagedFieldsEntry[] | undefined {
  const owners = ownersOf(machinery, target, current);
  if (owners.ofParent.length === 0) return undefined;
  const endpoint = scaleEndpoint(machinery);
  const comparison = compare(scale, asked, endpoint.structure);
  const name = managerName(options.fieldManager, context.userAgent);
  const within = filtered(comparison, endpoint.filter);
  // With no owner among the Scale's fields nothing is tracked, as on an object without a record.
  const after = owners.ofScale.length === 0 ? [] : trackUpdate(owners.ofScale, { name, endpoint, comparison, comparisonIn: () => within });
  return entriesOf(toParent(machinery, target, owners, after));
}

/** Applies a configuration to a Scale: answers the new Scale, and the record for the scaled object. Throws ApiError as `apply` does. */
export async function applyToScale(
  machinery: Machinery,
  target: Target,
  { current, scale, options, body }: ScaleWrite & { body: { readonly value: unknown; readonly strict: readonly string[] } },
): Promise<{ scale: UntypedObject; managedFields: ManagedFieldsEntry[] | undefined }> {
  const owners = ownersOf(machinery, target, current);
  const config = readConfiguration(scaleKind, body);
  const versions = new Versions(machinery.resources, { apiVersion: scaleVersion, structure: scaleStructure() });
  const applied = await applyThrough({
    kind: scaleKind,
    live: scale,
    config,
    managers: owners.ofScale,
    options,
    endpoint: scaleEndpoint(machinery),
    versions,
  });
  return { scale: applied.object, managedFields: entriesOf(toParent(machinery, target, owners, applied.managers)) };
}

const scaleStructure = (): Endpoint['structure'] => builtInStructure('io.k8s.api.autoscaling.v1.Scale');

const scaleEndpoint = (machinery: Machinery): Endpoint => ({
  structure: scaleStructure(),
  apiVersion: scaleVersion,
  subresource: 'scale',
  filter: (fields) => fields,
  time: timeText(machinery.clock.now()),
});

interface Owners {
  readonly ofParent: readonly Manager[];
  /** Those of the replicas, as managers of the Scale. */
  readonly ofScale: readonly Manager[];
}

function ownersOf(machinery: Machinery, target: Target, current: UntypedObject): Owners {
  const ofParent = storedManagers(current.metadata.managedFields);
  const ofScale = ofParent.filter((manager) => ownsReplicas(manager, replicasPath(machinery, target, manager.apiVersion)));
  return { ofParent, ofScale: ofScale.map((manager) => asScaleManager(manager)) };
}

const asScaleManager = (manager: Manager): Manager => ({ ...manager, apiVersion: scaleVersion, fields: replicas });

/** Where a version keeps its replicas: undefined when it has no Scale, null when there is no such version. */
function replicasPath({ resources }: Machinery, { served }: Target, apiVersion: string): readonly string[] | undefined | null {
  const slash = apiVersion.indexOf('/');
  if ((slash < 0 ? '' : apiVersion.slice(0, slash)) !== served.group) return null;
  const version = apiVersion === served.apiVersion ? served : resources.find(served.group, apiVersion.slice(slash + 1), served.resource);
  if (!version) return null;
  const scale = version.subresources['scale'];
  return scale?.kind === 'scale' ? scale.specReplicasPath : undefined;
}

function ownsReplicas({ fields }: Manager, path: readonly string[] | undefined | null): boolean {
  let node: FieldTree | undefined = fields;
  if (!path) return false;
  for (const name of path) node = node?.[`f:${name}`];
  return node !== undefined && isMember(node);
}

/** Who no longer owns the replicas loses them; who does now gets them, in the version that the request came in by. */
function toParent(machinery: Machinery, target: Target, { ofParent }: Owners, ofScale: readonly Manager[]): Manager[] {
  const left = new Map(ofScale.map((manager) => [identityOf(manager), manager]));
  const kept = ofParent.flatMap((manager): Manager[] => {
    const path = replicasPath(machinery, target, manager.apiVersion);
    if (path === null) return [];
    if (!path || !ownsReplicas(manager, path)) return [manager];
    const identity = identityOf(asScaleManager(manager));
    if (left.get(identity)?.time === manager.time && left.delete(identity)) return [manager];
    const fields = difference(manager.fields, treeAt(path));
    return sizeOf(fields) === 0 ? [] : [{ ...manager, fields }];
  });
  const path = replicasPath(machinery, target, target.served.apiVersion);
  const added = [...left.values()]
    .filter(({ fields }) => fields !== undefined && sizeOf(difference(replicas, fields)) === 0)
    .map((manager): Manager => ({ ...withoutEntry(manager), apiVersion: target.served.apiVersion, time: undefined, fields: treeAt(path!) }));
  return [...kept, ...added];
}

const withoutEntry = ({ entry: _, ...manager }: Manager): Manager => manager;
