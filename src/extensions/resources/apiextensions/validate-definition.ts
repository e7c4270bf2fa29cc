/** Validation of CustomResourceDefinition objects (apiextensions `pkg/apis/apiextensions/validation`). */
import { type FieldError, fieldError } from '../../../api/status.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { approvalErrors, approvalState } from './api-approval.ts';
import { type Definition, DefinitionView, isEstablished, type Spec } from './definition-view.ts';
import type { RuleSupport } from './schema/rule-compiler.ts';
import { allowsInvalidBundle, conversionErrors, hasRecognizedReviewVersion } from './validate-conversion.ts';
import { nameErrors, requiredNameErrors } from './validate-names.ts';
import { schemaErrors, strictSchemaOptions, updateSchemaOptions } from './validate-schema.ts';
import { columnErrors, selectableFieldErrors, subresourceErrors } from './validate-version-fields.ts';
import { oldSelectableFields, versionErrors } from './validate-versions.ts';

/** What is wrong with a new definition. `rules` brings the rule language; without it rules are held against their syntax only. */
export function definitionErrors(definition: Definition, rules: RuleSupport = {}): FieldError[] {
  const spec = definition.spec ?? {};
  const view = new DefinitionView(spec);
  const wantedName = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`;
  const { name } = definition.metadata;
  return [
    ...(name && name !== wantedName ? [fieldError.invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')] : []),
    ...specErrors(view, { schema: strictSchemaOptions, requiresRecognizedReview: true, allowsInvalidBundle: true, oldFields: new Map(), rules }),
    ...statusErrors(definition),
    ...approvalErrors(definition, undefined),
    ...preservingErrors(spec, undefined),
  ];
}

/** What is wrong with a changed definition. Faults that the old one had may stay where upstream lets them. */
export function definitionUpdateErrors(definition: Definition, old: Definition, rules: RuleSupport = {}): FieldError[] {
  const spec = definition.spec ?? {};
  const oldSpec = old.spec ?? {};
  const view = new DefinitionView(spec);
  const oldView = new DefinitionView(oldSpec);
  const errors = specErrors(view, {
    schema: updateSchemaOptions(view, oldView),
    requiresRecognizedReview: hasRecognizedReviewVersion(oldSpec),
    allowsInvalidBundle: allowsInvalidBundle(old),
    oldFields: oldSelectableFields(oldView),
    rules,
  });
  return [
    ...errors,
    ...immutableErrors(spec, oldSpec, isEstablished(old)),
    ...statusErrors(definition),
    ...approvalErrors(definition, approvalState(old).state),
    ...preservingErrors(spec, oldSpec),
  ];
}

/** What is wrong with a changed status. */
export const definitionStatusErrors = ({ status }: Definition): FieldError[] => nameErrors(status?.acceptedNames ?? {}, 'status.acceptedNames');

interface SpecOptions {
  readonly schema: ReturnType<typeof updateSchemaOptions>;
  /** A conversion webhook must read a review version that the server writes. */
  readonly requiresRecognizedReview: boolean;
  readonly allowsInvalidBundle: boolean;
  readonly oldFields: ReturnType<typeof oldSelectableFields>;
  readonly rules: RuleSupport;
}

function specErrors(view: DefinitionView, options: SpecOptions): FieldError[] {
  const { spec } = view;
  const isPreserving = spec.preserveUnknownFields === true;
  return [
    ...versionErrors(view, options.schema),
    ...requiredNameErrors(spec.names ?? {}),
    ...nameErrors(spec.names ?? {}, 'spec.names'),
    ...schemaErrors(view, options.schema, options.rules),
    ...view.subresources.flatMap(({ value, path }) => subresourceErrors(value, path)),
    ...view.columns.flatMap(({ value, path }) => columnErrors(value, path)),
    ...selectableFieldErrors(view, options.oldFields),
    ...(isPreserving && spec.conversion?.strategy !== undefined && spec.conversion.strategy !== 'None'
      ? [fieldError.invalid('spec.conversion.strategy', spec.conversion.strategy, 'must be None if spec.preserveUnknownFields is true')]
      : []),
    ...conversionErrors(spec, options),
  ];
}

function immutableErrors(spec: Spec, old: Spec, isOldEstablished: boolean): FieldError[] {
  return [
    ...(isOldEstablished
      ? [...validateImmutable(spec.scope, old.scope, 'spec.scope'), ...validateImmutable(spec.names?.kind, old.names?.kind, 'spec.names.kind')]
      : []),
    ...validateImmutable(spec.group, old.group, 'spec.group'),
    ...validateImmutable(spec.names?.plural, old.names?.plural, 'spec.names.plural'),
  ];
}

const statusErrors = (definition: Definition): FieldError[] => [...definitionStatusErrors(definition), ...storedVersionErrors(definition)];

/** Objects may be stored in every version listed: none of them may go. */
function storedVersionErrors({ spec, status }: Definition): FieldError[] {
  const path = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [fieldError.invalid(path, null, 'must have at least one stored version')];
  const versions = spec?.versions ?? [];
  const errors = versions
    .filter((version) => version.storage && !stored.includes(version.name ?? ''))
    .map((version) => fieldError.invalid(path, stored, `must have the storage version ${version.name}`));
  const indexes = new Map(stored.map((name, index) => [name, index]));
  for (const version of versions) indexes.delete(version.name ?? '');
  for (const [name, index] of indexes) {
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(fieldError.invalid(`${path}[${index}]`, name, detail));
  }
  return errors;
}

/** Only definitions that preserved unknown fields as a whole before this was refused may go on doing so. */
function preservingErrors(spec: Spec, old: Spec | undefined): FieldError[] {
  if (old?.preserveUnknownFields === true || spec.preserveUnknownFields !== true) return [];
  const detail = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [fieldError.invalid('spec.preserveUnknownFields', true, detail)];
}
