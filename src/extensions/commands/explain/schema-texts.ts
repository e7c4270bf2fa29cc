import { goText, sortedKeys } from '../../../extension-points/commands/printers/go-values.ts';
import { type OpenApiDocument, type OpenApiSchema, resolveReference } from './open-api.ts';
import { typeName } from './type-name.ts';
import { indented, wrapWords } from './word-wrap.ts';

/** What a schema and the schemas it is made of say, one below the other. */
export function descriptionOf(schema: OpenApiSchema, document: OpenApiDocument, depth = 0): string {
  if (depth > deepest) return '';
  const { description, allOf = [], items, additionalProperties } = resolveReference(schema, document) ?? schema;
  const parts = [...allOf, ...(items ? [items] : []), ...(additionalProperties && typeof additionalProperties !== 'boolean' ? [additionalProperties] : [])];
  return `${description ? `${description}\n` : ''}${parts.map((part) => descriptionOf(part, document, depth + 1)).join('')}`;
}

/** Lists of lists may name themselves: no description is this deep. */
const deepest = 64;

/** Where to read more, below a title so many blanks from the left; what it says stands at `indent`. */
export function externalDocsText(
  docs: OpenApiSchema['externalDocs'],
  { titleIndent, indent }: { readonly titleIndent: number; readonly indent: number },
): string {
  if (!docs) return '';
  const description = docs.description ? `${indented(wrapWords(docs.description, 80 - indent), indent)}\n` : '';
  const url = docs.url ? `${indented(`URL: ${docs.url}`, indent)}\n` : '';
  return `${' '.repeat(titleIndent)}EXTERNAL DOCS:\n${description}${url}`;
}

const shownInLists = 4;

/** The values that a field may have: one per line, or the first few behind each other. */
export function enumText({ enum: values }: OpenApiSchema, form: { readonly isLong: true } | { readonly isLong: false; readonly indent: number }): string {
  if (!values?.length) return '';
  const texts = values.map((value) => (value === '' ? '""' : goText(value)));
  if (form.isLong) return `ENUM:${texts.map((text) => `\n    ${text}`).join('')}`;
  const more = texts.length > shownInLists ? ', ....' : '';
  return `\n${' '.repeat(form.indent)}enum: ${texts.slice(0, shownInLists).join(', ')}${more}`;
}

interface FieldsSetting {
  readonly document: OpenApiDocument;
  /** With the fields of fields, and without descriptions. */
  readonly isRecursive: boolean;
  readonly level: number;
  /** References on the way here, so that circles end. */
  readonly seen: ReadonlySet<string>;
}

/** The fields of a schema, sorted; those of arrays, maps and parts are told too when they are wanted. */
export function writeFields(schema: OpenApiSchema, setting: FieldsSetting): string {
  const { document, isRecursive, level, seen } = setting;
  const reference = schema.$ref ?? '';
  if (reference !== '' && seen.has(reference)) return '';
  const inside = { ...setting, seen: new Set([...seen, reference]) };
  const resolved = resolveReference(schema, document) ?? schema;
  const own = sortedKeys(resolved.properties ?? {}).map((name) => {
    const field = fieldText(name, resolved, setting);
    return isRecursive ? field + writeFields(resolved.properties![name]!, { ...inside, level: level + 1 }) : field;
  });
  const { allOf = [], items, additionalProperties } = resolved;
  const parts = [...allOf, ...(items ? [items] : []), ...(additionalProperties && typeof additionalProperties !== 'boolean' ? [additionalProperties] : [])];
  return own.join('') + parts.map((part) => writeFields(part, inside)).join('');
}

function fieldText(name: string, { properties, required = [] }: OpenApiSchema, { document, isRecursive, level }: FieldsSetting): string {
  const indent = level * 2;
  const schema = properties![name]!;
  const values = enumText(schema, { isLong: false, indent });
  const line = `${indented(name, indent)}\t<${typeName(schema, document)}>${required.includes(name) ? ' -required-' : ''}${values}\n`;
  if (isRecursive) return line;
  const description = indented(wrapWords(schema.description || '<no description>', 78 - indent), indent + 2);
  const docs = externalDocsText(schema.externalDocs, { titleIndent: indent + 2, indent: indent + 4 });
  return `${line}${description}\n${docs === '' ? '' : `\n${docs}`}\n`;
}
