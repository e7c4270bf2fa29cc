/**
 * A structural schema: what a value may look like, in the vocabulary of CustomResourceDefinition schemas plus what built-in kinds need.
 * Built-in kinds and custom resources use the same one, so field validation, pruning, defaulting, patches, OpenAPI and `kubectl explain` have one source.
 */
export interface Schema {
  /** A shared schema by its id, such as `io.k8s.api.core.v1.PodSpec`; all else is absent but `description`, `default`, `nullable`, `mapType` and the patch strategy. */
  readonly ref?: string;
  /** How decode errors of built-in kinds call a named type that is not an object, such as `v1.Protocol`. */
  readonly goType?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  /** OpenAPI format: `int32`, `int64`, `double`, `byte`, `date-time`, and for wherry's own use `micro-time`, `quantity`. */
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly intOrString?: boolean;
  readonly preserveUnknownFields?: boolean;
  readonly embeddedResource?: boolean;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  /** Strategic merge patch: `merge`, `replace`, `retainKeys`, or two of them joined by a comma. */
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  /** CEL rules (`x-kubernetes-validations`), as the definition's author wrote them. */
  readonly rules?: readonly ValidationRule[];
  /** Shown by OpenAPI and nowhere else. */
  readonly title?: string;
  readonly example?: unknown;
  readonly externalDocs?: { readonly description?: string; readonly url?: string };
  /** Fields that field selectors may name, as OpenAPI tells of them: `{ fieldPath: 'spec.color' }`. */
  readonly selectable?: readonly { readonly fieldPath: string }[];
  /** Group, version and kind of the objects that this schema describes. */
  readonly kinds?: readonly { readonly group: string; readonly version: string; readonly kind: string }[];
}

/** One CEL rule of a custom resource's schema. `rule` answers whether `self` (and `oldSelf`) is good. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  /** CEL text that answers the message. */
  readonly messageExpression?: string;
  /** The field error's type; default `FieldValueInvalid`. */
  readonly reason?: 'FieldValueRequired' | 'FieldValueDuplicate' | 'FieldValueInvalid' | 'FieldValueForbidden';
  /** Path below the node, such as `.spec.replicas` or `['a.b']`, that the error names. */
  readonly fieldPath?: string;
  /** Whether a rule that reads `oldSelf` runs without an old value too; `oldSelf` is then an optional. */
  readonly optionalOldSelf?: boolean;
}

/** Finds shared schemas by id. */
export interface SchemaSet {
  get(id: string): Schema | undefined;
}
