import { protobufTable } from '../../../api/generated/protobuf-table.ts';

/** One field: number, JSON name, type code (see scripts/generate/protobuf-fields.ts), 1 when optional. */
export type FieldRow = readonly [number: number, name: string, code: string, isOptional?: 1];

interface Table {
  readonly messages: Readonly<Record<string, readonly FieldRow[]>>;
  readonly kinds: Readonly<Record<string, string>>;
}

let table: Table | undefined;
const fieldsByMessage = new Map<string, ReadonlyMap<number, FieldRow>>();

const read = (): Table => (table ??= JSON.parse(protobufTable) as Table);

/** The message of a built-in kind. Option kinds belong to every group. */
export function messageOfKind(group: string, version: string, kind: string): string | undefined {
  const { kinds } = read();
  return kinds[`${group}/${version}/${kind}`] ?? kinds[`meta.k8s.io/v1/${kind}`];
}

/** The fields of a message by number. Throws when no message has that name. */
export function fieldsOfMessage(message: string): ReadonlyMap<number, FieldRow> {
  let fields = fieldsByMessage.get(message);
  if (!fields) {
    const rows = read().messages[message];
    if (!rows) throw new Error(`no protobuf message is called ${message}`);
    fieldsByMessage.set(message, (fields = new Map(rows.map((row) => [row[0], row]))));
  }
  return fields;
}
