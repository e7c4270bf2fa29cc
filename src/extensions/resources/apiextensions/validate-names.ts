import type { CustomResourceDefinitionNames } from '../../../api/generated/apiextensions-v1.ts';
import { dns1035LabelProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { eachAt } from '../core/field-checks.ts';

type Names = Loose<CustomResourceDefinitionNames>;
const fields = ['plural', 'singular', 'kind', 'listKind'] as const;

/** Names that a definition must have. */
export const requiredNameErrors = (names: Names): FieldError[] =>
  fields.filter((field) => !names[field]).map((field) => fieldError.required(`spec.names.${field}`));

/** Names as they may be, wanted ones and accepted ones. */
export function nameErrors(names: Names, path: string): FieldError[] {
  const { kind, listKind } = names;
  return [
    ...fields.flatMap((field) => (names[field] ? labelErrors(names[field], `${path}.${field}`, field === 'kind' || field === 'listKind') : [])),
    ...eachAt(names.shortNames, `${path}.shortNames`, (name, at) => labelErrors(name, at, false)),
    ...(kind && kind === listKind ? [fieldError.invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same')] : []),
    ...eachAt(names.categories, `${path}.categories`, (name, at) => labelErrors(name, at, false)),
  ];
}

function labelErrors(name: string, path: string, isKind: boolean): FieldError[] {
  const problems = dns1035LabelProblems(isKind ? name.toLowerCase() : name).join(',');
  if (problems === '') return [];
  return [fieldError.invalid(path, name, isKind ? `may have mixed case, but should otherwise match: ${problems}` : problems)];
}
