import { volumeattachments } from '../../../api/generated/resource-types.ts';
import type { VolumeAttachment } from '../../../api/generated/storage-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { dnsSubdomainAt } from '../core/field-checks.ts';
import { validateDriverName } from '../core/volume-validation.ts';

/** storage.k8s.io/v1 `volumeattachments`. */
export function volumeAttachmentDefinition(): ResourceDefinition {
  return defineBuiltIn(volumeattachments, {
    columns: [
      nameColumn,
      { name: 'Attacher', format: 'name', description: 'The driver that attaches it.', cell: ({ spec }) => spec?.attacher ?? '' },
      { name: 'PV', description: 'The volume.', cell: ({ spec }) => spec?.source?.persistentVolumeName ?? '' },
      { name: 'Node', description: 'The node it is to be attached to.', cell: ({ spec }) => spec?.nodeName ?? '' },
      { name: 'Attached', type: 'boolean', description: 'Whether it is attached.', cell: ({ status }) => status?.attached ?? false },
      ageColumn,
    ],
    generationFields: [],
    prepareForCreate(draft) {
      draft.status = { attached: false };
    },
    validate,
    validateUpdate: (attachment, old) => (sameValue(attachment.spec, old.spec) ? [] : [fieldError.invalid('spec', attachment.spec, 'field is immutable')]),
  });
}

function validate({ spec = {} }: Draft<VolumeAttachment>): FieldError[] {
  const { persistentVolumeName: name, inlineVolumeSpec } = spec.source ?? {};
  const errors = validateDriverName(spec.attacher ?? '', 'spec.attacher');
  if (name === undefined && !inlineVolumeSpec)
    errors.push(fieldError.required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  if (name !== undefined && inlineVolumeSpec)
    errors.push(fieldError.forbidden('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  if (name === '') errors.push(fieldError.required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'));
  return [...errors, ...dnsSubdomainAt(spec.nodeName ?? '', 'spec.nodeName')];
}
