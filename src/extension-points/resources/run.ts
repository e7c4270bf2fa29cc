import type { UntypedObject } from '../../api/object.ts';
import type { FieldError } from '../../api/status.ts';
import type { Extension, ExtensionPoint } from '../../kernel/extension-point.ts';
import type { ResourceDefinition, ResourceVersion, WriteContext } from './contract.ts';
import { dnsSubdomainName, validateFinalizerDomains, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts';
import { subresourcesOf } from './subresources.ts';

export interface FoundDefinition {
  readonly definition: ResourceDefinition;
  readonly version: ResourceVersion;
  /** For calling its hooks through the point. */
  readonly extension: Extension<ResourceDefinition>;
}

interface Index {
  readonly generation: number;
  readonly byResource: Map<string, FoundDefinition>;
  readonly byKind: Map<string, FoundDefinition>;
}

const indexes = new WeakMap<ExtensionPoint<ResourceDefinition>, Index>();

/** The definition that serves a resource in a version, or undefined. The first one added wins. */
export function findDefinition(
  point: ExtensionPoint<ResourceDefinition>,
  wanted: { group: string; version: string; resource: string },
): FoundDefinition | undefined {
  return indexOf(point).byResource.get(`${wanted.group}/${wanted.version}/${wanted.resource}`);
}

/** The definition that serves a kind in a version, or undefined. */
export function findDefinitionOfKind(
  point: ExtensionPoint<ResourceDefinition>,
  wanted: { group: string; version: string; kind: string },
): FoundDefinition | undefined {
  return indexOf(point).byKind.get(`${wanted.group}/${wanted.version}/${wanted.kind}`);
}

function indexOf(point: ExtensionPoint<ResourceDefinition>): Index {
  const known = indexes.get(point);
  if (known?.generation === point.generation) return known;
  const index: Index = { generation: point.generation, byResource: new Map(), byKind: new Map() };
  for (const extension of point) {
    const definition = extension.implementation;
    for (const version of definition.versions.filter((candidate) => candidate.served)) {
      const found = { definition, version, extension };
      const prefix = `${definition.group}/${version.name}/`;
      if (!index.byResource.has(prefix + definition.resource)) index.byResource.set(prefix + definition.resource, found);
      if (!index.byKind.has(prefix + definition.kind)) index.byKind.set(prefix + definition.kind, found);
    }
  }
  indexes.set(point, index);
  return index;
}

/**
 * Everything a definition has to say about an object that is about to be written: the rules of metadata, then of the object, then of the change.
 * `old` is absent on create. For sub-resources of kind `update` the sub-resource's own check replaces those of the main resource.
 */
export function validateWrite(
  definition: ResourceDefinition,
  object: UntypedObject,
  old: UntypedObject | undefined,
  context: WriteContext,
): readonly FieldError[] {
  const nameRule = definition.validateName?.bind(definition) ?? dnsSubdomainName;
  const errors = [
    ...(old ? validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata') : []),
    ...validateObjectMeta(object.metadata, definition.namespaced, nameRule, 'metadata'),
  ];
  const subresource = context.subresource === '' ? undefined : subresourcesOf(definition, context.version)[context.subresource];
  if (subresource?.kind === 'update') return unique([...errors, ...(old ? (subresource.validateUpdate?.(object, old, context) ?? []) : [])]);
  if (definition.needsFinalizerDomains)
    errors.push(...validateFinalizerDomains(object.metadata.finalizers, old?.metadata.finalizers, 'metadata.finalizers').slice(0, 1_000));
  const ofObject = definition.validate?.(object, old ? { ...context, old } : context) ?? [];
  return unique([...errors, ...ofObject, ...(old ? (definition.validateUpdate?.(object, old, context) ?? []) : [])]);
}

/** Rules of the object and of the change may name the same fault; a client should read it once. */
function unique(errors: readonly FieldError[]): readonly FieldError[] {
  if (errors.length < 2) return errors;
  const seen = new Set<string>();
  return errors.filter((error) => {
    const text = JSON.stringify([error.path, error.type, error.value, error.detail]);
    return !seen.has(text) && seen.add(text);
  });
}
