import { type FieldSelector, parseFieldSelector, requireSelectableFields } from '../../../api/field-selector.ts';
import { parseLabelSelector, type Selector } from '../../../api/label-selector.ts';
import type { UntypedObject } from '../../../api/object.ts';
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
  requireSelectableFields(fields, served.definition.selectableFieldNames ?? []);
  const testsFields = fieldTest(served, fields);
  return {
    matchesAll: labels.requirements.length === 0 && !labels.matchesNothing && fields.requirements.length === 0,
    name: fields.valueOf('metadata.name'),
    namespace: fields.valueOf('metadata.namespace'),
    matches: (stored) => testsFields(stored) && matchesLabels(labels, stored),
  };
}

const matchesLabels = (labels: Selector, stored: Stored): boolean => labels.requirements.length === 0 || labels.matches(stored.object.metadata.labels);

function fieldTest(served: ServedResource, fields: FieldSelector): (stored: Stored) => boolean {
  if (fields.requirements.length === 0) return () => true;
  const needsObject = fields.requirements.some(({ field }) => field !== 'metadata.name' && field !== 'metadata.namespace');
  return (stored) => {
    const names = { 'metadata.name': stored.key.name, 'metadata.namespace': stored.key.namespace ?? '' };
    return fields.matches(needsObject ? { ...served.definition.selectableFields?.(selectable(served, stored)), ...names } : names);
  };
}

/** Fields are named by version-independent path, so the stored form will do, unless another resource's form is stored. */
function selectable(served: ServedResource, stored: Stored): UntypedObject {
  if (served.storage.definition === served.definition) return stored.object;
  const rendering = render(served, stored);
  return rendering instanceof Promise ? stored.object : rendering.object;
}
