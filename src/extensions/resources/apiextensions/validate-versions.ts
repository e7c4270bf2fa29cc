import { canonicalText } from '../../../api/custom-schema/canonical-text.ts';
import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { oneOfAt } from '../core/field-checks.ts';
import { type DefinitionView, type Spec, type Version, versionPath } from './definition-view.ts';
import { internalVersions } from './internal-form.ts';
import { hasSchema } from './schema/props.ts';
import type { SchemaOptions } from './validate-schema.ts';

/** The group, the scope, and the list of versions. */
export function versionErrors(view: DefinitionView, options: SchemaOptions): FieldError[] {
  const { spec, versions } = view;
  const names = versions.map((version) => version.name ?? '');
  const errors = [...groupErrors(spec), ...oneOfAt(spec.scope, ['Cluster', 'Namespaced'], 'spec.scope'), ...missingSchemaErrors(view, options)];
  if (spec.preserveUnknownFields === true && view.schemas.some(({ props }) => hasSchema(props, (schema) => schema.default !== undefined)))
    errors.push(fieldError.invalid('spec.preserveUnknownFields', true, 'must be false in order to use defaults in the schema'));
  for (const [index, version] of versions.entries()) errors.push(...ownErrors(version, versionPath(index)));
  if (new Set(names).size < names.length) errors.push(fieldError.invalid('spec.versions', internalVersions(view), 'must contain unique version names'));
  if (versions.filter((version) => version.storage).length !== 1) {
    // Upstream has nothing to show when there is no version at all.
    const shown = versions.length > 0 ? internalVersions(view) : (spec.versions ?? null);
    errors.push(fieldError.invalid('spec.versions', shown, 'must have exactly one version marked as storage version'));
  }
  const [first] = names;
  if (first) errors.push(...problems(dns1035LabelProblems(first), first, 'spec.version'));
  return errors;
}

function groupErrors({ group = '' }: Spec): FieldError[] {
  if (group === '') return [fieldError.required('spec.group')];
  const found = problems(dns1123SubdomainProblems(group), group, 'spec.group');
  return found.length > 0 || group.includes('.') ? found : [fieldError.invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function missingSchemaErrors({ spec, versions, sharedSchema }: DefinitionView, { requiresSchema }: SchemaOptions): FieldError[] {
  if (sharedSchema || (!requiresSchema && spec.preserveUnknownFields)) return [];
  const isMissing = (version: Version): boolean => !version.schema?.openAPIV3Schema && (requiresSchema || version.served === true);
  const detail = requiresSchema ? '' : 'because otherwise all fields are pruned';
  return versions.flatMap((version, index) => (isMissing(version) ? [fieldError.required(`${versionPath(index)}.schema.openAPIV3Schema`, detail)] : []));
}

function ownErrors({ name = '', deprecated, deprecationWarning }: Version, path: string): FieldError[] {
  const at = `${path}.deprecationWarning`;
  return [
    ...problems(dns1035LabelProblems(name), name, `${path}.name`),
    ...warningProblems(deprecated === true, deprecationWarning).map((detail) => fieldError.invalid(at, deprecationWarning, detail)),
  ];
}

const maximumWarningLength = 256;

function warningProblems(isDeprecated: boolean, warning: string | undefined): string[] {
  if (warning === undefined) return [];
  if (!isDeprecated) return ['can only be set for deprecated versions'];
  const found: string[] = [];
  if (Buffer.byteLength(warning) > maximumWarningLength) found.push('must be <= 256 characters long');
  if (warning === '') found.push('must not be an empty string');
  const stray = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  if (stray) {
    const index = Buffer.byteLength(warning.slice(0, stray.index));
    found.push(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
  }
  return found;
}

/** What versions said before an update, as text: a list that is too long may stay as it is. The shared one has the name `''`. */
export function oldSelectableFields({ versions, hasSharedSelectableFields }: DefinitionView): ReadonlyMap<string, string> {
  const [first] = versions;
  if (hasSharedSelectableFields && first) return new Map([['', canonicalText(first.selectableFields ?? [])]]);
  return new Map(versions.map((version) => [version.name ?? '', canonicalText(version.selectableFields ?? [])]));
}

/** Several problems of one value are one error. */
const problems = (details: readonly string[], value: string, path: string): FieldError[] =>
  details.length > 0 ? [fieldError.invalid(path, value, details.join(','))] : [];
