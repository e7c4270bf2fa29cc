/** Makes the shared schemas of built-in kinds from the type facts. */
import type { Schema } from '../../src/api/schema.ts';
import type { Field, PackageFacts, Reference, Scalar, TypeFacts } from './facts.ts';
import { resolve } from './facts.ts';

type Packages = ReadonlyMap<string, PackageFacts>;
type Draft = { -readonly [Key in keyof Schema]: Schema[Key] };
type Primitive = Extract<Reference, { kind: 'primitive' }>['name'];

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Schemas that stand for Go types with JSON forms of their own. */
const special: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string', format: 'quantity' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { intOrString: true },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object', preserveUnknownFields: true },
  [`${meta}.Time`]: { type: 'string', format: 'date-time' },
  [`${meta}.MicroTime`]: { type: 'string', format: 'micro-time' },
  [`${meta}.FieldsV1`]: { type: 'object' },
};
const specialOf: Readonly<Partial<Record<Primitive, string>>> = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'int-or-string': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  raw: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  time: `${meta}.Time`,
  'micro-time': `${meta}.MicroTime`,
  fields: `${meta}.FieldsV1`,
};
const plain: Readonly<Partial<Record<Primitive, Schema>>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
};

/** Types that server-side apply replaces whole (`+structType=atomic` upstream). */
const atomicTypes: ReadonlySet<string> = new Set([
  'admissionregistration-v1 MatchResources',
  'admissionregistration-v1 NamedRuleWithOperations',
  'admissionregistration-v1 ParamKind',
  'admissionregistration-v1 ParamRef',
  'autoscaling-v1 CrossVersionObjectReference',
  'core-v1 ConfigMapKeySelector',
  'core-v1 EndpointAddress',
  'core-v1 EndpointPort',
  'core-v1 FileKeySelector',
  'core-v1 LocalObjectReference',
  'core-v1 NodeSelector',
  'core-v1 NodeSelectorTerm',
  'core-v1 ObjectFieldSelector',
  'core-v1 ObjectReference',
  'core-v1 ResourceFieldSelector',
  'core-v1 ScopeSelector',
  'core-v1 SecretKeySelector',
  'core-v1 SecretReference',
  'core-v1 TopologySelectorTerm',
  'core-v1 TypedLocalObjectReference',
  'discovery-v1 EndpointPort',
  'meta-v1 LabelSelector',
  'meta-v1 OwnerReference',
  'rbac-v1 RoleRef',
  'rbac-v1 Subject',
]);

/** All schemas that kinds reach, by id. */
export function builtInSchemaTable(packages: Packages): Map<string, Schema> {
  const all = new Map<string, Schema>(Object.entries(special));
  for (const facts of packages.values()) {
    if (facts.id.startsWith('apidiscovery')) continue;
    for (const type of facts.types.values()) {
      const id = idOf(facts, type.name);
      if (!all.has(id)) all.set(id, typeSchema(packages, facts, type));
    }
  }
  return reachable(all);
}

/** `k8s.io.api.core.v1` and `Pod` make `io.k8s.api.core.v1.Pod`. */
export const idOf = (facts: PackageFacts, type: string): string => `io.k8s.${facts.protobuf.slice('k8s.io.'.length).replaceAll('_', '-')}.${type}`;

function typeSchema(packages: Packages, facts: PackageFacts, type: TypeFacts): Schema {
  if (type.alias) return referenced(packages, facts, type.alias);
  if (type.name === 'JSON' || type.fields.some((field) => field.name === '' && !field.inline)) return { preserveUnknownFields: true };
  const fields = [...flatten(packages, facts, type)];
  const required = fields.filter(({ field }) => !field.optional).map(({ field }) => field.name);
  const kinds = kindsOf(packages, facts, type);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(({ from, field }) => [field.name, fieldSchema(packages, from, field, type)])),
    ...(required.length > 0 ? { required } : {}),
    ...(atomicTypes.has(`${facts.id} ${type.name}`) ? { mapType: 'atomic' } : {}),
    ...(kinds ? { kinds } : {}),
  };
}

/** A type's fields with those of the types it embeds, each with the package its type name is to be read in. */
function* flatten(packages: Packages, from: PackageFacts, type: TypeFacts): Generator<{ from: PackageFacts; field: Field }> {
  for (const field of type.fields) {
    if (!field.inline) {
      yield { from, field };
      continue;
    }
    const embedded = resolve(packages, from, field.type);
    if (embedded.kind === 'type') yield* flatten(packages, embedded.package, embedded.type);
  }
}

function kindsOf(packages: Packages, facts: PackageFacts, type: TypeFacts): Schema['kinds'] {
  const isKind = type.fields.some((field) => field.inline && /(?:^|\.)TypeMeta$/.test(field.type));
  if (!isKind) return undefined;
  if (facts.id !== 'meta-v1') return [{ group: facts.group, version: facts.version, kind: type.name }];
  if (type.name === 'Status') return [{ group: '', version: 'v1', kind: type.name }];
  if (!type.name.endsWith('Options')) return undefined;
  return [...packages.values()]
    .filter(({ id }) => !id.startsWith('apidiscovery') && id !== 'meta-v1')
    .map(({ group, version }) => ({ group, version, kind: type.name }));
}

function fieldSchema(packages: Packages, from: PackageFacts, field: Field, owner: TypeFacts): Schema {
  const base = referenced(packages, from, field.type);
  const value = defaultOf(packages, from, field, owner);
  return {
    ...base,
    ...(value === undefined ? {} : { default: value }),
    ...(field.patchStrategy ? { patchStrategy: field.patchStrategy } : {}),
    ...(field.patchMergeKey ? { patchMergeKey: field.patchMergeKey } : {}),
    ...(field.listType ? { listType: field.listType as Schema['listType'] & string } : {}),
    ...(field.listMapKeys ? { listMapKeys: field.listMapKeys } : {}),
    ...(field.mapType || field.structType ? { mapType: (field.mapType ?? field.structType) as Schema['mapType'] & string } : {}),
  };
}

/** The schema of a Go type expression. */
function referenced(packages: Packages, from: PackageFacts, type: string): Schema {
  if (type === '[]byte') return plain.bytes!;
  if (type.startsWith('[]')) return { type: 'array', items: referenced(packages, from, type.slice(2)) };
  const map = /^map\[([\w.]+)\](.+)$/.exec(type);
  if (map) return mapSchema(packages, from, map[1]!, map[2]!);
  // The facts call every free-form value raw; this one is any JSON, not only an object.
  if (type === 'JSON' && from.types.has('JSON')) return { ref: idOf(from, 'JSON') };
  const reference = resolve(packages, from, type);
  if (reference.kind === 'primitive') return specialOf[reference.name] ? { ref: specialOf[reference.name]! } : plain[reference.name]!;
  if (reference.kind === 'scalar') return scalarSchema(reference.package, reference.scalar, type);
  if (reference.type.alias)
    return { ...referenced(packages, reference.package, reference.type.alias), goType: `${reference.package.version}.${reference.type.name}` };
  return { ref: idOf(reference.package, reference.type.name) };
}

function mapSchema(packages: Packages, from: PackageFacts, key: string, value: string): Schema {
  const schema: Draft = { type: 'object', additionalProperties: referenced(packages, from, value) };
  if (key !== 'string') schema.goType = `map[${from.version}.${key.split('.').at(-1)}]${value.replace(/^(?=[A-Z])/, `${from.version}.`)}`;
  return schema;
}

function scalarSchema(from: PackageFacts, scalar: Scalar, type: string): Schema {
  const base = plain[scalar.of === 'string' ? 'string' : (scalar.of as Primitive)] ?? { type: 'string' };
  return {
    ...base,
    goType: `${from.version}.${type.split('.').at(-1)}`,
    ...(scalar.closed && scalar.values.length > 0 ? { enum: [...scalar.values].sort() } : {}),
  };
}

/** A field's default as a JSON value. The facts hold it as text, or `true` for an empty one; zero values of plain fields are not defaults on the wire. */
function defaultOf(packages: Packages, from: PackageFacts, field: Field, owner: TypeFacts): unknown {
  const value = field.defaultValue;
  if (value === undefined) return undefined;
  if (value === true) return owner.name === 'GRPCAction' ? '' : undefined;
  if (typeof value !== 'string') return undefined;
  const type = resolve(packages, from, field.type);
  const primitive = type.kind === 'primitive' ? type.name : 'string';
  if (primitive === 'int32' || primitive === 'int64') return Number(value) === 0 ? undefined : Number(value);
  if (primitive === 'bool') return value === 'true';
  const constant = /^ref\((\w+)\)$/.exec(value)?.[1];
  if (constant === undefined) return value;
  return type.kind === 'scalar'
    ? type.scalar.values.filter((candidate) => constant.includes(candidate)).sort((left, right) => right.length - left.length)[0]
    : undefined;
}

/** Keeps what kinds need, in the order of the ids. */
function reachable(all: ReadonlyMap<string, Schema>): Map<string, Schema> {
  const kept = new Set<string>([...(special ? Object.keys(special) : []), `${meta}.WatchEvent`]);
  const visit = (schema: Schema): void => {
    if (schema.ref !== undefined && !kept.has(schema.ref)) {
      kept.add(schema.ref);
      visit(all.get(schema.ref)!);
    }
    for (const property of Object.values(schema.properties ?? {})) visit(property);
    if (schema.items) visit(schema.items);
    if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties);
  };
  for (const [id, schema] of all) if (schema.kinds || /\.(?:APIGroup|APIGroupList|APIResourceList|APIVersions)$/.test(id)) visit({ ref: id });
  visit({ ...all.get(`${meta}.WatchEvent`) });
  return new Map(
    [...kept]
      .filter((id) => all.has(id))
      .sort()
      .map((id) => [id, all.get(id)!]),
  );
}
