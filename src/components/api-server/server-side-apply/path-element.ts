import { type FieldTree, isMember, leaf, makeTree } from './field-tree.ts';

/** JSON as upstream writes keys of items: with what HTML could take for markup escaped. */
export const goJson = (value: unknown): string => (typeof value === 'string' && plain.test(value) ? `"${value}"` : escapedJson(value));

const plain = /^[\w./:+-]*$/;

const escapedJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The element of a keyed item: `k:{"name":"web"}`. `names` are sorted; keys without a value are left out. */
export function keyElement(names: readonly string[], values: readonly unknown[]): string {
  if (names.length === 1) return `k:{${JSON.stringify(names[0])}:${goJson(values[0])}}`;
  const parts: string[] = [];
  for (let index = 0; index < names.length; index++) {
    if (values[index] !== undefined) parts.push(`${JSON.stringify(names[index])}:${goJson(values[index])}`);
  }
  return `k:{${parts.join(',')}}`;
}

/** The element of a member of a set. */
export const memberElement = (value: unknown): string => `v:${goJson(value)}`;

/** An element as messages show it: `.name`, `[name="web"]`, `[="member"]`. */
export function elementText(element: string): string {
  const content = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${content}`;
    case 'v':
      return `[=${JSON.stringify(JSON.parse(content))}]`;
    case 'k':
      return `[${Object.entries(JSON.parse(content) as Record<string, unknown>)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`;
    default:
      return `[${content}]`;
  }
}

/** The paths of all members: at each level first the members, then what is inside, as upstream lists them. */
export function memberPaths(tree: FieldTree | undefined, path = ''): string[] {
  const paths: string[] = [];
  for (const element in tree) if (element !== '.' && isMember(tree[element]!)) paths.push(path + elementText(element));
  for (const element in tree) if (element !== '.') paths.push(...memberPaths(tree[element], path + elementText(element)));
  return paths;
}

/** Deeper sets are refused: every pass over them recurses. */
const maximumDepth = 500;

/** Reads FieldsV1 that a client sent into its one form. Elements of unknown sorts are dropped. Throws an Error for what is no set of fields. */
export function readTree(value: unknown, depth = 0): FieldTree {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('expected a JSON object');
  if (depth > maximumDepth) throw new Error('exceeded max depth');
  const elements: Record<string, FieldTree> = {};
  let member = false;
  let isEmpty = true;
  for (const [name, inner] of Object.entries(value)) {
    isEmpty = false;
    if (name === '.') member = true;
    else {
      const element = readElement(name);
      if (element !== undefined) elements[element] = readTree(inner, depth + 1);
    }
  }
  return makeTree(member || isEmpty, elements) ?? leaf;
}

function readElement(text: string): string | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long:');
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v':
      return memberElement(JSON.parse(content));
    case 'k': {
      const keys = JSON.parse(content) as Record<string, unknown>;
      if (typeof keys !== 'object' || keys === null) throw new Error(`expected keys: ${text}`);
      const names = Object.keys(keys).sort();
      return keyElement(
        names,
        names.map((name) => keys[name]),
      );
    }
    case 'i':
      if (!/^-?\d+$/.test(content)) throw new Error(`expected an index: ${text}`);
      return text;
    default:
      return undefined;
  }
}
