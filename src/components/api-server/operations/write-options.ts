import { type FieldError, fieldError, invalid } from '../../../api/status.ts';
import { isTrue } from '../request-info.ts';
import type { WriteRequestOptions } from './context.ts';

/** The same by name, as clients in this process give it. */
export interface RawWriteOptions {
  readonly dryRun?: readonly string[];
  readonly fieldManager?: string;
  readonly fieldValidation?: string;
  readonly force?: boolean;
}

export function rawWriteOptions(query: URLSearchParams): RawWriteOptions {
  const fieldManager = query.get('fieldManager');
  const fieldValidation = query.get('fieldValidation');
  return {
    ...(query.has('dryRun') ? { dryRun: query.getAll('dryRun') } : {}),
    ...(fieldManager === null ? {} : { fieldManager }),
    ...(fieldValidation === null ? {} : { fieldValidation }),
    ...(query.has('force') ? { force: isTrue(query.get('force')) } : {}),
  };
}

const usual: WriteRequestOptions = Object.freeze({ dryRun: false, fieldManager: '', fieldValidation: 'Warn', force: false });

/** Checks the options of a write. `kind` is `CreateOptions`, `UpdateOptions` or `PatchOptions`. Throws ApiError 422. */
export function checkWriteOptions(raw: RawWriteOptions, kind: string, isApply = false): WriteRequestOptions {
  if (!isApply && raw.dryRun === undefined && raw.fieldManager === undefined && raw.fieldValidation === undefined && raw.force === undefined) return usual;
  const errors: FieldError[] = [];
  if (raw.force !== undefined && !isApply && kind === 'PatchOptions') errors.push(fieldError.forbidden('force', 'may not be specified for non-apply patch'));
  errors.push(...managerErrors(raw.fieldManager ?? '', isApply), ...dryRunErrors(raw.dryRun ?? []), ...validationErrors(raw.fieldValidation ?? ''));
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
  return {
    dryRun: (raw.dryRun?.length ?? 0) > 0,
    fieldManager: raw.fieldManager ?? '',
    force: raw.force ?? false,
    fieldValidation: (raw.fieldValidation || 'Warn') as WriteRequestOptions['fieldValidation'],
  };
}

/** `All` is the only value there is. */
export const dryRunErrors = (values: readonly string[]): FieldError[] =>
  values.every((value) => value === 'All') ? [] : [fieldError.notSupported('dryRun', values, ['All'])];

function managerErrors(manager: string, isApply: boolean): FieldError[] {
  if (manager === '') return isApply ? [fieldError.required('fieldManager', 'is required for apply patch')] : [];
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > 128) errors.push(fieldError.tooLong('fieldManager', 128));
  let position = 0;
  for (const character of manager) {
    if (unprintable.test(character) && errors.length < listedCharacters) {
      const number = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      errors.push(fieldError.invalid('fieldManager', manager, `invalid character U+${number} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}

/** What Go's `unicode.IsPrint` refuses. */
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const listedCharacters = 129;

const validationErrors = (value: string): FieldError[] =>
  ['', 'Ignore', 'Warn', 'Strict'].includes(value) ? [] : [fieldError.notSupported('fieldValidation', value, ['', 'Ignore', 'Strict', 'Warn'])];
