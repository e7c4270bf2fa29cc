import { jsonSyntaxProblem } from '../../../api/json-syntax.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { parseYamlDocuments } from '../../../api/yaml.ts';
import type { ObjectText } from './file-sources.ts';
import { requireMetadata } from './require-metadata.ts';

/** The objects of a text, in order (see `readValues` and `objectOf`). */
export async function* readDocuments(text: ObjectText): AsyncIterable<UntypedObject> {
  for await (const value of readValues(text)) yield await objectOf(value, text.source);
}

/**
 * What stands in a text, in order: YAML documents, or JSON values one behind the other. Throws, after the values in front of it, `error parsing SOURCE: …`; `validates`:
 * `error validating …`.
 */
export async function* readValues({ source, text }: ObjectText, { validates = false }: { readonly validates?: boolean } = {}): AsyncIterable<unknown> {
  for (const value of valuesOf(await text(), source)) {
    if (validates) requireType(value, source);
    yield value;
  }
}

/** A value of a text as an object. Throws `unable to decode …` for what is none. */
export async function objectOf(value: unknown, source: string): Promise<UntypedObject> {
  const object = requireObject(value, source);
  await requireMetadata(object.metadata, source);
  return object;
}

function valuesOf(content: string, source: string): Iterable<unknown> {
  if (/^\s*\{/.test(content)) return jsonValues(content, source);
  return yamlValues(content, source);
}

/** One document after the other, so that long files need no more memory than their longest document. What stands in front of a mistake counts. */
function* yamlValues(content: string, source: string): Iterable<unknown> {
  // Directives belong to the document behind them.
  const documents = /^%/m.test(content) ? [content] : yamlTexts(content);
  for (const document of documents) {
    try {
      yield* parseYamlDocuments(document).map(({ value }) => value);
    } catch (error) {
      throw new Error(`error parsing ${source}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

/** A line that begins with `---` ends a document whatever stands around it. */
function* yamlTexts(content: string): Iterable<string> {
  let start = 0;
  for (const { index } of content.matchAll(/^---(?=\s|$)/gm)) {
    if (index > start) yield content.slice(start, index);
    start = index + '---'.length;
  }
  yield content.slice(start);
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

/** JSON values one behind the other. Behind the first there may be YAML, and what begins as JSON may be YAML itself. */
function* jsonValues(content: string, source: string): Iterable<unknown> {
  const whole = jsonValue(content);
  if (whole) return yield whole.value;
  let start = nextValue(content, 0);
  for (let count = 0; start < content.length; count++) {
    const end = endOfValue(content, start);
    const found = end < 0 ? undefined : jsonValue(content.slice(start, end));
    if (!found) {
      const yaml = count > 1 ? undefined : yamlOrNothing(content.slice(start));
      if (!yaml) throw new Error(`error parsing ${source}: ${jsonProblem(content, start)}`);
      return yield* yaml;
    }
    yield found.value;
    start = nextValue(content, end);
  }
}

function jsonValue(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** Nearly all text is YAML; only what holds objects is taken for it. */
function yamlOrNothing(text: string): readonly unknown[] | undefined {
  try {
    const values = parseYamlDocuments(text).map(({ value }) => value);
    return values.every((value) => typeof value === 'object') ? values : undefined;
  } catch {
    return undefined;
  }
}

function nextValue(text: string, start: number): number {
  let at = start;
  while (at < text.length && /\s/.test(text[at]!)) at++;
  return at;
}

/** Where the object or list that begins here ends, one character behind it; -1 when it is none or does not end. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      at = endOfString(text, at);
      if (at < 0) return -1;
    } else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      if (--depth === 0) return at + 1;
    }
    if (depth === 0) return -1;
  }
  return -1;
}

/** In the words of Go's decoder of streams; the offset counts from the start of the text. */
function jsonProblem(content: string, start: number): string {
  const end = endOfValue(content, start);
  const text = content.slice(start, end < 0 ? undefined : end);
  const problem = jsonSyntaxProblem(text);
  if (problem === 'unexpected end of JSON input') return 'unexpected EOF';
  return `json: offset ${start + problemAt(text) + 1}: ${problem}`;
}

function problemAt(text: string): number {
  try {
    JSON.parse(text);
    return 0;
  } catch (error) {
    return Number(/at position (\d+)/.exec((error as Error).message)?.[1] ?? 0);
  }
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
      `unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type unstructured.detector`,
    );
  const { kind, apiVersion } = value as Partial<UntypedObject>;
  if (typeof kind !== 'string' || kind === '') throw new Error(`unable to decode ${JSON.stringify(source)}: Object 'Kind' is missing in '${shown()}'`);
  if (typeof apiVersion !== 'string' || apiVersion === '')
    throw new Error(`unable to decode ${JSON.stringify(source)}: Object 'apiVersion' is missing in '${shown()}'`);
  const object = value as UntypedObject;
  object.metadata ??= {};
  return object;
}
