import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
  SubjectAccessReviewSpec,
} from '../../api/generated/authorization-v1.ts';
import { qualifiedNameProblems } from '../../api/names.ts';
import type { UntypedObject } from '../../api/object.ts';
import { type FieldError, fieldError } from '../../api/status.ts';

export interface AskedAttributes {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: NonResourceAttributes;
}

/** What is wrong with a SubjectAccessReview. */
export const subjectReviewErrors = (draft: UntypedObject): FieldError[] => [...subjectSpecErrors(draft), ...metadataErrors(draft, [])];

/** What is wrong with a SelfSubjectAccessReview. */
export const selfReviewErrors = (draft: UntypedObject): FieldError[] => [
  ...attributeErrors(specOf(draft)),
  ...selectorsErrors(specOf(draft)),
  ...metadataErrors(draft, []),
];

/** What is wrong with a LocalSubjectAccessReview. */
export function localReviewErrors(draft: UntypedObject): FieldError[] {
  const { resourceAttributes: resource, nonResourceAttributes: other } = specOf(draft);
  const errors = [...subjectSpecErrors(draft), ...metadataErrors(draft, ['namespace'])];
  if (resource && (resource.namespace ?? '') !== (draft.metadata.namespace ?? ''))
    errors.push(fieldError.invalid('spec.resourceAttributes.namespace', resource.namespace ?? '', 'must match metadata.namespace'));
  if (other) errors.push(fieldError.invalid('spec.nonResourceAttributes', other, 'disallowed on this kind of request'));
  return errors;
}

export const specOf = (draft: UntypedObject): SubjectAccessReviewSpec => (draft['spec'] ?? {}) as SubjectAccessReviewSpec;

function subjectSpecErrors(draft: UntypedObject): FieldError[] {
  const spec = specOf(draft);
  const errors = attributeErrors(spec);
  if (!spec.user && !spec.groups?.length) errors.push(fieldError.invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified'));
  return [...errors, ...selectorsErrors(spec)];
}

/** A review is not stored: it has no metadata. */
function metadataErrors({ metadata }: UntypedObject, allowed: readonly string[]): FieldError[] {
  const others = Object.entries(metadata).filter(([name, value]) => value !== null && name !== 'managedFields' && !allowed.includes(name));
  return others.length > 0 ? [fieldError.invalid('metadata', metadata, allowed.length > 0 ? 'must be empty except for namespace' : 'must be empty')] : [];
}

function attributeErrors({ resourceAttributes: resource, nonResourceAttributes: other }: AskedAttributes): FieldError[] {
  if (resource && other) return [fieldError.invalid('spec.nonResourceAttributes', other, 'cannot be specified in combination with resourceAttributes')];
  return resource || other
    ? []
    : [fieldError.invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
}

const selectorsErrors = ({ resourceAttributes: resource }: AskedAttributes): FieldError[] => [
  ...selectorErrors('spec.resourceAttributes.fieldSelector', resource?.fieldSelector, fieldKeyErrors),
  ...selectorErrors('spec.resourceAttributes.labelSelector', resource?.labelSelector, labelKeyErrors),
];

const fieldKeyErrors = (key: string, path: string): FieldError[] => (key === '' ? [fieldError.required(path, 'must be specified')] : []);
const labelKeyErrors = (key: string, path: string): FieldError[] => qualifiedNameProblems(key).map((problem) => fieldError.invalid(path, key, problem));

function selectorErrors(
  path: string,
  selector: FieldSelectorAttributes | LabelSelectorAttributes | undefined,
  keyErrors: (key: string, path: string) => FieldError[],
): FieldError[] {
  if (!selector) return [];
  const { rawSelector, requirements = [] } = selector;
  const errors: FieldError[] = [];
  if (rawSelector && requirements.length > 0)
    errors.push(fieldError.invalid(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements'));
  if (!rawSelector && requirements.length === 0)
    errors.push(fieldError.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`));
  for (const [index, { key = '', operator, values = [] }] of requirements.entries()) {
    const at = `${path}.requirements[${index}]`;
    // Unknown operators are let through: a newer client may know more.
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
      errors.push(fieldError.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0)
      errors.push(fieldError.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    errors.push(...keyErrors(key, `${at}.key`));
  }
  return errors;
}
