import type { Secret } from '../../../api/generated/core-v1.ts';
import { secrets } from '../../../api/generated/resource-types.ts';
import { configMapKeyProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { dataBytesLimit, validateFrozenData } from './config-maps.ts';
import { problemsAt } from './field-checks.ts';

const serviceAccountAnnotation = 'kubernetes.io/service-account.name';

/** core/v1 `secrets`. */
export function secretDefinition(): ResourceDefinition {
  return defineBuiltIn(secrets, {
    columns: [
      nameColumn,
      { name: 'Type', description: 'What the data is for.', cell: (secret) => secret.type ?? '' },
      { name: 'Data', description: 'How many entries it has.', cell: (secret) => Object.keys(secret.data ?? {}).length },
      ageColumn,
    ],
    applyDefaults(draft) {
      foldStringData(draft);
      draft.type ||= 'Opaque';
    },
    validate,
    validateUpdate: (secret, old) => [...validateImmutable(secret.type, old.type, 'type'), ...validateFrozenData(secret, old, ['data'])],
    selectableFields: { type: (secret) => secret.type },
  });
}

/** `stringData` is for writing only: its entries become base64 in `data`, over those of the same key. */
function foldStringData(draft: Draft<Secret>): void {
  if (!draft.stringData) return;
  const encoded = Object.entries(draft.stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  if (encoded.length > 0) draft.data = { ...draft.data, ...(Object.fromEntries(encoded) as Record<string, string>) };
  delete draft.stringData;
}

function validate(secret: Draft<Secret>): FieldError[] {
  const errors: FieldError[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    errors.push(...problemsAt(configMapKeyProblems, key, `data[${key}]`));
    total += Buffer.byteLength(value, 'base64');
  }
  if (total > dataBytesLimit) errors.push(fieldError.tooLong('data', dataBytesLimit));
  return [...errors, ...validateType(secret)];
}

/** What secrets of known types must hold. */
function validateType({ metadata, type, data = {} }: Draft<Secret>): FieldError[] {
  const required = (...keys: string[]): FieldError[] => keys.filter((key) => data[key] === undefined).map((key) => fieldError.required(`data[${key}]`));
  switch (type) {
    case 'kubernetes.io/service-account-token':
      return metadata.annotations?.[serviceAccountAnnotation] ? [] : [fieldError.required(`metadata.annotations[${serviceAccountAnnotation}]`)];
    case 'kubernetes.io/dockercfg':
      return validateJson(data, '.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return validateJson(data, '.dockerconfigjson');
    case 'kubernetes.io/basic-auth':
      return data['username'] === undefined && data['password'] === undefined ? required('username', 'password') : [];
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [fieldError.required('data[ssh-privatekey]')];
    case 'kubernetes.io/tls':
      return required('tls.crt', 'tls.key');
    default:
      return [];
  }
}

function validateJson(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const value = data[key];
  if (value === undefined) return [fieldError.required(`data[${key}]`)];
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value, 'base64').toString());
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return [];
    return [fieldError.invalid(`data[${key}]`, '<secret contents redacted>', 'json: cannot unmarshal into Go value of type map[string]interface {}')];
  } catch {
    // The parser's message would quote the secret.
    return [fieldError.invalid(`data[${key}]`, '<secret contents redacted>', 'invalid character in JSON')];
  }
}
