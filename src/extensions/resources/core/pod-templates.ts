import type { PodTemplate } from '../../../api/generated/core-v1.ts';
import { podtemplates } from '../../../api/generated/resource-types.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import { labelsText, nameColumn } from '../../../extension-points/resources/printer.ts';
import { typedDraft } from '../../../extension-points/resources/subresources.ts';
import { applyPodTemplateDefaults } from './pod-spec-defaults.ts';
import { validatePodTemplate } from './pod-spec-validation.ts';
import { containerImages, containerNames } from './pod-template-columns.ts';

/** core/v1 `podtemplates`. */
export function podTemplateDefinition(): ResourceDefinition {
  return defineBuiltIn(podtemplates, {
    columns: [
      nameColumn,
      { name: 'Containers', description: 'Names of the containers.', cell: ({ template }) => containerNames(template) },
      { name: 'Images', description: 'Images of the containers.', cell: ({ template }) => containerImages(template) },
      { name: 'Pod Labels', description: 'Labels of pods made from it.', cell: ({ template }) => labelsText(template?.metadata?.labels) },
    ],
    generationFields: ['template'],
    applyDefaults(draft) {
      applyPodTemplateDefaults((draft.template ??= {}));
    },
    validate: ({ template }, { old }) => validatePodTemplate(template, 'template', old && typedDraft<PodTemplate>(old).template),
  });
}
