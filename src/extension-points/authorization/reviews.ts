import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewSpec,
} from '../../api/generated/authorization-v1.ts';
import { badRequest, type FieldError, fieldError, invalid } from '../../api/status.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import type { UserInfo } from '../authentication/contract.ts';
import type { ReviewService } from '../authentication/reviews.ts';
import type { AuthorizationAttributes, Authorizer } from './contract.ts';
import { authorize, rulesFor } from './run.ts';

interface ReviewDependencies {
  readonly point: ExtensionPoint<Authorizer>;
  readonly log: Log;
}
type SelfSpec = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>;

/** How long the authorizers may take together. */
const maximumReviewMs = 10_000;

/** SubjectAccessReview: may this user do that? */
export const createSubjectAccessReview =
  (dependencies: ReviewDependencies): ReviewService =>
  async (draft) => {
    const spec = (draft['spec'] ?? {}) as SubjectAccessReviewSpec;
    refuse('SubjectAccessReview', [...attributeErrors(spec), ...subjectErrors(spec)]);
    return { ...draft, status: await statusOf(dependencies, subjectOf(spec), spec) };
  };

/** LocalSubjectAccessReview: the same within one namespace. */
export const createLocalSubjectAccessReview =
  (dependencies: ReviewDependencies): ReviewService =>
  async (draft, context) => {
    const spec = (draft['spec'] ?? {}) as SubjectAccessReviewSpec;
    const namespace = context.key.namespace ?? draft.metadata.namespace ?? '';
    const errors = [...attributeErrors(spec), ...subjectErrors(spec)];
    if (spec.resourceAttributes && (spec.resourceAttributes.namespace ?? '') !== namespace) {
      errors.push(fieldError.invalid('spec.resourceAttributes.namespace', spec.resourceAttributes.namespace ?? '', 'must match metadata.namespace'));
    }
    if (spec.nonResourceAttributes)
      errors.push(fieldError.invalid('spec.nonResourceAttributes', spec.nonResourceAttributes, 'disallowed on this kind of request'));
    refuse('LocalSubjectAccessReview', errors);
    return { ...draft, status: await statusOf(dependencies, subjectOf(spec), spec) };
  };

/** SelfSubjectAccessReview: may I do that? (`kubectl auth can-i`) */
export const createSelfSubjectAccessReview =
  (dependencies: ReviewDependencies): ReviewService =>
  async (draft, context) => {
    const spec = (draft['spec'] ?? {}) as SelfSpec;
    refuse('SelfSubjectAccessReview', attributeErrors(spec));
    return { ...draft, status: await statusOf(dependencies, context.user, spec) };
  };

/** SelfSubjectRulesReview: what may I do in this namespace? (`kubectl auth can-i --list`) */
export const createSelfSubjectRulesReview =
  (dependencies: ReviewDependencies): ReviewService =>
  async (draft, context) => {
    const namespace = (draft['spec'] as { namespace?: string } | undefined)?.namespace ?? '';
    if (namespace === '') throw badRequest('no namespace on request');
    const rules = rulesFor(dependencies.point, context.user, namespace, dependencies.log);
    return { ...draft, status: { resourceRules: [...rules.resourceRules], nonResourceRules: [...rules.nonResourceRules], incomplete: rules.incomplete } };
  };

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', kind }, '', errors);
}

function attributeErrors(spec: SelfSpec): FieldError[] {
  const { resourceAttributes: resource, nonResourceAttributes: nonResource } = spec;
  if (resource && nonResource)
    return [fieldError.invalid('spec.nonResourceAttributes', nonResource, 'cannot be specified in combination with resourceAttributes')];
  if (!resource && !nonResource)
    return [fieldError.invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
  return resource
    ? [
        ...selectorErrors('spec.resourceAttributes.fieldSelector', resource.fieldSelector),
        ...selectorErrors('spec.resourceAttributes.labelSelector', resource.labelSelector),
      ]
    : [];
}

function selectorErrors(path: string, selector: FieldSelectorAttributes | LabelSelectorAttributes | undefined): FieldError[] {
  if (!selector) return [];
  if (selector.rawSelector && selector.requirements?.length)
    return [fieldError.invalid(`${path}.rawSelector`, selector.rawSelector, 'may not specified at the same time as requirements')];
  if (!selector.rawSelector && !selector.requirements?.length)
    return [fieldError.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`)];
  return [];
}

function subjectErrors(spec: SubjectAccessReviewSpec): FieldError[] {
  return spec.user || spec.groups?.length ? [] : [fieldError.invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified')];
}

function subjectOf(spec: SubjectAccessReviewSpec): UserInfo {
  return { name: spec.user ?? '', ...(spec.uid ? { uid: spec.uid } : {}), groups: spec.groups ?? [], ...(spec.extra ? { extra: spec.extra } : {}) };
}

async function statusOf({ point, log }: ReviewDependencies, user: UserInfo, spec: SelfSpec): Promise<Record<string, unknown>> {
  const attributes = spec.resourceAttributes
    ? resourceAttributes(user, spec.resourceAttributes)
    : nonResourceAttributes(user, spec.nonResourceAttributes ?? {});
  const decision = await authorize(point, attributes, AbortSignal.timeout(maximumReviewMs), log);
  return { allowed: decision.kind === 'allow', ...(decision.kind === 'deny' ? { denied: true } : {}), ...(decision.reason ? { reason: decision.reason } : {}) };
}

function resourceAttributes(user: UserInfo, wanted: ResourceAttributes): AuthorizationAttributes {
  const fieldSelector = selectorText(wanted.fieldSelector);
  const labelSelector = selectorText(wanted.labelSelector);
  return {
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
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(labelSelector ? { labelSelector } : {}),
  };
}

const nonResourceAttributes = (user: UserInfo, wanted: NonResourceAttributes): AuthorizationAttributes => ({
  user,
  verb: wanted.verb ?? '',
  path: wanted.path ?? '',
});

/** A selector as text; requirements that text cannot say are left out, which can only make an answer stricter. */
function selectorText(selector: FieldSelectorAttributes | LabelSelectorAttributes | undefined): string | undefined {
  if (!selector) return undefined;
  if (selector.rawSelector) return selector.rawSelector;
  const texts = (selector.requirements ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    if (operator === 'In') return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    return operator === 'NotIn' ? `${key} notin (${values.join(',')})` : '';
  });
  return texts.filter((text) => text !== '').join(',');
}
