import type { CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionVersion } from '../../../api/generated/apiextensions-v1.ts';
import { customresourcedefinitions } from '../../../api/generated/resource-types.ts';
import { dns1035LabelProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { createdAtColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { validateWebhookClient } from '../admissionregistration/webhook-client-validation.ts';
import { dnsSubdomainAt, duplicates, eachAt, oneOfAt, optionalOneOfAt, problemsAt, requiredAt } from '../core/field-checks.ts';

type Spec = NonNullable<Draft<CustomResourceDefinition>['spec']>;
const finalizer = 'customresourcecleanup.apiextensions.k8s.io';
const protectedGroup = /(?:^|\.)(?:k8s|kubernetes)\.io$/;
const approvalAnnotation = 'api-approved.kubernetes.io';

/** apiextensions.k8s.io/v1 `customresourcedefinitions`: the objects. What serves the resources they define is a controller of its own. */
export function customResourceDefinitionDefinition(): ResourceDefinition {
  return defineBuiltIn(customresourcedefinitions, {
    columns: [nameColumn, createdAtColumn],
    applyDefaults,
    prepareForCreate(draft) {
      const stored = draft.spec?.versions?.filter((version) => version.storage).map((version) => version.name ?? '') ?? [];
      draft.status = { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: stored };
    },
    prepareForUpdate(draft, old) {
      const storage = draft.spec?.versions?.find((version) => version.storage)?.name;
      const known = old.status?.storedVersions ?? [];
      if (storage && !known.includes(storage)) draft.status = { ...draft.status, storedVersions: [...known, storage] };
    },
    beginDelete(draft) {
      // Its objects go before it does.
      const finalizers = draft.metadata.finalizers ?? [];
      if (
        !finalizers.includes(finalizer) &&
        (draft.status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') ?? false)
      )
        draft.metadata.finalizers = [...finalizers, finalizer];
    },
    validate,
    validateUpdate,
    status: { validateUpdate: validateStoredVersions },
  });
}

function applyDefaults(draft: Draft<CustomResourceDefinition>): void {
  const spec = (draft.spec ??= {});
  spec.scope ??= 'Namespaced';
  const names = (spec.names ??= {});
  names.singular ||= names.kind?.toLowerCase();
  names.listKind ||= names.kind ? `${names.kind}List` : undefined;
  const conversion = (spec.conversion ??= {});
  conversion.strategy ??= 'None';
  if (conversion.webhook?.clientConfig?.service) conversion.webhook.clientConfig.service.port ??= 443;
  for (const version of spec.versions ?? []) {
    for (const column of version.additionalPrinterColumns ?? []) if (column.priority === 0) delete column.priority;
  }
}

function validate({ metadata, spec = {} }: Draft<CustomResourceDefinition>): FieldError[] {
  const errors: FieldError[] = [];
  const wantedName = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`;
  if (metadata.name && metadata.name !== wantedName)
    errors.push(fieldError.invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'));
  if (protectedGroup.test(spec.group ?? '') && metadata.annotations?.[approvalAnnotation] === undefined) {
    errors.push(
      fieldError.required(
        `metadata.annotations[${approvalAnnotation}]`,
        'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ),
    );
  }
  return [
    ...errors,
    ...validateGroup(spec.group ?? ''),
    ...optionalOneOfAt(spec.scope, ['Cluster', 'Namespaced'], 'spec.scope'),
    ...validateVersions(spec.versions ?? []),
    ...validateNames(spec.names ?? {}),
    ...validateConversion(spec),
    ...(spec.preserveUnknownFields ? [fieldError.invalid('spec.preserveUnknownFields', true, 'must be false in order to use defaults in the schema')] : []),
  ];
}

function validateGroup(group: string): FieldError[] {
  if (group === '') return [fieldError.required('spec.group')];
  const errors = dnsSubdomainAt(group, 'spec.group');
  return group.includes('.') ? errors : [...errors, fieldError.invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function validateVersions(versions: readonly Loose<CustomResourceDefinitionVersion>[]): FieldError[] {
  const path = 'spec.versions';
  const storage = versions.filter((version) => version.storage).length;
  const names = versions.map((version) => version.name ?? '');
  const errors = versions.length === 0 ? [fieldError.required(path, 'must have at least one version')] : [];
  errors.push(
    ...eachAt(versions, path, (version, at) => [
      ...problemsAt(dns1035LabelProblems, version.name ?? '', `${at}.name`),
      ...(version.schema?.openAPIV3Schema ? [] : [fieldError.required(`${at}.schema.openAPIV3Schema`, 'schemas are required')]),
      ...(version.deprecationWarning !== undefined && !version.deprecated
        ? [fieldError.invalid(`${at}.deprecationWarning`, version.deprecationWarning, 'can only be set for deprecated versions')]
        : []),
      ...eachAt(version.additionalPrinterColumns, `${at}.additionalPrinterColumns`, (column, columnPath) => [
        ...requiredAt(column.name, `${columnPath}.name`),
        ...oneOfAt(column.type, ['boolean', 'date', 'integer', 'number', 'string'], `${columnPath}.type`),
        ...requiredAt(column.jsonPath, `${columnPath}.JSONPath`),
      ]),
    ]),
  );
  if (new Set(names).size < names.length) errors.push(fieldError.invalid(path, names, 'must contain unique version names'));
  if (versions.length > 0 && storage !== 1) errors.push(fieldError.invalid(path, names, 'must have exactly one version marked as storage version'));
  return errors;
}

function validateNames(names: Loose<CustomResourceDefinitionNames>): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const) {
    const name = names[field] ?? '';
    const isKind = field === 'kind' || field === 'listKind';
    if (name === '') errors.push(fieldError.required(`spec.names.${field}`));
    else
      errors.push(
        ...problemsAt(dns1035LabelProblems, isKind ? name.toLowerCase() : name, `spec.names.${field}`).map((error) =>
          isKind ? { ...error, value: name, detail: `may have mixed case, but should otherwise match: ${error.detail ?? ''}` } : error,
        ),
      );
  }
  if (names.kind && names.kind === names.listKind)
    errors.push(fieldError.invalid('spec.names.listKind', names.listKind, 'kind and listKind may not be the same'));
  const duplicate = duplicates();
  for (const field of ['shortNames', 'categories'] as const) {
    errors.push(
      ...eachAt(names[field], `spec.names.${field}`, (name, path) => [
        ...problemsAt(dns1035LabelProblems, name, path),
        ...(field === 'shortNames' ? duplicate(name, path) : []),
      ]),
    );
  }
  return errors;
}

function validateConversion({ conversion }: Spec): FieldError[] {
  const path = 'spec.conversion';
  const errors = oneOfAt(conversion?.strategy, ['None', 'Webhook'], `${path}.strategy`);
  const webhook = conversion?.webhook;
  if (conversion?.strategy !== 'Webhook')
    return webhook ? [...errors, fieldError.forbidden(`${path}.webhook`, 'should not be set when strategy is not set to Webhook')] : errors;
  if (!webhook?.clientConfig) return [...errors, fieldError.required(`${path}.webhook.clientConfig`, 'required when strategy is set to Webhook')];
  errors.push(...validateWebhookClient(webhook.clientConfig, `${path}.webhook.clientConfig`));
  const versions = webhook.conversionReviewVersions ?? [];
  if (versions.length === 0) return [...errors, fieldError.required(`${path}.webhook.conversionReviewVersions`)];
  const isKnown = versions.some((version) => version === 'v1' || version === 'v1beta1');
  return isKnown ? errors : [...errors, fieldError.invalid(`${path}.webhook.conversionReviewVersions`, versions, 'must include at least one of v1, v1beta1')];
}

function validateUpdate(definition: Draft<CustomResourceDefinition>, old: Draft<CustomResourceDefinition>): FieldError[] {
  const established = old.status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') ?? false;
  return [
    ...validateImmutable(definition.spec?.group, old.spec?.group, 'spec.group'),
    ...validateImmutable(definition.spec?.names?.plural, old.spec?.names?.plural, 'spec.names.plural'),
    ...(established
      ? [
          ...validateImmutable(definition.spec?.scope, old.spec?.scope, 'spec.scope'),
          ...validateImmutable(definition.spec?.names?.kind, old.spec?.names?.kind, 'spec.names.kind'),
        ]
      : []),
    ...validateStoredVersions(definition),
  ];
}

/** A version in which objects are stored cannot be dropped. */
function validateStoredVersions({ spec, status }: Draft<CustomResourceDefinition>): FieldError[] {
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [fieldError.invalid('status.storedVersions', stored, 'must have at least one stored version')];
  const versions = spec?.versions?.map((version) => version.name) ?? [];
  return eachAt(stored, 'status.storedVersions', (name, path) =>
    versions.includes(name)
      ? []
      : [
          fieldError.invalid(
            path,
            name,
            `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
          ),
        ],
  );
}
