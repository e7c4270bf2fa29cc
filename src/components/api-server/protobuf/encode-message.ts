import { writeScalar } from './encode-scalar.ts';
import { type FieldRow, rowsOfMessage } from './message-table.ts';
import { ReverseWriter } from './reverse-writer.ts';

type Fields = Readonly<Record<string, unknown>>;
/** Writes a field of an object, if there is something to write. */
type WriteField = (writer: ReverseWriter, object: Fields) => void;

/** Writes the content of one message. */
export interface MessageEncoder {
  /** `value` is the JSON form: an object, or a list or an alternative where the message stands for one. */
  write(writer: ReverseWriter, value: unknown): void;
  /** What a Go struct nobody has set looks like on the wire. */
  zero(): Buffer;
}

const encoders = new Map<string, MessageEncoder>();

/** The encoder of a message; compiled when first used. Fields go out in the order of their numbers, as upstream's marshallers write them. */
export function messageEncoder(message: string): MessageEncoder {
  let encoder = encoders.get(message);
  if (!encoder) encoders.set(message, (encoder = new TableEncoder(message)));
  return encoder;
}

class TableEncoder implements MessageEncoder {
  readonly #message: string;
  #compiled: ((writer: ReverseWriter, value: unknown) => void) | undefined;
  #zero: Buffer | undefined;

  constructor(message: string) {
    this.#message = message;
  }

  write(writer: ReverseWriter, value: unknown): void {
    this.#compiled ??= compile(this.#message);
    this.#compiled(writer, value);
  }

  zero(): Buffer {
    if (!this.#zero) {
      const writer = new ReverseWriter(256);
      this.write(writer, {});
      this.#zero = writer.take();
    }
    return this.#zero;
  }
}

function compile(message: string): (writer: ReverseWriter, value: unknown) => void {
  const rows = rowsOfMessage(message).toSorted((left, right) => right[0] - left[0]);
  const name = rows[0]?.[1];
  if (name === '*') return listWriter(rows[0]!);
  if (name === '|') return unionWriter(rows.toReversed());
  const fields = rows.map(fieldWriter);
  return (writer, value) => {
    for (const write of fields) write(writer, value as Fields);
  };
}

/** A message that wraps a list. */
function listWriter([number, , code]: FieldRow): (writer: ReverseWriter, value: unknown) => void {
  const item = valueField(number, code.slice(1));
  return (writer, value) => {
    if (Array.isArray(value)) writeItems(writer, value, item);
  };
}

/**
 * A message whose first field is for one form of the value and whose second is for another: JSONSchemaPropsOrBool (a boolean, which an object sets too),
 * JSONSchemaPropsOrArray and JSONSchemaPropsOrStringArray (an object or a list).
 */
function unionWriter(rows: readonly FieldRow[]): (writer: ReverseWriter, value: unknown) => void {
  const [first, second] = rows as readonly [FieldRow, FieldRow];
  const isFlag = first[2] === 'b';
  const object = isFlag ? valueField(second[0], second[2]) : valueField(first[0], first[2]);
  const item = isFlag ? undefined : valueField(second[0], second[2].slice(1));
  return (writer, value) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject) writeSingle(writer, object, value);
    else if (item && Array.isArray(value)) writeItems(writer, value, item);
    if (isFlag) writer.integer(first[0], isObject || value === true ? 1 : 0);
  };
}

function fieldWriter([number, name, code, presence]: FieldRow): WriteField {
  if (name === '') return embeddedWriter(number, code);
  if (code.startsWith('[')) {
    const item = valueField(number, code.slice(1));
    return (writer, object) => {
      const list = object[name];
      if (Array.isArray(list)) writeItems(writer, list, item);
    };
  }
  if (code.startsWith('{')) return mapWriter(number, name, code.slice(1));
  const field = valueField(number, code);
  // Bytes that nobody has set are no field, pointer or not.
  if (presence === 2 || code === 'y') {
    return (writer, object) => {
      const value = object[name];
      if (value !== undefined && value !== null) writeSingle(writer, field, value);
    };
  }
  return (writer, object) => writeSingle(writer, field, object[name]);
}

/** The fields of an embedded struct stand among those of its parent in JSON, and in a message of their own here. */
function embeddedWriter(number: number, code: string): WriteField {
  const encoder = messageEncoder(code.slice(1));
  return (writer, object) => {
    const before = writer.length;
    encoder.write(writer, object);
    writer.delimit(number, before);
  };
}

/** How values are written under one number; `encoder` is there for messages. */
interface ValueField {
  readonly number: number;
  readonly code: string;
  readonly encoder: MessageEncoder | undefined;
}

const valueField = (number: number, code: string): ValueField => ({
  number,
  code,
  encoder: code.startsWith('m') ? messageEncoder(code.slice(1)) : undefined,
});

function writeSingle(writer: ReverseWriter, { number, code, encoder }: ValueField, value: unknown): void {
  if (!encoder) return writeScalar(writer, number, code, value);
  if (value === undefined || value === null) return writer.bytes(number, encoder.zero());
  const before = writer.length;
  encoder.write(writer, value);
  writer.delimit(number, before);
}

function writeItems(writer: ReverseWriter, list: readonly unknown[], field: ValueField): void {
  for (let index = list.length - 1; index >= 0; index--) writeSingle(writer, field, list[index]);
}

/** Entries in the order of their keys, each a message: key 1, value 2. */
function mapWriter(number: number, name: string, code: string): WriteField {
  const value = valueField(2, code);
  return (writer, object) => {
    const map = object[name];
    if (typeof map !== 'object' || map === null) return;
    const keys = Object.keys(map).sort();
    for (let index = keys.length - 1; index >= 0; index--) {
      const key = keys[index]!;
      const before = writer.length;
      writeSingle(writer, value, (map as Fields)[key]);
      writer.string(1, key);
      writer.delimit(number, before);
    }
  };
}
