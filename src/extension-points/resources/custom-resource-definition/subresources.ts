import type { CustomResourceDefinitionVersion, CustomResourceSubresourceScale } from '../../../api/generated/apiextensions-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { internalError } from '../../../api/status.ts';
import type { Subresource } from '../contract.ts';
import { restoreFields } from '../subresources.ts';

/** `/status` and `/scale` of one version of a custom resource, as far as its definition asks for them. */
export function customSubresources({ subresources }: CustomResourceDefinitionVersion): Readonly<Record<string, Subresource>> {
  return {
    ...(subresources?.status === undefined ? {} : { status: customStatus }),
    ...(subresources?.scale === undefined ? {} : { scale: customScale(subresources.scale) }),
  };
}

/** Takes `status` alone from the client: labels and the rest of metadata stay, other than with built-in kinds. Only managedFields tell of the change. */
const customStatus: Subresource = {
  kind: 'update',
  prepareForUpdate(draft, old) {
    const { managedFields, resourceVersion } = draft.metadata;
    restoreFields(
      draft,
      old,
      [...new Set([...Object.keys(draft), ...Object.keys(old)])].filter((name) => name !== 'status'),
    );
    draft.metadata = { ...old.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    if (managedFields === undefined) delete draft.metadata.managedFields;
    else draft.metadata.managedFields = managedFields;
  },
};

function customScale({ specReplicasPath, statusReplicasPath, labelSelectorPath }: CustomResourceSubresourceScale): Subresource {
  const selectorPath = labelSelectorPath ? fieldsOf(labelSelectorPath) : undefined;
  return {
    kind: 'scale',
    specReplicasPath: fieldsOf(specReplicasPath),
    statusReplicasPath: fieldsOf(statusReplicasPath),
    requiredReplicas: specReplicasPath,
    selector: (object) => (selectorPath ? selectorText(object, selectorPath) : ''),
  };
}

/** Paths of scale are dotted fields only. */
const fieldsOf = (path: string): readonly string[] => path.replace(/^\./, '').split('.');

function selectorText(object: UntypedObject, path: readonly string[]): string {
  let value: unknown = object;
  for (const field of path) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string')
    throw internalError(`.${path.join('.')} accessor error: ${JSON.stringify(value)} is of the type ${goType(value)}, expected string`);
  return value;
}

const goType = (value: unknown): string =>
  Array.isArray(value) ? '[]interface {}' : typeof value === 'object' ? 'map[string]interface {}' : typeof value === 'boolean' ? 'bool' : 'int64';
