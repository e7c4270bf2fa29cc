/**
 * The types that structural schemas have in expressions: upstream's `SchemaDeclType`. What a schema says nothing about cannot be reached: values of no type, lists and
 * maps of such, and unknown fields that are preserved.
 */
import type { Schema } from '../../schema.ts';
import { boolType, bytesType, doubleType, durationType, dynType, intType, listType, mapType, stringType, type Type, timestampType } from '../types.ts';
import type { Converter } from '../values.ts';
import { byteConverter, dateConverter, dateTimeConverter, durationConverter } from './format-converters.ts';
import { booleanConverter, integerConverter, intOrStringConverter, nullable, numberConverter, textConverter } from './scalar-converters.ts';
import { listConverter } from './schema-lists.ts';
import { mapConverter, objectConverter, SchemaObjectType } from './schema-objects.ts';
import { characterBound, entryBound, itemBound, minimumSizes, stringBound } from './schema-sizes.ts';

/** A schema's type: what the checker, the run time and the cost estimate want to know of it. */
export interface DeclaredType {
  readonly type: Type;
  /** Makes values of JSON, without copying it. Data that is not of the schema is an EvaluationError when it is read. */
  readonly convert: Converter;
  /** The most elements, entries, characters or bytes that a value may have; 0 for what has no size. */
  readonly maximumElements: number;
  /** The fewest bytes that a value takes in JSON. */
  readonly minimumSerializedSize: number;
  /** Of lists and maps. */
  readonly element?: DeclaredType;
  /** Of objects, by the names that expressions use. */
  readonly fields?: ReadonlyMap<string, DeclaredType>;
  readonly isMap?: boolean;
}

/**
 * The type of a schema's values, or undefined when expressions cannot see them. Made once for each schema: schemas do not change.
 * `isResourceRoot`: the schema is that of a whole custom resource, or of an embedded one, whose apiVersion, kind, metadata.name and metadata.generateName can always be
 * reached.
 */
export function declareType(schema: Schema, isResourceRoot = schema.embeddedResource === true): DeclaredType | undefined {
  const cache = isResourceRoot ? roots : others;
  let declared = cache.get(schema);
  if (declared === undefined) {
    declared = create(schema, isResourceRoot) ?? null;
    cache.set(schema, declared);
  }
  return declared ?? undefined;
}

const roots = new WeakMap<Schema, DeclaredType | null>();
const others = new WeakMap<Schema, DeclaredType | null>();

function create(schema: Schema, isResourceRoot: boolean): DeclaredType | undefined {
  if (schema.intOrString) {
    const convert = nullable(schema, intOrStringConverter);
    return { type: dynType, convert, maximumElements: stringBound(schema), minimumSerializedSize: minimumSizes.dynamic };
  }
  const whole = isResourceRoot ? withTypeAndName(schema) : schema;
  switch (whole.type) {
    case 'array':
      return list(whole);
    case 'object':
      return typeof whole.additionalProperties === 'object' ? map(whole, whole.additionalProperties) : object(whole);
    case 'string':
      return text(whole);
    case 'boolean':
      return scalar(boolType, nullable(whole, booleanConverter), minimumSizes.boolean);
    case 'number':
      return scalar(doubleType, nullable(whole, numberConverter), minimumSizes.number);
    case 'integer':
      return scalar(intType, nullable(whole, integerConverter), minimumSizes.number);
    default:
      return undefined;
  }
}

const scalar = (type: Type, convert: Converter, minimumSerializedSize: number): DeclaredType => ({ type, convert, maximumElements: 0, minimumSerializedSize });

function list(schema: Schema): DeclaredType | undefined {
  const element = schema.items && declareType(schema.items);
  if (!element) return undefined;
  return {
    type: listType(element.type),
    convert: nullable(schema, listConverter(schema, element.convert)),
    maximumElements: itemBound(schema, element.minimumSerializedSize),
    minimumSerializedSize: minimumSizes.container,
    element,
  };
}

function map(schema: Schema, values: Schema): DeclaredType | undefined {
  const element = declareType(values);
  if (!element) return undefined;
  return {
    type: mapType(stringType, element.type),
    convert: nullable(schema, mapConverter(element.convert)),
    maximumElements: entryBound(schema, element.minimumSerializedSize),
    minimumSerializedSize: minimumSizes.container,
    element,
    isMap: true,
  };
}

function object(schema: Schema): DeclaredType {
  const type = new SchemaObjectType(schema);
  let minimumSerializedSize = minimumSizes.container;
  for (const name of new Set(schema.required)) {
    const property = schema.properties?.[name];
    const declared = property && property.default === undefined ? declareType(property) : undefined;
    // The name, its quotation marks, a colon and a comma.
    if (declared) minimumSerializedSize += Buffer.byteLength(name) + declared.minimumSerializedSize + 4;
  }
  return { type, convert: nullable(schema, objectConverter(type)), maximumElements: 0, minimumSerializedSize, fields: type.declared };
}

function text(schema: Schema): DeclaredType {
  const maximumElements = stringBound(schema);
  switch (schema.format) {
    case 'byte':
      return { type: bytesType, convert: nullable(schema, byteConverter), maximumElements: characterBound(schema), minimumSerializedSize: minimumSizes.string };
    case 'duration':
      return { type: durationType, convert: nullable(schema, durationConverter), maximumElements, minimumSerializedSize: minimumSizes.duration };
    case 'date':
      return { type: timestampType, convert: nullable(schema, dateConverter), maximumElements, minimumSerializedSize: minimumSizes.date };
    case 'date-time':
      return { type: timestampType, convert: nullable(schema, dateTimeConverter), maximumElements, minimumSerializedSize: minimumSizes.dateTime };
    default:
      return { type: stringType, convert: nullable(schema, textConverter), maximumElements, minimumSerializedSize: minimumSizes.string };
  }
}

const plainText: Schema = { type: 'string' };
const metadata: Schema = { type: 'object', properties: { name: plainText, generateName: plainText } };

/** What can be reached in every resource, whatever its schema says about it. */
function withTypeAndName(schema: Schema): Schema {
  const { kind, apiVersion, metadata: declared } = schema.properties ?? {};
  const hasName = declared?.properties?.['name']?.type === 'string' && declared.properties['generateName']?.type === 'string';
  if (kind?.type === 'string' && apiVersion?.type === 'string' && declared?.type === 'object' && hasName) return schema;
  return { ...schema, properties: { ...schema.properties, kind: plainText, apiVersion: plainText, metadata } };
}
