/**
 * Reads the `.types` files: the facts about Kubernetes' built-in types that wherry keeps in a form of its own.
 *
 * A line under `type NAME` is one field: `json[?] goType protobufNumber [patch=…] [list=…] [map=…] [struct=…] [default=…] [rules=…]`;
 * `?` means optional, `inline TYPE` embeds that type's fields, `~ TYPE` is an unnamed alternative of a union type. After the number, `pointer` tells that Go can hold
 * absence apart from the zero value (so protobuf can, too), and `kept` that an optional field's zero value shows in JSON, `omitted`
 * that a required one's does not.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Field = {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly inline: boolean;
  readonly protobufNumber?: number;
  readonly isPointer?: boolean;
  /** Whether a zero value shows in JSON, where that is not as `optional` suggests. */
  readonly keepsZero?: boolean;
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly listType?: string;
  readonly listMapKeys?: readonly string[];
  readonly mapType?: string;
  readonly structType?: string;
  readonly defaultValue?: string | boolean;
  readonly rules?: readonly string[];
};
export type Scalar = { readonly of: string; readonly closed: boolean; readonly values: readonly string[] };
export type TypeFacts = { readonly name: string; readonly alias?: string; readonly fields: readonly Field[] };
export type PackageFacts = {
  /** The file's stem, such as `core-v1`. */
  readonly id: string;
  /** The protobuf package. */
  readonly protobuf: string;
  readonly group: string;
  readonly version: string;
  readonly scalars: ReadonlyMap<string, Scalar>;
  readonly types: ReadonlyMap<string, TypeFacts>;
};

const directory = join(import.meta.dirname, '../../src/api/kubernetes');

/** All packages by id. Throws on a malformed line, naming file and line. */
export function readFacts(): Map<string, PackageFacts> {
  const packages = new Map<string, PackageFacts>();
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith('.types'))
    .sort())
    packages.set(file.slice(0, -6), parsePackage(file, readFileSync(join(directory, file), 'utf8')));
  return packages;
}

function parsePackage(file: string, text: string): PackageFacts {
  const header: Record<string, string> = {};
  const scalars = new Map<string, Scalar>();
  const types = new Map<string, TypeFacts>();
  let fields: Field[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim().split(' ');
    if (line === '') continue;
    if (line.startsWith('  ')) fields.push(parseField(line.trim()));
    else if (words[0] === 'scalar') scalars.set(words[1]!, parseScalar(words.slice(2).join(' ')));
    else if (words[0] === 'type') {
      fields = [];
      types.set(words[1]!, { name: words[1]!, fields, ...(words[2] === '=' ? { alias: words[3]! } : {}) });
    } else if (words.length === 2) header[words[0]!] = words[1] === '""' ? '' : words[1]!;
    else throw new Error(`${file}:${index + 1}: cannot read "${line}"`);
  }
  return { id: file.slice(0, -6), protobuf: header['package']!, group: header['group']!, version: header['version']!, scalars, types };
}

function parseScalar(text: string): Scalar {
  const [of, ...rest] = text.split(' ');
  const closed = rest[0] === 'enum';
  const values = rest.join(' ').match(/"(?:[^"\\]|\\.)*"/g) ?? [];
  return { of: of!, closed, values: values.map((value) => JSON.parse(value) as string) };
}

function parseField(text: string): Field {
  const rulesAt = text.indexOf(' rules=');
  const rules = rulesAt < 0 ? undefined : (JSON.parse(text.slice(rulesAt + 7)) as string[]);
  const words = (rulesAt < 0 ? text : text.slice(0, rulesAt)).split(' ');
  const options = new Map(words.filter((word) => word.includes('=')).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
  const number = words.slice(2).find((word) => /^\d+$/.test(word));
  const [patchStrategy, patchMergeKey] = options.get('patch')?.split(':') ?? [];
  const [listType, listMapKeys] = options.get('list')?.split(':') ?? [];
  const inline = words[0] === 'inline';
  return {
    name: inline || words[0] === '~' ? '' : words[0]!.replace(/\?$/, ''),
    type: words[1]!,
    optional: words[0]!.endsWith('?'),
    inline,
    ...(number ? { protobufNumber: Number(number) } : {}),
    ...(words.includes('pointer', 2) ? { isPointer: true } : {}),
    ...(words.includes('kept', 2) ? { keepsZero: true } : words.includes('omitted', 2) ? { keepsZero: false } : {}),
    ...(patchStrategy ? { patchStrategy } : {}),
    ...(patchMergeKey ? { patchMergeKey } : {}),
    ...(listType ? { listType } : {}),
    ...(listMapKeys ? { listMapKeys: listMapKeys.split(',') } : {}),
    ...(options.has('map') ? { mapType: options.get('map')! } : {}),
    ...(options.has('struct') ? { structType: options.get('struct')! } : {}),
    ...(options.has('default') ? { defaultValue: JSON.parse(options.get('default')!) as string } : {}),
    ...(rules ? { rules } : {}),
  };
}

export type Reference =
  | { readonly kind: 'type'; readonly package: PackageFacts; readonly type: TypeFacts }
  | { readonly kind: 'scalar'; readonly package: PackageFacts; readonly scalar: Scalar }
  | {
      readonly kind: 'primitive';
      readonly name: 'string' | 'bool' | 'int32' | 'int64' | 'float64' | 'bytes' | 'quantity' | 'int-or-string' | 'raw' | 'time' | 'micro-time' | 'fields';
    };

const primitives: Record<string, Extract<Reference, { kind: 'primitive' }>['name']> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  float64: 'float64',
  '[]byte': 'bytes',
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'int-or-string',
  'runtime.RawExtension': 'raw',
  'metav1.Time': 'time',
  'time.Time': 'time',
  'metav1.MicroTime': 'micro-time',
  'types.UID': 'string',
  'types.NodeName': 'string',
  Time: 'time',
  MicroTime: 'micro-time',
  FieldsV1: 'fields',
  'metav1.FieldsV1': 'fields',
  JSON: 'raw',
};
const prefixes: Record<string, readonly string[]> = {
  metav1: ['meta-v1'],
  corev1: ['core-v1'],
  apiv1: ['core-v1'],
  batchv1: ['batch-v1'],
  authenticationv1: ['authentication-v1'],
  authorizationv1: ['authorization-v1'],
  v1: ['core-v1', 'meta-v1', 'authentication-v1', 'coordination-v1'],
};

/** Finds what a Go type name means inside a package. Lists and maps are the caller's to unwrap. Throws when nothing has that name. */
export function resolve(packages: ReadonlyMap<string, PackageFacts>, from: PackageFacts, type: string): Reference {
  if (Object.hasOwn(primitives, type)) return { kind: 'primitive', name: primitives[type]! };
  const [prefix, name] = type.includes('.') ? type.split('.') : [undefined, type];
  for (const id of prefix === undefined ? [from.id] : (prefixes[prefix] ?? [])) {
    const found = packages.get(id);
    const typeFacts = found?.types.get(name!);
    if (found && typeFacts) return { kind: 'type', package: found, type: typeFacts };
    const scalar = found?.scalars.get(name!);
    if (found && scalar) return { kind: 'scalar', package: found, scalar };
  }
  throw new Error(`${from.id}: no type is called ${type}`);
}
