/** The JSON of a `JSONSchemaProps` as upstream's decoder sees it: every field has its type, what is empty is absent, and unknown fields are gone. */

export interface SchemaProps {
  /** What was read. */
  readonly source: Json;
  readonly id: string;
  readonly $schema: string;
  readonly $ref: string | undefined;
  readonly description: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly format: string;
  readonly title: string;
  /** `undefined` when there is none; null is none. */
  readonly default: unknown;
  readonly maximum: number | undefined;
  readonly exclusiveMaximum: boolean;
  readonly minimum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly maxLength: number | undefined;
  readonly minLength: number | undefined;
  readonly pattern: string;
  readonly maxItems: number | undefined;
  readonly minItems: number | undefined;
  readonly uniqueItems: boolean;
  readonly multipleOf: number | undefined;
  readonly enum: readonly unknown[];
  readonly maxProperties: number | undefined;
  readonly minProperties: number | undefined;
  readonly required: readonly string[];
  readonly items: SchemaOrList | undefined;
  readonly allOf: readonly SchemaProps[];
  readonly oneOf: readonly SchemaProps[];
  readonly anyOf: readonly SchemaProps[];
  readonly not: SchemaProps | undefined;
  readonly properties: SchemaMap;
  readonly additionalProperties: SchemaOrBoolean | undefined;
  readonly patternProperties: SchemaMap;
  readonly dependencies: ReadonlyMap<string, { readonly schema: SchemaProps | undefined; readonly names: readonly string[] }> | undefined;
  readonly additionalItems: SchemaOrBoolean | undefined;
  readonly definitions: SchemaMap;
  readonly externalDocs: Json | undefined;
  readonly example: unknown;
  readonly preserveUnknownFields: boolean | undefined;
  readonly embeddedResource: boolean;
  readonly intOrString: boolean;
  readonly listMapKeys: readonly string[];
  readonly listType: string | undefined;
  readonly mapType: string | undefined;
  readonly rules: readonly RuleProps[];
}

/** An entry of `x-kubernetes-validations`. */
export interface RuleProps {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason: string | undefined;
  readonly fieldPath: string;
  readonly optionalOldSelf: boolean | undefined;
}

export type Json = Readonly<Record<string, unknown>>;
export type SchemaMap = ReadonlyMap<string, SchemaProps>;

/** `items`: one schema; or several, which is forbidden. */
export interface SchemaOrList {
  readonly schema: SchemaProps | undefined;
  readonly list: readonly SchemaProps[];
}

export interface SchemaOrBoolean {
  readonly allows: boolean;
  readonly schema: SchemaProps | undefined;
}

type Own = { -readonly [Field in keyof SchemaProps]: SchemaProps[Field] };

/** What sets the field of a schema, by its name in the JSON. Most schemas have few: the rest is not even looked for. */
const readers = new Map<string, (props: Own, value: unknown) => void>([
  ['id', (props, value) => void (props.id = textAt(value))],
  ['$schema', (props, value) => void (props.$schema = textAt(value))],
  ['$ref', (props, value) => void (props.$ref = optionalText(value))],
  ['description', (props, value) => void (props.description = textAt(value))],
  ['type', (props, value) => void (props.type = textAt(value))],
  ['nullable', (props, value) => void (props.nullable = value === true)],
  ['format', (props, value) => void (props.format = textAt(value))],
  ['title', (props, value) => void (props.title = textAt(value))],
  ['default', (props, value) => void (props.default = value ?? undefined)],
  ['maximum', (props, value) => void (props.maximum = numberAt(value))],
  ['exclusiveMaximum', (props, value) => void (props.exclusiveMaximum = value === true)],
  ['minimum', (props, value) => void (props.minimum = numberAt(value))],
  ['exclusiveMinimum', (props, value) => void (props.exclusiveMinimum = value === true)],
  ['maxLength', (props, value) => void (props.maxLength = numberAt(value))],
  ['minLength', (props, value) => void (props.minLength = numberAt(value))],
  ['pattern', (props, value) => void (props.pattern = textAt(value))],
  ['maxItems', (props, value) => void (props.maxItems = numberAt(value))],
  ['minItems', (props, value) => void (props.minItems = numberAt(value))],
  ['uniqueItems', (props, value) => void (props.uniqueItems = value === true)],
  ['multipleOf', (props, value) => void (props.multipleOf = numberAt(value))],
  ['enum', (props, value) => void (props.enum = listAt(value))],
  ['maxProperties', (props, value) => void (props.maxProperties = numberAt(value))],
  ['minProperties', (props, value) => void (props.minProperties = numberAt(value))],
  ['required', (props, value) => void (props.required = textsAt(value))],
  ['items', (props, value) => void (props.items = schemaOrList(value))],
  ['allOf', (props, value) => void (props.allOf = schemasAt(value))],
  ['oneOf', (props, value) => void (props.oneOf = schemasAt(value))],
  ['anyOf', (props, value) => void (props.anyOf = schemasAt(value))],
  ['not', (props, value) => void (props.not = schemaAt(value))],
  ['properties', (props, value) => void (props.properties = mapAt(value))],
  ['additionalProperties', (props, value) => void (props.additionalProperties = schemaOrBoolean(value))],
  ['patternProperties', (props, value) => void (props.patternProperties = mapAt(value))],
  ['dependencies', (props, value) => void (props.dependencies = dependenciesAt(value))],
  ['additionalItems', (props, value) => void (props.additionalItems = schemaOrBoolean(value))],
  ['definitions', (props, value) => void (props.definitions = mapAt(value))],
  ['externalDocs', (props, value) => void (props.externalDocs = jsonAt(value))],
  ['example', (props, value) => void (props.example = value ?? undefined)],
  ['x-kubernetes-preserve-unknown-fields', (props, value) => void (props.preserveUnknownFields = optionalBoolean(value))],
  ['x-kubernetes-embedded-resource', (props, value) => void (props.embeddedResource = value === true)],
  ['x-kubernetes-int-or-string', (props, value) => void (props.intOrString = value === true)],
  ['x-kubernetes-list-map-keys', (props, value) => void (props.listMapKeys = textsAt(value))],
  ['x-kubernetes-list-type', (props, value) => void (props.listType = optionalText(value))],
  ['x-kubernetes-map-type', (props, value) => void (props.mapType = optionalText(value))],
  ['x-kubernetes-validations', (props, value) => void (props.rules = listAt(value).flatMap((rule) => (isJson(rule) ? [ruleAt(rule)] : [])))],
]);

/** Reads a schema and all that is inside it. Linear; it throws nothing. */
export function readProps(source: Json): SchemaProps {
  const props: Own = { ...noProps, source };
  for (const name in source) readers.get(name)?.(props, source[name]);
  return props;
}

/** Visits a schema and all that is inside it until `isWanted` answers true; answers whether it did. */
export function hasSchema(schema: SchemaProps, isWanted: (schema: SchemaProps) => boolean): boolean {
  return isWanted(schema) || childrenOf(schema).some((child) => hasSchema(child, isWanted));
}

/** Every schema directly inside a schema. */
function childrenOf(schema: SchemaProps): SchemaProps[] {
  const children = [...schema.allOf, ...schema.anyOf, ...schema.oneOf, ...schema.properties.values()];
  if (schema.items) children.push(...[schema.items.schema, ...schema.items.list].filter((child) => child !== undefined));
  for (const child of [schema.not, schema.additionalProperties?.schema, schema.additionalItems?.schema]) if (child) children.push(child);
  if (schema.patternProperties.size > 0) children.push(...schema.patternProperties.values());
  if (schema.definitions.size > 0) children.push(...schema.definitions.values());
  for (const { schema: child } of schema.dependencies?.values() ?? []) if (child) children.push(child);
  return children;
}

/** Whether a schema says nothing but in the given fields. */
export const saysOnly = ({ source }: SchemaProps, fields: readonly string[]): boolean =>
  Object.keys(source).every((field) => fields.includes(field) || isUnset(field, source[field]));

const flags: ReadonlySet<string> = new Set([
  'nullable',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'uniqueItems',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
]);

/** Empty texts and lists, and flags that are not raised, are as good as absent. */
const isUnset = (field: string, value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0) || (value === false && flags.has(field));

const textAt = (value: unknown): string => (typeof value === 'string' ? value : '');
const optionalText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const optionalBoolean = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);
const numberAt = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const jsonAt = (value: unknown): Json | undefined => (isJson(value) ? value : undefined);
const listAt = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : noItems);
const textsAt = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : noTexts);
const schemaAt = (value: unknown): SchemaProps | undefined => (isJson(value) ? readProps(value) : undefined);
const schemasAt = (value: unknown): readonly SchemaProps[] => (Array.isArray(value) ? value.map((item) => readProps(isJson(item) ? item : {})) : noSchemas);

const noItems: readonly unknown[] = [];
const noTexts: readonly string[] = [];
const noSchemas: readonly SchemaProps[] = [];
const noMap: SchemaMap = new Map();

function mapAt(value: unknown): SchemaMap {
  if (!isJson(value)) return noMap;
  return new Map(Object.entries(value).map(([name, schema]) => [name, readProps(isJson(schema) ? schema : {})]));
}

function schemaOrList(value: unknown): SchemaOrList | undefined {
  if (value === undefined || value === null) return undefined;
  return { schema: schemaAt(value), list: schemasAt(value) };
}

function schemaOrBoolean(value: unknown): SchemaOrBoolean | undefined {
  if (value === undefined || value === null) return undefined;
  return { allows: isJson(value) || value === true, schema: schemaAt(value) };
}

function dependenciesAt(value: unknown): SchemaProps['dependencies'] {
  if (!isJson(value)) return undefined;
  return new Map(Object.entries(value).map(([name, item]) => [name, { schema: schemaAt(item), names: textsAt(item) }]));
}

const ruleAt = (rule: Json): RuleProps => ({
  rule: textAt(rule['rule']),
  message: textAt(rule['message']),
  messageExpression: textAt(rule['messageExpression']),
  reason: optionalText(rule['reason']),
  fieldPath: textAt(rule['fieldPath']),
  optionalOldSelf: optionalBoolean(rule['optionalOldSelf']),
});

/** A schema that says nothing. */
const noProps: Own = (() => {
  const props = { source: {} } as Own;
  for (const read of readers.values()) read(props, undefined);
  return props;
})();
