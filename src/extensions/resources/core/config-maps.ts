import type { ConfigMap } from '../../../api/generated/core-v1.ts';
import { configmaps } from '../../../api/generated/resource-types.ts';
import { configMapKeyProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { problemsAt } from './field-checks.ts';

/** What the data of one ConfigMap or Secret may amount to. */
export const dataBytesLimit = 1_048_576;
const immutableDetail = 'field is immutable when `immutable` is set';

/** core/v1 `configmaps`. */
export function configMapDefinition(): ResourceDefinition {
  return defineBuiltIn(configmaps, {
    columns: [
      nameColumn,
      { name: 'Data', description: 'How many entries it has.', cell: (map) => Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length },
      ageColumn,
    ],
    validate,
    validateUpdate: (map, old) => validateFrozenData(map, old, ['data', 'binaryData']),
  });
}

function validate({ data = {}, binaryData = {} }: Draft<ConfigMap>): FieldError[] {
  const errors: FieldError[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...problemsAt(configMapKeyProblems, key, `data[${key}]`));
    if (Object.hasOwn(binaryData, key)) errors.push(fieldError.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    total += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...problemsAt(configMapKeyProblems, key, `binaryData[${key}]`));
    total += Buffer.byteLength(value, 'base64');
  }
  if (total > dataBytesLimit) errors.push(fieldError.tooLong('[]', dataBytesLimit));
  return errors;
}

type Frozen = { immutable?: boolean | undefined } & Readonly<Record<string, unknown>>;

/** ConfigMaps and Secrets marked immutable keep their data and their mark. */
export function validateFrozenData(object: Frozen, old: Frozen, fields: readonly string[]): FieldError[] {
  if (!old.immutable) return [];
  const errors = object.immutable ? [] : [fieldError.forbidden('immutable', immutableDetail)];
  return [...errors, ...fields.filter((field) => !sameValue(object[field], old[field])).map((field) => fieldError.forbidden(field, immutableDetail))];
}
