/** Schemas as upstream's messages show them: its internal type as Go writes it in JSON, with every field. */
import { sortedFields } from '../../../../api/custom-schema/canonical-text.ts';
import type { Json, SchemaMap, SchemaOrBoolean, SchemaOrList, SchemaProps } from './props.ts';

/** A schema, its fields in upstream's order. */
export function internalSchema(schema: SchemaProps): Json {
  return {
    ID: schema.id,
    Schema: schema.$schema,
    Ref: schema.$ref ?? null,
    Description: schema.description,
    Type: schema.type,
    Nullable: schema.nullable,
    Format: schema.format,
    Title: schema.title,
    Default: sortedFields(schema.default ?? null),
    Maximum: schema.maximum ?? null,
    ExclusiveMaximum: schema.exclusiveMaximum,
    Minimum: schema.minimum ?? null,
    ExclusiveMinimum: schema.exclusiveMinimum,
    MaxLength: schema.maxLength ?? null,
    MinLength: schema.minLength ?? null,
    Pattern: schema.pattern,
    MaxItems: schema.maxItems ?? null,
    MinItems: schema.minItems ?? null,
    UniqueItems: schema.uniqueItems,
    MultipleOf: schema.multipleOf ?? null,
    Enum: orNull(schema.enum.map(sortedFields)),
    MaxProperties: schema.maxProperties ?? null,
    MinProperties: schema.minProperties ?? null,
    Required: orNull(schema.required),
    Items: schema.items ? internalItems(schema.items) : null,
    AllOf: orNull(schema.allOf.map(internalSchema)),
    OneOf: orNull(schema.oneOf.map(internalSchema)),
    AnyOf: orNull(schema.anyOf.map(internalSchema)),
    Not: schema.not ? internalSchema(schema.not) : null,
    Properties: internalMap(schema.properties),
    AdditionalProperties: internalChoice(schema.additionalProperties),
    PatternProperties: internalMap(schema.patternProperties),
    Dependencies: internalDependencies(schema),
    AdditionalItems: internalChoice(schema.additionalItems),
    Definitions: internalMap(schema.definitions),
    ExternalDocs: schema.externalDocs ? { Description: schema.externalDocs['description'] ?? '', URL: schema.externalDocs['url'] ?? '' } : null,
    Example: sortedFields(schema.example ?? null),
    XPreserveUnknownFields: schema.preserveUnknownFields ?? null,
    XEmbeddedResource: schema.embeddedResource,
    XIntOrString: schema.intOrString,
    XListMapKeys: orNull(schema.listMapKeys),
    XListType: schema.listType ?? null,
    XMapType: schema.mapType ?? null,
    XValidations: orNull(schema.rules.map((rule) => internalRule(rule))),
  };
}

/** `items` of a schema. */
export const internalItems = ({ schema, list }: SchemaOrList): Json => ({
  Schema: schema ? internalSchema(schema) : null,
  JSONSchemas: orNull(list.map(internalSchema)),
});

/** A rule of a schema. */
export const internalRule = (rule: SchemaProps['rules'][number]): Json => ({
  Rule: rule.rule,
  Message: rule.message,
  MessageExpression: rule.messageExpression,
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath,
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});

const orNull = <Item>(list: readonly Item[]): readonly Item[] | null => (list.length > 0 ? list : null);

const sorted = <Value>(map: ReadonlyMap<string, Value>): [string, Value][] => [...map].sort(([first], [second]) => (first < second ? -1 : 1));

const internalMap = (schemas: SchemaMap): Json | null =>
  schemas.size > 0 ? Object.fromEntries(sorted(schemas).map(([name, schema]) => [name, internalSchema(schema)])) : null;

const internalChoice = (choice: SchemaOrBoolean | undefined): Json | null =>
  choice ? { Allows: choice.allows, Schema: choice.schema ? internalSchema(choice.schema) : null } : null;

function internalDependencies({ dependencies }: SchemaProps): Json | null {
  if (!dependencies) return null;
  return Object.fromEntries(
    sorted(dependencies).map(([name, { schema, names }]) => [name, { Schema: schema ? internalSchema(schema) : null, Property: orNull(names) }]),
  );
}
