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
import type { ResourceDefinition, ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';

/** Checks a review and answers it: the same object with its status filled in. Registered by name with the API server. Throws ApiError for what is no question. */
export type Reviewer = (draft: UntypedObject, context: WriteContext, services: ResourceServices) => Promise<UntypedObject>;

/** The kinds of authentication.k8s.io/v1 and authorization.k8s.io/v1 that are questions: nothing is stored, creating one answers it. */
export function reviewDefinitions(): ResourceDefinition[] {
  return [
    review(selfsubjectreviews, 'self-subject-review'),
    review(tokenreviews, 'token-review'),
    review(localsubjectaccessreviews, 'local-subject-access-review'),
    review(selfsubjectaccessreviews, 'self-subject-access-review'),
    review(selfsubjectrulesreviews, 'self-subject-rules-review'),
    review(subjectaccessreviews, 'subject-access-review'),
  ];
}

function review<T extends KubernetesObject>(type: ResourceType<T>, service: string): ResourceDefinition {
  return defineBuiltIn(type, {
    generationFields: [],
    // A review is passed on as what it came in as.
    review: (draft, context, services) => services.service<Reviewer>(service)(draft as unknown as UntypedObject, context, services),
  });
}
