/**
 * The OpenAPI 2.0 document as protobuf (gnostic's `openapi.v2`), which older clients ask for. Messages are described by tables: JSON field, protobuf number, how it is
 * written. `x-` fields are extensions, whose values travel as YAML text; JSON is YAML.
 */

import { ReverseWriter } from '../protobuf/reverse-writer.ts';
import { requestTurns } from '../turns.ts';
import type { Json } from './schema-rendering.ts';

/** Writes the content of a message. */
type Write = (writer: ReverseWriter, value: unknown) => void;
/** Writes a whole field. */
type WriteField = (writer: ReverseWriter, value: unknown) => void;
interface MessageRules {
  readonly fields: Readonly<Record<string, WriteField>>;
  /** The number of the field for extensions. */
  readonly extensions: number;
}

/** Paths and definitions that were encoded before, by the value: the same object is not encoded again. */
export type EncodedParts = WeakMap<object, Buffer>;

/** Encodes a document that `documentV2` made, in turns of a few milliseconds. */
export async function encodeV2(document: Json, parts: EncodedParts = new WeakMap()): Promise<Buffer> {
  const writer = new ReverseWriter(1 << 20);
  for (const [name, value] of Object.entries(document).reverse()) {
    const large = largeMaps[name];
    if (large) await writeLargeMap(writer, value as Json, { ...large, parts });
    else writeField(writer, documentRules, name, value);
  }
  return writer.result();
}

const text =
  (number: number): WriteField =>
  (writer, value) =>
    writer.string(number, String(value));
const texts =
  (number: number): WriteField =>
  (writer, value) => {
    for (const item of reversed(value)) writer.string(number, String(item));
  };
const bool =
  (number: number): WriteField =>
  (writer, value) =>
    writer.integer(number, value ? 1 : 0);
const int =
  (number: number): WriteField =>
  (writer, value) =>
    writer.integer(number, Number(value));
const double =
  (number: number): WriteField =>
  (writer, value) =>
    writer.double(number, Number(value));
const message =
  (number: number, write: Write): WriteField =>
  (writer, value) =>
    writer.message(number, () => write(writer, value));
const messages =
  (number: number, write: Write): WriteField =>
  (writer, value) => {
    for (const item of reversed(value)) writer.message(number, () => write(writer, item));
  };
/** `Any`: YAML text. */
const writeAny: Write = (writer, value) => writer.string(2, `${JSON.stringify(value)}\n`);
const any = (number: number): WriteField => message(number, writeAny);
const anys = (number: number): WriteField => messages(number, writeAny);

const reversed = (value: unknown): readonly unknown[] => [...(value as readonly unknown[])].reverse();

/** A message with fields of its own. Looked up when used, as messages hold each other. */
const structured =
  (rules: () => MessageRules): Write =>
  (writer, value) => {
    const table = rules();
    for (const [name, inner] of Object.entries(value as Json).reverse()) if (inner !== undefined) writeField(writer, table, name, inner);
  };
/** A message that holds named values in one repeated field. */
const named =
  (number: number, write: Write): Write =>
  (writer, value) => {
    for (const [name, inner] of Object.entries(value as Json).reverse()) writeNamed(writer, number, name, () => write(writer, inner));
  };
/** A message that holds one of several others. */
const choice =
  (number: number, write: Write): Write =>
  (writer, value) =>
    writer.message(number, () => write(writer, value));

function writeNamed(writer: ReverseWriter, number: number, name: string, write: () => void): void {
  writer.message(number, () => {
    writer.message(2, write);
    writer.string(1, name);
  });
}

function writeField(writer: ReverseWriter, { fields, extensions }: MessageRules, name: string, value: unknown): void {
  const write = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (write) write(writer, value);
  else if (name.startsWith('x-')) writeNamed(writer, extensions, name, () => writeAny(writer, value));
  else throw new Error(`no protobuf field for ${name}`);
}

const schema: Write = structured(() => schemaRules);
const schemaRules: MessageRules = {
  extensions: 31,
  fields: {
    $ref: text(1),
    format: text(2),
    title: text(3),
    description: text(4),
    default: any(5),
    multipleOf: double(6),
    maximum: double(7),
    exclusiveMaximum: bool(8),
    minimum: double(9),
    exclusiveMinimum: bool(10),
    maxLength: int(11),
    minLength: int(12),
    pattern: text(13),
    maxItems: int(14),
    minItems: int(15),
    uniqueItems: bool(16),
    maxProperties: int(17),
    minProperties: int(18),
    required: texts(19),
    enum: anys(20),
    additionalProperties: message(21, (writer, value) =>
      typeof value === 'boolean' ? writer.integer(2, value ? 1 : 0) : writer.message(1, () => schema(writer, value)),
    ),
    type: message(22, (writer, value) => writer.string(1, String(value))),
    items: message(23, choice(1, schema)),
    allOf: messages(24, schema),
    properties: message(25, named(1, schema)),
  },
};

const bodyParameter: Write = structured(() => ({
  extensions: 6,
  fields: { description: text(1), name: text(2), in: text(3), required: bool(4), schema: message(5, schema) },
}));
const queryParameterRules: MessageRules = {
  extensions: 23,
  fields: {
    required: bool(1),
    in: text(2),
    description: text(3),
    name: text(4),
    type: text(6),
    format: text(7),
    default: any(10),
    uniqueItems: bool(20),
    enum: anys(21),
  },
};
const pathParameterRules: MessageRules = {
  extensions: 22,
  fields: {
    required: bool(1),
    in: text(2),
    description: text(3),
    name: text(4),
    type: text(5),
    format: text(6),
    default: any(9),
    uniqueItems: bool(19),
    enum: anys(20),
  },
};
const queryParameter = choice(
  3,
  structured(() => queryParameterRules),
);
const pathParameter = choice(
  4,
  structured(() => pathParameterRules),
);
const referenceRules: MessageRules = { extensions: 0, fields: { $ref: text(1), description: text(2) } };

/** `Parameter`: a body, or one in the query or path behind one more message. */
const parameter: Write = (writer, value) => {
  const place = (value as Json)['in'];
  if (place === 'body') writer.message(1, () => bodyParameter(writer, value));
  else writer.message(2, () => (place === 'query' ? queryParameter : pathParameter)(writer, value));
};
const parameterItem: Write = (writer, value) => {
  if ('$ref' in (value as Json)) writer.message(2, () => structured(() => referenceRules)(writer, value));
  else writer.message(1, () => parameter(writer, value));
};

const responseRules: MessageRules = { extensions: 5, fields: { description: text(1), schema: message(2, choice(1, schema)) } };
const operationRules: MessageRules = {
  extensions: 13,
  fields: {
    tags: texts(1),
    summary: text(2),
    description: text(3),
    operationId: text(5),
    produces: texts(6),
    consumes: texts(7),
    parameters: messages(8, parameterItem),
    responses: message(
      9,
      named(
        1,
        choice(
          1,
          structured(() => responseRules),
        ),
      ),
    ),
    schemes: texts(10),
    deprecated: bool(11),
  },
};
const operation = structured(() => operationRules);
const pathItem = structured(() => pathItemRules);
const pathItemRules: MessageRules = {
  extensions: 10,
  fields: {
    get: message(2, operation),
    put: message(3, operation),
    post: message(4, operation),
    delete: message(5, operation),
    options: message(6, operation),
    head: message(7, operation),
    patch: message(8, operation),
    parameters: messages(9, parameterItem),
  },
};
const info = structured(() => ({ extensions: 7, fields: { title: text(1), version: text(2), description: text(3) } }));
const keySecurity = structured(() => ({ extensions: 5, fields: { type: text(1), name: text(2), in: text(3), description: text(4) } }));
const documentRules: MessageRules = {
  extensions: 16,
  fields: {
    swagger: text(1),
    info: message(2, info),
    parameters: message(10, named(1, parameter)),
    security: messages(12, named(1, texts(1))),
    securityDefinitions: message(13, named(1, choice(2, keySecurity))),
  },
};

interface LargeMap {
  /** The document's field. */
  readonly field: number;
  /** The entries' field. */
  readonly entries: number;
  readonly write: Write;
}
const largeMaps: Readonly<Record<string, LargeMap>> = {
  paths: { field: 8, entries: 2, write: pathItem },
  definitions: { field: 9, entries: 1, write: schema },
};

/** Writes entries by the handful. The map's own length is only known at the end, so its parts go to a writer of their own. */
async function writeLargeMap(writer: ReverseWriter, map: Json, { field, entries, write, parts }: LargeMap & { parts: EncodedParts }): Promise<void> {
  const inner = new ReverseWriter(1 << 20);
  for (const [name, value] of Object.entries(map).reverse()) {
    let content = parts.get(value as Json);
    if (!content) {
      content = encoded(write, value);
      parts.set(value as Json, content);
      const pause = requestTurns.breathe();
      if (pause) await pause;
    }
    const known = content;
    inner.message(entries, () => {
      inner.bytes(2, known);
      inner.string(1, name);
    });
  }
  writer.bytes(field, inner.result());
}

function encoded(write: Write, value: unknown): Buffer {
  const writer = new ReverseWriter(4_096);
  write(writer, value);
  return Buffer.from(writer.result());
}
