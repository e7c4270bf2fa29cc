import { protobufTable } from '../../../api/generated/protobuf-table.ts';
import { parseGroupVersion } from '../../../api/resource-type.ts';

/**
 * One field: number, JSON name, type code, presence (scripts/generate/protobuf-fields.ts). Presence 1: always on the wire, a zero does not show in JSON;
 * 2: a pointer, on the wire when there is a value; without it the field is always in both.
 */
export type FieldRow = readonly [number: number, name: string, code: string, presence?: 1 | 2];

interface Table {
  readonly messages: Readonly<Record<string, readonly FieldRow[]>>;
  readonly kinds: Readonly<Record<string, string>>;
}

let table: Table | undefined;
const fieldsByMessage = new Map<string, ReadonlyMap<number, FieldRow>>();

const read = (): Table => (table ??= JSON.parse(protobufTable) as Table);

/** The message of a built-in kind, or undefined. Status and option kinds belong to every group. */
export function messageOfKind(group: string, version: string, kind: string): string | undefined {
  const { kinds } = read();
  const name = `${group}/${version}/${kind}`;
  if (Object.hasOwn(kinds, name)) return kinds[name];
  const shared = `meta.k8s.io/v1/${kind}`;
  return Object.hasOwn(kinds, shared) ? kinds[shared] : undefined;
}

/** The message of an object that names its kind itself. */
export function messageOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string | undefined {
  const { group, version } = parseGroupVersion(apiVersion);
  return messageOfKind(group, version, kind);
}

/** The fields of a message, in the order of the type. Throws when no message has that name. */
export function rowsOfMessage(message: string): readonly FieldRow[] {
  const rows = read().messages[message];
  if (!rows) throw new Error(`no protobuf message is called ${message}`);
  return rows;
}

/** The fields of a message by number. */
export function fieldsOfMessage(message: string): ReadonlyMap<number, FieldRow> {
  let fields = fieldsByMessage.get(message);
  if (!fields) fieldsByMessage.set(message, (fields = new Map(rowsOfMessage(message).map((row) => [row[0], row]))));
  return fields;
}
