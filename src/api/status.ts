import type { Status, StatusCause } from './generated/meta-v1.ts';
import { floatText } from './go-numbers.ts';

export type { Status, StatusCause };

/** Upstream's closed set of reasons; `''` is Unknown. */
export type StatusReason = NonNullable<Status['reason']>;

/** A refusal the API answers with: a Kubernetes `Status`. Thrown by servers and clients alike; `cause` keeps the fault behind it. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: StatusReason;
  readonly details: Status['details'];
  constructor(code: number, reason: StatusReason, message: string, options: { details?: Status['details']; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = options.details;
  }

  /** The wire form. */
  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }

  /** Reads a `Status` that a server sent. */
  static fromStatus(status: Status): ApiError {
    return new ApiError(status.code ?? 500, status.reason ?? '', status.message ?? 'unknown', status.details ? { details: status.details } : {});
  }
}

type Subject = { group: string; resource: string };
const qualified = (subject: Subject): string => (subject.group === '' ? subject.resource : `${subject.resource}.${subject.group}`);
const detailsOf = (subject: Subject, name: string): Status['details'] => ({
  ...(name ? { name } : {}),
  ...(subject.group ? { group: subject.group } : {}),
  kind: subject.resource,
});

export const notFound = (subject: Subject, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${qualified(subject)} "${name}" not found`, { details: detailsOf(subject, name) });

export const alreadyExists = (subject: Subject, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', `${qualified(subject)} "${name}" already exists`, { details: detailsOf(subject, name) });

export const conflict = (subject: Subject, name: string, why: string): ApiError =>
  new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`, { details: detailsOf(subject, name) });

/** Upstream's wording of an optimistic-lock failure. */
export const modified = (subject: Subject, name: string): ApiError =>
  conflict(subject, name, 'the object has been modified; please apply your changes to the latest version and try again');

export const forbidden = (subject: Subject, name: string, why: string): ApiError =>
  new ApiError(403, 'Forbidden', `${qualified(subject)}${name ? ` "${name}"` : ''} is forbidden: ${why}`, { details: detailsOf(subject, name) });

export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message);
export const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized');
export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  new ApiError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`);
export const notAcceptable = (accepted: readonly string[]): ApiError =>
  new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);
export const methodNotAllowed = (subject: Subject, verb: string): ApiError =>
  new ApiError(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${qualified(subject)}"`, { details: detailsOf(subject, '') });
export const tooLarge = (message: string): ApiError => new ApiError(413, 'RequestEntityTooLarge', message);
export const expired = (message: string): ApiError => new ApiError(410, 'Expired', message);
export const unavailable = (message: string, cause?: unknown): ApiError => new ApiError(503, 'ServiceUnavailable', message, { cause });
export const internalError = (message: string, cause?: unknown): ApiError =>
  new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, { details: { causes: [{ message }] }, cause });

/** How many field errors one answer lists, and how much text: an object has room for more faults than anyone reads. */
const listedErrors = 1_000;
const listedCharacters = 256 * 1024;
const valueCharacters = 8 * 1024;

/** 422 with one cause per field error, worded as upstream's `field.ErrorList`. Of very many, or very long ones, the first; the message says how many are left out. */
export function invalid(kind: { group: string; kind: string }, name: string, errors: readonly FieldError[]): ApiError {
  const qualifiedKind = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const listed: { readonly error: FieldError; readonly text: string }[] = [];
  for (let rest = listedCharacters; listed.length < Math.min(errors.length, listedErrors) && rest > 0; rest -= listed.at(-1)!.text.length) {
    const error =
      errors[listed.length]!.path.length > valueCharacters
        ? { ...errors[listed.length]!, path: shortened(errors[listed.length]!.path) }
        : errors[listed.length]!;
    listed.push({ error, text: fieldErrorText(error) });
  }
  const unique = [...new Set(listed.map(({ text }) => text))];
  if (errors.length > listed.length) unique.push(`and ${errors.length - listed.length} more errors`);
  const list = unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`;
  const causes: StatusCause[] = listed.map(({ error, text }) => ({ reason: error.type, message: text.slice(error.path.length + 2), field: error.path }));
  return new ApiError(422, 'Invalid', `${qualifiedKind} "${name}" is invalid: ${list}`, {
    details: { ...(name ? { name } : {}), ...(kind.group ? { group: kind.group } : {}), ...(kind.kind ? { kind: kind.kind } : {}), causes },
  });
}

/** One refused field. `path` is upstream's: `spec.containers[0].resources.limits[cpu]`. */
export interface FieldError {
  readonly path: string;
  readonly type:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueNotFound'
    | 'FieldValueNotSupported'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'InternalError';
  /** Of types that show one; `omittedValue` where there is one too large to show. */
  readonly value?: unknown;
  readonly detail?: string;
}

/** Stands for a value that is not shown (upstream's `OmitValueType`). */
export const omittedValue: unique symbol = Symbol('omitted');

const labels: Record<FieldError['type'], string> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueForbidden: 'Forbidden',
  FieldValueNotFound: 'Not found',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
};

/** A client sent it and knows it: of a very long value its beginning will do. */
const shortened = (text: string): string =>
  text.length <= valueCharacters ? text : `${text.slice(0, valueCharacters)}... (${text.length - valueCharacters} more characters)`;

/** `<path>: <Type>: <value>: <detail>` (upstream `field.Error.Error`). Required, Forbidden, TooLong and InternalError carry no value. */
export function fieldErrorText(error: FieldError): string {
  const valueless =
    error.type === 'FieldValueRequired' || error.type === 'FieldValueForbidden' || error.type === 'FieldValueTooLong' || error.type === 'InternalError';
  const value = valueless || error.value === omittedValue ? '' : `: ${shortened(valueText(error.value))}`;
  return `${error.path}: ${labels[error.type]}${value}${error.detail ? `: ${error.detail}` : ''}`;
}

/** Texts are quoted, fractions are written as Go's `%v` does, and all else as Go's JSON, which escapes what HTML could take for markup. */
function valueText(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return floatText(value);
  const text = JSON.stringify(value ?? null);
  return typeof value === 'object' ? text.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`) : text;
}

/** Shorthands for validators. */
export const fieldError = {
  required: (path: string, detail = ''): FieldError => ({ path, type: 'FieldValueRequired', detail }),
  invalid: (path: string, value: unknown, detail: string): FieldError => ({ path, type: 'FieldValueInvalid', value, detail }),
  duplicate: (path: string, value: unknown): FieldError => ({ path, type: 'FieldValueDuplicate', value }),
  forbidden: (path: string, detail: string): FieldError => ({ path, type: 'FieldValueForbidden', detail }),
  notFound: (path: string, value: unknown): FieldError => ({ path, type: 'FieldValueNotFound', value }),
  notSupported: (path: string, value: unknown, supported: readonly string[]): FieldError => ({
    path,
    type: 'FieldValueNotSupported',
    value,
    detail: `supported values: ${supported.map((text) => JSON.stringify(text)).join(', ')}`,
  }),
  tooLong: (path: string, maxLength: number): FieldError => ({ path, type: 'FieldValueTooLong', detail: `may not be more than ${maxLength} bytes` }),
};

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.reason === 'NotFound';
export const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.reason === 'Forbidden';
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.reason === 'Conflict';
export const isAlreadyExists = (error: unknown): boolean => error instanceof ApiError && error.reason === 'AlreadyExists';
export const isExpired = (error: unknown): boolean => error instanceof ApiError && (error.reason === 'Expired' || error.reason === 'Gone');
