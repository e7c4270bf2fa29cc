import type { NonResourceAttributes, ResourceAttributes, SubjectAccessReviewSpec } from '../../api/generated/authorization-v1.ts';
import { badRequest, type FieldError, invalid } from '../../api/status.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import type { UserInfo } from '../authentication/contract.ts';
import type { ReviewService } from '../authentication/reviews.ts';
import type { AuthorizationAttributes, Authorizer } from './contract.ts';
import { type AskedAttributes, localReviewErrors, selfReviewErrors, specOf, subjectReviewErrors } from './review-errors.ts';
import { authorize, rulesFor } from './run.ts';
import { readFieldSelector, readLabelSelector } from './selector-requirements.ts';

interface ReviewDependencies {
  readonly point: ExtensionPoint<Authorizer>;
  readonly log: Log;
}

/** How long the authorizers may take together. */
const maximumReviewMs = 30_000;

/** SubjectAccessReview: may this user do that? */
export const createSubjectAccessReview =
  (dependencies: ReviewDependencies): ReviewService =>
  async (draft) => {
    refuse('SubjectAccessReview', subjectReviewErrors(draft));
    return { ...draft, status: await statusOf(dependencies, subjectOf(specOf(draft)), specOf(draft)) };
  };

/** LocalSubjectAccessReview: the same within one namespace. */
export const createLocalSubjectAccessReview =
  (dependencies: ReviewDependencies): ReviewService =>
  async (draft, context) => {
    const { namespace } = context.key;
    const local = namespace === undefined ? draft : { ...draft, metadata: { ...draft.metadata, namespace } };
    refuse('LocalSubjectAccessReview', localReviewErrors(local));
    return { ...local, status: await statusOf(dependencies, subjectOf(specOf(draft)), specOf(draft)) };
  };

/** SelfSubjectAccessReview: may I do that? (`kubectl auth can-i`) */
export const createSelfSubjectAccessReview =
  (dependencies: ReviewDependencies): ReviewService =>
  async (draft, context) => {
    refuse('SelfSubjectAccessReview', selfReviewErrors(draft));
    return { ...draft, status: await statusOf(dependencies, context.user, specOf(draft)) };
  };

/** SelfSubjectRulesReview: what may I do in this namespace? (`kubectl auth can-i --list`) */
export const createSelfSubjectRulesReview =
  (dependencies: ReviewDependencies): ReviewService =>
  async (draft, context) => {
    const namespace = (draft['spec'] as { namespace?: string } | undefined)?.namespace ?? '';
    if (namespace === '') throw badRequest('no namespace on request');
    const { resourceRules, nonResourceRules, incomplete, error } = rulesFor(dependencies.point, context.user, namespace, dependencies.log);
    const status = { resourceRules: [...resourceRules], nonResourceRules: [...nonResourceRules], incomplete, ...(error ? { evaluationError: error } : {}) };
    return { ...draft, metadata: {}, spec: {}, status };
  };

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', kind }, '', errors);
}

function subjectOf(spec: SubjectAccessReviewSpec): UserInfo {
  return { name: spec.user ?? '', ...(spec.uid ? { uid: spec.uid } : {}), groups: spec.groups ?? [], ...(spec.extra ? { extra: spec.extra } : {}) };
}

async function statusOf({ point, log }: ReviewDependencies, user: UserInfo, spec: AskedAttributes): Promise<Record<string, unknown>> {
  const { attributes, problems } = spec.resourceAttributes
    ? resourceAttributes(user, spec.resourceAttributes)
    : { attributes: nonResourceAttributes(user, spec.nonResourceAttributes ?? {}), problems: [] };
  const decision = await authorize(point, attributes, AbortSignal.timeout(maximumReviewMs), log);
  const evaluationError = [...(decision.error ? [decision.error] : []), ...problems].join('; ');
  return {
    allowed: decision.kind === 'allow',
    ...(decision.kind === 'deny' ? { denied: true } : {}),
    ...(decision.reason ? { reason: decision.reason } : {}),
    ...(evaluationError ? { evaluationError } : {}),
  };
}

function resourceAttributes(user: UserInfo, wanted: ResourceAttributes): { attributes: AuthorizationAttributes; problems: string[] } {
  const fields = readFieldSelector(wanted.fieldSelector);
  const labels = readLabelSelector(wanted.labelSelector);
  const attributes: AuthorizationAttributes = {
    user,
    verb: wanted.verb ?? '',
    path: '',
    resource: {
      group: wanted.group ?? '',
      version: wanted.version || '*',
      resource: wanted.resource ?? '',
      subresource: wanted.subresource ?? '',
      namespace: wanted.namespace ?? '',
      name: wanted.name ?? '',
    },
    ...(fields?.text ? { fieldSelector: fields.text } : {}),
    ...(labels?.text ? { labelSelector: labels.text } : {}),
  };
  return { attributes, problems: [fields, labels].flatMap((selector) => (selector?.problem ? [selector.problem] : [])) };
}

const nonResourceAttributes = (user: UserInfo, wanted: NonResourceAttributes): AuthorizationAttributes => ({
  user,
  verb: wanted.verb ?? '',
  path: wanted.path ?? '',
});
