import { schemaFromJsonSchemaProps } from '../../../api/custom-schema/from-json-schema.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionVersion } from '../../../api/generated/apiextensions-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import type { Schema } from '../../../api/schema.ts';
import { compareVersions } from '../../../api/version-order.ts';
import type { ResourceDefinition, ResourceVersion } from '../contract.ts';
import { restoreFields } from '../subresources.ts';
import { columnsOf } from './columns.ts';
import { isTerminating } from './conditions.ts';
import { compileJsonPath } from './json-path.ts';
import { customSubresources } from './subresources.ts';
import { type ResolveService, WebhookConverter } from './webhook-converter.ts';

/** A resource that a CustomResourceDefinition object defines. Disposing ends what it holds: open watches of its objects, connections to its webhook. */
export interface CustomResource extends Disposable {
  readonly definition: ResourceDefinition;
  /** Refuses creates from now on; all else goes on. */
  terminate(): void;
}

export interface CustomResourceParts {
  /** For conversion webhooks that are services. */
  readonly resolveService: ResolveService;
}

const createWhileTerminating = 'create not allowed while custom resource definition is terminating';

/** The definition that an established CustomResourceDefinition stands for. Cheap: schemas, columns and paths are read when they are first needed. */
export function customResource(object: CustomResourceDefinition, parts: CustomResourceParts): CustomResource {
  const { spec, status } = object;
  const names: CustomResourceDefinitionNames = status?.acceptedNames?.plural ? status.acceptedNames : spec.names;
  const retired = new AbortController();
  const conversion = conversionOf(object, parts);
  let isEnding = isTerminating(object);
  const definition: ResourceDefinition = {
    group: spec.group,
    resource: spec.names.plural,
    singular: names.singular || spec.names.kind.toLowerCase(),
    kind: names.kind || spec.names.kind,
    listKind: names.listKind || `${spec.names.kind}List`,
    namespaced: spec.scope === 'Namespaced',
    ...(names.shortNames?.length ? { shortNames: names.shortNames } : {}),
    ...(names.categories?.length ? { categories: names.categories } : {}),
    versions: spec.versions.toSorted((left, right) => compareVersions(left.name, right.name)).map((version) => versionOf(spec, version)),
    storageVersion: spec.versions.find((version) => version.storage)!.name,
    schemas: noSharedSchemas,
    get refusesCreate() {
      return isEnding ? createWhileTerminating : undefined;
    },
    shapedSince: Number(object.metadata.resourceVersion ?? 0),
    retired: retired.signal,
    ...(conversion ? { convert: conversion.convert } : {}),
    // Kept by the hooks below: anything but metadata counts.
    generationFields: [],
    ...hooksOf(spec.versions),
  };
  return {
    definition,
    terminate: () => void (isEnding = true),
    [Symbol.dispose]() {
      retired.abort(new Error(`the definition of ${object.metadata.name ?? ''} has changed`));
      conversion?.[Symbol.dispose]();
    },
  };
}

const noSharedSchemas = { get: () => undefined };

function versionOf({ group, names, versions }: CustomResourceDefinition['spec'], version: CustomResourceDefinitionVersion): ResourceVersion {
  const { name, served, additionalPrinterColumns, deprecated, deprecationWarning, selectableFields } = version;
  let columns: ResourceVersion['columns'];
  return {
    name,
    served,
    get schema(): Schema | undefined {
      const props = version.schema?.openAPIV3Schema;
      return props && schemaFromJsonSchemaProps(props as Readonly<Record<string, unknown>>);
    },
    get columns() {
      return (columns ??= columnsOf(additionalPrinterColumns));
    },
    ...(deprecated ? { deprecationWarning: deprecationWarning ?? defaultWarning({ group, kind: names.kind, versions }, name) } : {}),
    subresources: customSubresources(version),
    selectableFieldNames: (selectableFields ?? []).map(({ jsonPath }) => fieldName(jsonPath)),
  };
}

/** Upstream's text: names the best version there is that is newer and not deprecated. */
function defaultWarning(
  { group, kind, versions }: { group: string; kind: string; versions: readonly CustomResourceDefinitionVersion[] },
  name: string,
): string {
  const [better] = versions
    .filter((candidate) => candidate.served && !candidate.deprecated && compareVersions(candidate.name, name) < 0)
    .sort((left, right) => compareVersions(left.name, right.name));
  const what = `${groupVersion({ group, version: name })} ${kind} is deprecated`;
  return better ? `${what}; use ${groupVersion({ group, version: better.name })} ${kind}` : what;
}

/** `.spec.color` selects as `spec.color`. */
const fieldName = (jsonPath: string): string => jsonPath.replace(/^\./, '');

/** What create and update of the main resource may set (upstream's custom resource strategy), and the values of selectable fields. */
function hooksOf(versions: readonly CustomResourceDefinitionVersion[]): Partial<ResourceDefinition> {
  const withStatus = new Set(versions.filter(({ subresources }) => subresources?.status !== undefined).map(({ name }) => name));
  const isSelectable = versions.some(({ selectableFields }) => selectableFields?.length);
  return {
    prepareForCreate(draft, { version }) {
      if (withStatus.has(version)) delete draft['status'];
    },
    prepareForUpdate(draft, old, { version }) {
      if (withStatus.has(version)) restoreFields(draft, old, ['status']);
      if (!hasSameContent(draft, old)) draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    ...(isSelectable ? { selectableFields: selectorOf(versions) } : {}),
  };
}

function hasSameContent(draft: UntypedObject, old: UntypedObject): boolean {
  for (const name of new Set([...Object.keys(draft), ...Object.keys(old)])) {
    if (name !== 'metadata' && name !== 'apiVersion' && name !== 'kind' && !isSame(draft[name], old[name])) return false;
  }
  return true;
}

/** The same JSON value, whatever the order of fields. */
function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null || Array.isArray(left) !== Array.isArray(right)) return false;
  const [before, after] = [left as Record<string, unknown>, right as Record<string, unknown>];
  const names = Object.keys(before);
  return names.length === Object.keys(after).length && names.every((name) => Object.hasOwn(after, name) && isSame(before[name], after[name]));
}

function selectorOf(versions: readonly CustomResourceDefinitionVersion[]): (object: UntypedObject) => Readonly<Record<string, string>> {
  const paths = new Map(
    versions.map(({ name, selectableFields = [] }) => [
      name,
      selectableFields.map(({ jsonPath }) => [fieldName(jsonPath), compileJsonPath(jsonPath)] as const),
    ]),
  );
  return (object) => {
    const version = object.apiVersion?.slice(object.apiVersion.indexOf('/') + 1) ?? '';
    return Object.fromEntries((paths.get(version) ?? []).map(([name, path]) => [name, textOf(path.find(object)[0])]));
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '');

interface Conversion extends Disposable {
  convert(draft: UntypedObject, toVersion: string): Promise<UntypedObject>;
}

function conversionOf({ spec: { group, conversion } }: CustomResourceDefinition, { resolveService }: CustomResourceParts): Conversion | undefined {
  const webhook = conversion?.strategy === 'Webhook' ? conversion.webhook : undefined;
  if (!webhook) return undefined;
  let converter: WebhookConverter | undefined;
  return {
    convert: async (draft, toVersion) =>
      (converter ??= new WebhookConverter(webhook, resolveService)).convert(draft, groupVersion({ group, version: toVersion })),
    [Symbol.dispose]: () => converter?.[Symbol.dispose](),
  };
}
