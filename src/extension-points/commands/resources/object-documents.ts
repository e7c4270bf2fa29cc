import type { UntypedObject } from '../../../api/object.ts';
import { parseYamlDocuments } from '../../../api/yaml.ts';
import type { ObjectText } from './file-sources.ts';

/**
 * The objects of a text, in order: YAML documents, or JSON values one behind the other. Throws, after the objects in front of it, `error parsing SOURCE: …` and, for what is no
 * object, `unable to decode …`; `validates`: `error validating …`.
 */
export async function* readDocuments({ source, text }: ObjectText, { validates = false }: { readonly validates?: boolean } = {}): AsyncIterable<UntypedObject> {
  const content = await text();
  for (const value of valuesOf(content, source)) {
    if (validates) requireType(value, source);
    yield requireObject(value, source);
  }
}

function valuesOf(content: string, source: string): Iterable<unknown> {
  if (/^\s*\{/.test(content)) {
    const values = jsonValues(content);
    if (values) return values;
  }
  try {
    return parseYamlDocuments(content).map(({ value }) => value);
  } catch {
    return documentByDocument(content, source);
  }
}

/** What stands in front of a mistake counts. */
function* documentByDocument(content: string, source: string): Iterable<unknown> {
  for (const document of content.split(/^---(?=\s|$)/m)) {
    try {
      yield* parseYamlDocuments(document).map(({ value }) => value);
    } catch (error) {
      throw new Error(`error parsing ${source}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

function requireType(value: unknown, source: string): void {
  const { apiVersion, kind } = (value ?? {}) as Record<string, unknown>;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const missing = (name: string, text: unknown): string[] =>
    text === undefined || text === null ? [`${name} not set`] : typeof text === 'string' ? [] : [`${name} isn't string type`];
  const problems = isObject ? [...missing('apiVersion', apiVersion), ...missing('kind', kind)] : ['invalid object to validate'];
  if (problems.length === 0) return;
  const list = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
  throw new Error(
    `error validating ${JSON.stringify(source)}: error validating data: ${list}; if you choose to ignore these errors, turn validation off with --validate=false`,
  );
}

/** JSON values one behind the other; undefined when the text is not just that. */
function jsonValues(text: string): unknown[] | undefined {
  try {
    return [JSON.parse(text)];
  } catch {
    // More than one, or no JSON.
  }
  const values: unknown[] = [];
  let depth = 0;
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      at = endOfString(text, at);
      if (at < 0) return undefined;
    } else if (character === '{' || character === '[') {
      if (depth++ === 0) start = at;
    } else if (character === '}' || character === ']') {
      if (--depth === 0) {
        try {
          values.push(JSON.parse(text.slice(start, at + 1)));
        } catch {
          return undefined;
        }
      }
    } else if (depth === 0 && !/\s/.test(character)) return undefined;
  }
  return depth === 0 ? values : undefined;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return -1;
}

function requireObject(value: unknown, source: string): UntypedObject {
  const shown = (): string => JSON.stringify(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(
      `unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type map[string]interface {}`,
    );
  const { kind, apiVersion } = value as Partial<UntypedObject>;
  if (typeof kind !== 'string' || kind === '') throw new Error(`unable to decode ${JSON.stringify(source)}: Object 'Kind' is missing in '${shown()}'`);
  if (typeof apiVersion !== 'string' || apiVersion === '')
    throw new Error(`unable to decode ${JSON.stringify(source)}: Object 'apiVersion' is missing in '${shown()}'`);
  const object = value as UntypedObject;
  object.metadata ??= {};
  return object;
}
