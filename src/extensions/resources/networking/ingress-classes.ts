import type { IngressClass } from '../../../api/generated/networking-v1.ts';
import { ingressclasses } from '../../../api/generated/resource-types.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { oneOfAt, requiredAt } from '../core/field-checks.ts';

/** networking.k8s.io/v1 `ingressclasses`. */
export function ingressClassDefinition(): ResourceDefinition {
  return defineBuiltIn(ingressclasses, {
    columns: [
      nameColumn,
      { name: 'Controller', description: 'Who serves ingresses of the class.', cell: ({ spec }) => spec?.controller ?? '' },
      {
        name: 'Parameters',
        description: 'Where the controller is configured.',
        cell({ spec }) {
          const reference = spec?.parameters;
          return reference ? `${reference.kind ?? ''}${reference.apiGroup ? `.${reference.apiGroup}` : ''}/${reference.name ?? ''}` : '<none>';
        },
      },
      ageColumn,
    ],
    applyDefaults({ spec }) {
      if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
    },
    validate,
    validateUpdate: (ingressClass, old) => validateImmutable(ingressClass.spec?.controller, old.spec?.controller, 'spec.controller'),
  });
}

function validate({ spec = {} }: Draft<IngressClass>): FieldError[] {
  const controller = spec.controller ?? '';
  const errors: FieldError[] = [];
  if (controller.length > 250) errors.push(fieldError.tooLong('spec.controller', 250));
  else if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(controller)) {
    errors.push(fieldError.invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  }
  const reference = spec.parameters;
  if (!reference) return errors;
  errors.push(
    ...requiredAt(reference.kind, 'spec.parameters.kind'),
    ...requiredAt(reference.name, 'spec.parameters.name'),
    ...oneOfAt(reference.scope, ['Cluster', 'Namespace'], 'spec.parameters.scope'),
  );
  if (reference.scope === 'Namespace') errors.push(...requiredAt(reference.namespace, 'spec.parameters.namespace', "`parameters.scope` is set to 'Namespace'"));
  else if (reference.namespace) errors.push(fieldError.forbidden('spec.parameters.namespace', "`parameters.scope` is set to 'Cluster'"));
  return errors;
}
