import type { Namespace } from '../../../api/generated/core-v1.ts';
import { namespaces } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { dnsLabelName } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { updateSubresource } from '../../../extension-points/resources/subresources.ts';
import { qualifiedNameAt } from './field-checks.ts';

const nameLabel = 'kubernetes.io/metadata.name';

/** core/v1 `namespaces`. A namespace stays until whoever empties it has taken away `spec.finalizers` through `/finalize`. */
export function namespaceDefinition(): ResourceDefinition {
  return defineBuiltIn(namespaces, {
    columns: [
      nameColumn,
      { name: 'Status', description: 'Active, or Terminating while it is being emptied.', cell: (namespace) => namespace.status?.phase ?? '' },
      ageColumn,
    ],
    generationFields: [],
    applyDefaults(draft) {
      if (draft.metadata.name) draft.metadata.labels = { ...draft.metadata.labels, [nameLabel]: draft.metadata.name };
      (draft.status ??= {}).phase ??= 'Active';
    },
    prepareForCreate(draft) {
      // With generateName the name is known only now.
      if (draft.metadata.name) draft.metadata.labels = { ...draft.metadata.labels, [nameLabel]: draft.metadata.name };
      const finalizers = draft.spec?.finalizers ?? [];
      draft.spec = { ...draft.spec, finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] };
      draft.status = { phase: 'Active' };
    },
    prepareForUpdate(draft, old) {
      const { finalizers: _asked, ...rest } = draft.spec ?? {};
      draft.spec = { ...rest, ...(old.spec?.finalizers ? { finalizers: old.spec.finalizers } : {}) };
    },
    validateName: dnsLabelName,
    validate: validateFinalizers,
    beginDelete(draft) {
      draft.status = { ...draft.status, phase: 'Terminating' };
    },
    mayRemove: (namespace) => (namespace.spec?.finalizers?.length ?? 0) === 0,
    selectableFields: { 'status.phase': (namespace) => namespace.status?.phase, name: (namespace) => namespace.metadata.name },
    status: { validateUpdate: validatePhase },
    subresources: {
      finalize: updateSubresource<Namespace>({ takes: ['metadata', 'spec'], validateUpdate: validateFinalizers }),
    },
  });
}

function validateFinalizers(namespace: Draft<Namespace>): FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((finalizer, index) => {
    const path = `spec.finalizers[${index}]`;
    const errors = qualifiedNameAt(finalizer, path);
    if (errors.length > 0 || finalizer.includes('/') || finalizer === 'kubernetes') return errors;
    return [fieldError.invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')];
  });
}

function validatePhase({ metadata, status }: Draft<Namespace>): FieldError[] {
  const phase = status?.phase ?? '';
  if (!metadata.deletionTimestamp)
    return phase === 'Active' ? [] : [fieldError.invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  return phase === 'Terminating' ? [] : [fieldError.invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
}
