import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../../api/generated/meta-v1.ts';
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  forNameOrPrefix,
  labelValueProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
} from '../../api/names.ts';
import { type FieldError, fieldError } from '../../api/status.ts';
import { sameValue } from './same-value.ts';

/** Answers what is wrong with a name, one message per fault. A prefix may end in a dash, as `generateName` values do. */
export type NameRule = (name: string, isPrefix: boolean) => readonly string[];

/** The rule of most kinds. */
export const dnsSubdomainName: NameRule = forNameOrPrefix(dns1123SubdomainProblems);
/** Namespaces and kinds whose names become host names. */
export const dnsLabelName: NameRule = forNameOrPrefix(dns1123LabelProblems);
/** RBAC kinds and others that accept anything that fits in a path. */
export const pathSegmentName: NameRule = (name, isPrefix) => (isPrefix && (name === '.' || name === '..') ? [] : pathSegmentProblems(name));

const totalAnnotationBytesLimit = 262_144;

/** Upstream's `ValidateObjectMeta`. `path` is usually `metadata`. */
export function validateObjectMeta(meta: ObjectMeta, namespaced: boolean, nameRule: NameRule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (meta.generateName)
    errors.push(...nameRule(meta.generateName, true).map((detail) => fieldError.invalid(`${path}.generateName`, meta.generateName, detail)));
  if (!meta.name) errors.push(fieldError.required(`${path}.name`, 'name or generateName is required'));
  else errors.push(...nameRule(meta.name, false).map((detail) => fieldError.invalid(`${path}.name`, meta.name, detail)));
  if (!namespaced && meta.namespace) errors.push(fieldError.forbidden(`${path}.namespace`, 'not allowed on this type'));
  else if (namespaced && !meta.namespace) errors.push(fieldError.required(`${path}.namespace`));
  else if (meta.namespace)
    errors.push(...dns1123LabelProblems(meta.namespace).map((detail) => fieldError.invalid(`${path}.namespace`, meta.namespace, detail)));
  if ((meta.generation ?? 0) < 0) errors.push(fieldError.invalid(`${path}.generation`, meta.generation, mustNotBeNegative));
  // Not pushed: there may be more of them than a call takes arguments.
  return errors.concat(
    validateLabels(meta.labels, `${path}.labels`),
    validateAnnotations(meta.annotations, `${path}.annotations`),
    validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`),
    validateFinalizers(meta.finalizers, `${path}.finalizers`),
    validateManagedFields(meta.managedFields, `${path}.managedFields`),
  );
}

const mustNotBeNegative = 'must be greater than or equal to 0';
const isImmutable = 'field is immutable';

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Finalizers of built-in kinds name the domain of whoever removes them; those of custom resources need not. What is there already may stay. */
export function validateFinalizerDomains(finalizers: readonly string[] | undefined, old: readonly string[] | undefined, path: string): FieldError[] {
  const before = new Set(old);
  return (finalizers ?? []).flatMap((finalizer, index) =>
    finalizer.includes('/') || standardFinalizers.has(finalizer) || before.has(finalizer)
      ? []
      : [fieldError.invalid(`${path}[${index}]`, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')],
  );
}

/** Upstream's `ValidateObjectMetaUpdate`: what may not change, and what may not be added to an object that is being deleted. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (meta[field] !== old[field]) errors.push(fieldError.invalid(`${path}.${field}`, meta[field], isImmutable));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) errors.push(fieldError.invalid(`${path}.generation`, meta.generation, 'must not be decremented'));
  if (!meta.resourceVersion) errors.push(fieldError.invalid(`${path}.resourceVersion`, meta.resourceVersion ?? '', 'must be specified for an update'));
  if (old.deletionTimestamp) {
    const before = new Set(old.finalizers);
    const added = [...new Set(meta.finalizers)].filter((finalizer) => !before.has(finalizer)).sort();
    if (added.length > 0) {
      errors.push(
        fieldError.forbidden(`${path}.finalizers`, `no new finalizers can be added if the object is being deleted, found new finalizers ${goStrings(added)}`),
      );
    }
  }
  return errors;
}

const goStrings = (texts: readonly string[]): string => `[]string{${texts.map((text) => JSON.stringify(text)).join(', ')}}`;

/** No more faults are looked for in a map that has so many. */
const enoughErrors = 10_000;

/** Keys and values of a label map. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (errors.length >= enoughErrors) break;
    errors.push(...validateLabelKey(key, path));
    errors.push(...labelValueProblems(value).map((detail) => fieldError.invalid(path, value, detail)));
  }
  return errors;
}

/** A label key: a qualified name. */
export const validateLabelKey = (key: string, path: string): FieldError[] => qualifiedNameProblems(key).map((detail) => fieldError.invalid(path, key, detail));

/** Keys of annotations, and 256 KiB for keys and values together. */
export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    errors.push(...qualifiedNameProblems(key.toLowerCase()).map((detail) => fieldError.invalid(path, key, detail)));
    total += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (total > totalAnnotationBytesLimit) errors.push(fieldError.tooLong(path, totalAnnotationBytesLimit));
  return errors;
}

function validateOwnerReferences(references: readonly OwnerReference[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: OwnerReference | undefined;
  // Upstream does not say which of them it is.
  for (const reference of references ?? []) {
    const required = (field: 'kind' | 'name' | 'uid', detail: string): void => {
      if (!reference[field]) errors.push(fieldError.invalid(`${path}.${field}`, reference[field] ?? '', detail));
    };
    const version = (reference.apiVersion ?? '').split('/').at(-1);
    if (!version) errors.push(fieldError.invalid(`${path}.apiVersion`, reference.apiVersion ?? '', 'version must not be empty'));
    required('kind', 'must not be empty');
    required('name', 'must not be empty');
    required('uid', 'must not be empty');
    if (reference.kind === 'Event' && (reference.apiVersion === 'v1' || reference.apiVersion === 'events.k8s.io/v1')) {
      const groupVersion = reference.apiVersion === 'v1' ? '/v1' : reference.apiVersion;
      errors.push(fieldError.invalid(path, reference, `${groupVersion}, Kind=Event is disallowed from being an owner`));
    }
    if (!reference.controller) continue;
    if (controller) {
      errors.push(
        fieldError.invalid(
          path,
          references,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller.kind}/${controller.name} and ${reference.kind}/${reference.name}`,
        ),
      );
    } else controller = reference;
  }
  return errors;
}

function validateFinalizers(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const finalizer of finalizers ?? []) {
    errors.push(...qualifiedNameProblems(finalizer).map((detail) => fieldError.invalid(path, finalizer, detail)));
  }
  if (finalizers?.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(fieldError.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

function validateManagedFields(entries: readonly ManagedFieldsEntry[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, entry] of (entries ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (entry.operation !== 'Apply' && entry.operation !== 'Update')
      errors.push(fieldError.invalid(`${at}.operation`, entry.operation ?? '', 'must be `Apply` or `Update`'));
    if (entry.fieldsType !== undefined && entry.fieldsType !== 'FieldsV1')
      errors.push(fieldError.invalid(`${at}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'));
    if ((entry.manager?.length ?? 0) > 128) errors.push(fieldError.tooLong(`${at}.manager`, 128));
  }
  return errors;
}

/** For fields that never change. */
export const validateImmutable = (value: unknown, old: unknown, path: string): FieldError[] =>
  sameValue(value, old) ? [] : [fieldError.invalid(path, value, isImmutable)];

/** For counts and seconds. */
export const validateNotNegative = (value: number | undefined, path: string): FieldError[] =>
  value !== undefined && value < 0 ? [fieldError.invalid(path, value, mustNotBeNegative)] : [];
