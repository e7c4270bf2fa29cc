import type { CustomResourceDefinition, JSONSchemaProps } from '../../api/generated/apiextensions-v1.ts';

/**
 * TypeScript for the objects that a CustomResourceDefinition defines: an interface per kind and version, and a `ResourceType` that gives every client and informer
 * its type. Versions after the first carry their name (`CronTabV1Beta1`). Throws for a definition without names or versions.
 */
export function typescriptOf(definition: CustomResourceDefinition): string {
  // It comes from a file that nobody has checked.
  const { group, names, scope, versions } = ((definition as { spec?: unknown }).spec ?? {}) as Partial<CustomResourceDefinition['spec']>;
  if (!group || !names?.kind || !names.plural || !versions?.length)
    throw new Error(`${definition.metadata?.name ?? 'the definition'} lacks a group, names or versions`);
  const kind = identifierOf(names.kind);
  const parts = [
    `// Generated from ${definition.metadata?.name ?? `${names.plural}.${group}`} by wherry generate types.`,
    "import type { KubernetesObject, ResourceType } from 'wherry/controllers';",
  ];
  for (const [index, { name, schema }] of versions.entries()) {
    const suffix = index === 0 ? '' : pascalCase(name);
    const root = schema?.openAPIV3Schema;
    parts.push(kindText({ typeName: `${kind}${suffix}`, apiVersion: `${group}/${name}`, kind: names.kind, root }));
    const constant = `${identifierOf(names.plural)}${suffix}`;
    const fields = { group, version: name, resource: names.plural, kind: names.kind, namespaced: scope !== 'Cluster' };
    parts.push(`export const ${constant}: ResourceType<${kind}${suffix}> = ${literal(fields)};`);
  }
  return `${parts.join('\n\n')}\n`;
}

interface Kind {
  readonly typeName: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly root: JSONSchemaProps | undefined;
}

function kindText({ typeName, apiVersion, kind, root }: Kind): string {
  const lines = [`${comment(root?.description, '')}export interface ${typeName} extends KubernetesObject {`];
  lines.push(`  apiVersion?: ${quoted(apiVersion)};`, `  kind?: ${quoted(kind)};`);
  const required = new Set(root?.required);
  for (const [name, schema] of Object.entries(root?.properties ?? {}))
    if (!['apiVersion', 'kind', 'metadata'].includes(name)) lines.push(fieldText(name, schema, { isRequired: required.has(name), indent: '  ' }));
  if (!root || root['x-kubernetes-preserve-unknown-fields']) lines.push('  [field: string]: unknown;');
  return [...lines, '}'].join('\n');
}

function fieldText(name: string, schema: JSONSchemaProps, { isRequired, indent }: { isRequired: boolean; indent: string }): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
  return `${comment(schema.description, indent)}${indent}${key}${isRequired ? '' : '?'}: ${typeText(schema, indent)};`;
}

/** The type of a value. Deeper lines are indented by two more than `indent`. */
function typeText(schema: JSONSchemaProps, indent: string): string {
  const type = bareTypeText(schema, indent);
  return schema.nullable ? `${type} | null` : type;
}

function bareTypeText(schema: JSONSchemaProps, indent: string): string {
  if (schema['x-kubernetes-int-or-string']) return 'number | string';
  if (schema.enum && schema.enum.length > 0) return schema.enum.map(enumText).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return arrayText(schema, indent);
    case 'object':
      return objectText(schema, indent);
    default:
      return 'unknown';
  }
}

const enumText = (value: unknown): string =>
  typeof value === 'string' ? quoted(value) : typeof value === 'object' && value !== null ? 'unknown' : JSON.stringify(value);

function arrayText({ items }: JSONSchemaProps, indent: string): string {
  const [only] = Array.isArray(items) ? items : [items];
  const item = only ? typeText(only as JSONSchemaProps, indent) : 'unknown';
  return /[ |]/.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

function objectText(schema: JSONSchemaProps, indent: string): string {
  const inner = `${indent}  `;
  if (schema['x-kubernetes-embedded-resource'] && !schema.properties) return 'KubernetesObject';
  const properties = Object.entries(schema.properties ?? {});
  const { additionalProperties } = schema;
  if (properties.length === 0) {
    if (typeof additionalProperties === 'object') return `{ [key: string]: ${typeText(additionalProperties as JSONSchemaProps, indent)} }`;
    return '{ [key: string]: unknown }';
  }
  const required = new Set(schema.required);
  const lines = properties.map(([name, field]) => fieldText(name, field, { isRequired: required.has(name), indent: inner }));
  if (schema['x-kubernetes-preserve-unknown-fields'] || additionalProperties) lines.push(`${inner}[field: string]: unknown;`);
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/** A doc comment on a line of its own, or nothing. */
function comment(text: string | undefined, indent: string): string {
  if (!text) return '';
  const lines = text.trim().replaceAll('*/', '* /').split('\n');
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;

const literal = (fields: Readonly<Record<string, string | boolean>>): string =>
  `{ ${Object.entries(fields)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? quoted(value) : value}`)
    .join(', ')} }`;

/** `v1beta1` as `V1Beta1`. */
const pascalCase = (version: string): string =>
  version.replace(/(?:^|\d)[a-z]/g, (part) => part.toUpperCase()).replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '');

const reserved = new Set([
  'class',
  'default',
  'delete',
  'enum',
  'export',
  'function',
  'import',
  'in',
  'interface',
  'new',
  'package',
  'return',
  'type',
  'var',
  'void',
  'with',
]);

/** Kinds and plurals are DNS labels in effect: only dashes, a leading digit and the language's own words are in the way. */
function identifierOf(name: string): string {
  const text = name.replace(/[^A-Za-z0-9_$]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '');
  return /^\d/.test(text) || reserved.has(text) ? `_${text}` : text;
}
