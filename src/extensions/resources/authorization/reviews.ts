import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
} from '../../../api/generated/authorization-v1.ts';
import {
  localsubjectaccessreviews,
  selfsubjectaccessreviews,
  selfsubjectreviews,
  selfsubjectrulesreviews,
  subjectaccessreviews,
  tokenreviews,
} from '../../../api/generated/resource-types.ts';
import type { KubernetesObject, UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { type FieldError, fieldError, invalid } from '../../../api/status.ts';
import type { ResourceDefinition, ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';

/** Answers a review: the same object with its status filled in. Registered by name with the API server. */
export type Reviewer = (draft: UntypedObject, context: WriteContext, services: ResourceServices) => Promise<UntypedObject>;

/** The kinds of authentication.k8s.io/v1 and authorization.k8s.io/v1 that are questions: nothing is stored, creating one answers it. */
export function reviewDefinitions(): ResourceDefinition[] {
  return [
    review(selfsubjectreviews, 'self-subject-review'),
    review(tokenreviews, 'token-review', ({ spec }) => (spec?.token ? [] : [fieldError.invalid('spec.token', '', 'token must be specified')])),
    review(localsubjectaccessreviews, 'local-subject-access-review', validateLocal),
    review(selfsubjectaccessreviews, 'self-subject-access-review', ({ spec = {} }: Draft<SelfSubjectAccessReview>) => validateAttributes(spec)),
    review(selfsubjectrulesreviews, 'self-subject-rules-review', ({ spec }) =>
      spec?.namespace ? [] : [fieldError.required('spec.namespace', 'no namespace on request')],
    ),
    review(subjectaccessreviews, 'subject-access-review', ({ spec = {} }: Draft<SubjectAccessReview>) => [
      ...validateAttributes(spec),
      ...validateSubject(spec),
    ]),
  ];
}

function review<T extends KubernetesObject>(
  type: ResourceType<T>,
  service: string,
  validate: (draft: Draft<T>) => readonly FieldError[] = () => [],
): ResourceDefinition {
  return defineBuiltIn(type, {
    generationFields: [],
    review(draft, context, services) {
      const errors = validate(draft);
      if (errors.length > 0) throw invalid(type, draft.metadata.name ?? '', errors);
      // A review is passed on as what it came in as.
      return services.service<Reviewer>(service)(draft as unknown as UntypedObject, context, services);
    },
  });
}

type Attributes = Pick<Loose<SubjectAccessReviewSpec>, 'resourceAttributes' | 'nonResourceAttributes'>;

function validateAttributes({ resourceAttributes, nonResourceAttributes }: Attributes): FieldError[] {
  if (resourceAttributes && nonResourceAttributes)
    return [fieldError.invalid('spec.nonResourceAttributes', nonResourceAttributes, 'cannot be specified in combination with resourceAttributes')];
  return resourceAttributes || nonResourceAttributes
    ? []
    : [fieldError.invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
}

const validateSubject = ({ user, groups }: Loose<SubjectAccessReviewSpec>): FieldError[] =>
  user || (groups?.length ?? 0) > 0 ? [] : [fieldError.invalid('spec.user', user ?? '', 'at least one of user or group must be specified')];

function validateLocal({ metadata, spec = {} }: Draft<LocalSubjectAccessReview>): FieldError[] {
  const errors = [...validateAttributes(spec), ...validateSubject(spec)];
  const { name: _name, namespace, managedFields: _fields, ...rest } = metadata;
  if (!sameValue(rest, {})) errors.push(fieldError.invalid('metadata', metadata, 'must be empty except for namespace'));
  if (spec.resourceAttributes && spec.resourceAttributes.namespace !== namespace)
    errors.push(fieldError.invalid('spec.resourceAttributes.namespace', spec.resourceAttributes.namespace ?? '', 'must match metadata.namespace'));
  return spec.nonResourceAttributes
    ? [...errors, fieldError.invalid('spec.nonResourceAttributes', spec.nonResourceAttributes, 'disallowed on this kind of request')]
    : errors;
}
