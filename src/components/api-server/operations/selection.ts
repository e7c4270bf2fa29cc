import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FieldSelector, parseFieldSelector, requireSelectableFields } from '../../../api/field-selector.ts';
import { parseLabelSelector, type Selector } from '../../../api/label-selector.ts';
import type { ObjectKey, UntypedObject } from '../../../api/object.ts';
import { badRequest } from '../../../api/status.ts';
import { render } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import type { Stored } from '../store/contract.ts';

/** Which objects of a collection a request is about. */
export interface Selection {
  readonly matchesAll: boolean;
  /** What the field selector demands of `metadata.name` and `metadata.namespace`. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  matches(stored: Stored): boolean;
}

const everything: Selection = { matchesAll: true, name: undefined, namespace: undefined, matches: () => true };

/** Compiles the two selectors of a request. Throws ApiError 400 for one that cannot be read or that names a field the resource does not offer. */
export function compileSelection(served: ServedResource, query: { labelSelector: string; fieldSelector: string }): Selection {
  if (query.labelSelector === '' && query.fieldSelector === '') return everything;
  const labels = parseLabelSelector(query.labelSelector);
  const fields = parseFieldSelector(query.fieldSelector);
  if (served.isCustom) requireCustomFields(served, fields);
  else requireSelectableFields(fields, served.definition.selectableFieldNames ?? []);
  const testsFields = fieldTest(served, fields);
  return {
    matchesAll: labels.requirements.length === 0 && !labels.matchesNothing && fields.requirements.length === 0,
    name: fields.valueOf('metadata.name'),
    namespace: fields.valueOf('metadata.namespace'),
    matches: (stored) => testsFields(stored) && matchesLabels(labels, served, stored),
  };
}

/** The key of the only object that a selection can want within a namespace (undefined: all of them); undefined when it is not that narrow. */
export function onlyKey({ namespaced }: ServedResource, { name }: Selection, namespace: string | undefined): ObjectKey | undefined {
  if (name === undefined || name === '') return undefined;
  if (!namespaced) return { name };
  return namespace === undefined ? undefined : { namespace, name };
}

const itemsPerLook = 64;
const millisecondsPerTurn = 5;

/** The items of a collection that a selection wants, `limit` of them at most (0: all). Long work is done in turns, so that other requests are answered in between. */
export async function selectItems(
  candidates: readonly Stored[],
  selection: Selection,
  limit = 0,
): Promise<{ readonly items: readonly Stored[]; readonly hasMore: boolean }> {
  const items: Stored[] = [];
  let turnStartMs = performance.now();
  for (const [index, candidate] of candidates.entries()) {
    if (index % itemsPerLook === itemsPerLook - 1 && performance.now() - turnStartMs > millisecondsPerTurn) {
      await nextTurn();
      turnStartMs = performance.now();
    }
    if (!selection.matches(candidate)) continue;
    if (limit > 0 && items.length === limit) return { items, hasMore: true };
    items.push(candidate);
  }
  return { items, hasMore: false };
}

/** Custom resources say what they offer by version, and refuse the rest in words of their own. */
function requireCustomFields({ shape, definition, namespaced }: ServedResource, { requirements }: FieldSelector): void {
  const offered = new Set([
    'metadata.name',
    ...(namespaced ? ['metadata.namespace'] : []),
    ...(shape.selectableFieldNames ?? definition.selectableFieldNames ?? []),
  ]);
  for (const { field } of requirements) if (!offered.has(field)) throw badRequest(`field label not supported: ${field}`);
}

/** Objects are parsed only where labels are asked for. */
const matchesLabels = (labels: Selector, served: ServedResource, stored: Stored): boolean =>
  labels.requirements.length === 0 || labels.matches((served.isCustom ? selectable(served, stored) : stored.object).metadata.labels);

function fieldTest(served: ServedResource, fields: FieldSelector): (stored: Stored) => boolean {
  if (fields.requirements.length === 0) return () => true;
  const needsObject = fields.requirements.some(({ field }) => field !== 'metadata.name' && field !== 'metadata.namespace');
  return (stored) => {
    const names = { 'metadata.name': stored.key.name, 'metadata.namespace': stored.key.namespace ?? '' };
    return fields.matches(needsObject ? { ...served.definition.selectableFields?.(selectable(served, stored)), ...names } : names);
  };
}

/**
 * Fields are named by version-independent path, so the stored form will do, unless another resource's form is stored, or the resource is custom. A conversion
 * that leaves the process has been made before (`renderAll`).
 */
function selectable(served: ServedResource, stored: Stored): UntypedObject {
  if (!served.isCustom && served.storage.definition === served.definition) return stored.object;
  const rendering = render(served, stored);
  return rendering instanceof Promise ? stored.object : rendering.object;
}
