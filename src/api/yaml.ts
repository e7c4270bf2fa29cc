/**
 * YAML as Kubernetes reads it: Go's `sigs.k8s.io/yaml`, which follows YAML 1.1 in parts. `yes` and `on` are booleans, `0644` and `0o644` are octal, `1_000` is a number,
 * `22:22` and dates are text, `<<` merges, keys become text.
 */

import type { Event } from 'js-yaml';
import {
  binaryTag,
  CORE_SCHEMA,
  constructFromEvents,
  defineScalarTag,
  EVENT_ID,
  getScalarValue,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  parseEvents,
  YAMLException,
} from 'js-yaml';
import { parsePlainJson, requireKept, tooHeavy } from './json.ts';
import { ApiError, badRequest } from './status.ts';

export interface ParsedYaml {
  readonly value: unknown;
  /** Paths of keys that stand more than once in their mapping; the last one counted. */
  readonly duplicateFields: readonly string[];
  /** What upstream says of them (`yaml: unmarshal errors: ...`); absent when there are none. */
  readonly duplicateMessage?: string;
}

const maximumDepth = 500;
const maximumAliases = 10_000;
/** How many values a document may have once its aliases are written out. */
const maximumExpandedValues = 1_000_000;
const maximumDuplicates = 100;
/** A field is its name and its value. */
const eventWeight = 7;

/** Reads the first document; an empty text is null. Throws a 400 that starts `error converting YAML to JSON`, a 413 for one that holds more than `maxWeight` (see `parseJson`). */
export function parseYaml(text: string, { maxWeight = Infinity }: { readonly maxWeight?: number } = {}): ParsedYaml {
  const json = parsePlainJson(text, { maxDepth: maximumDepth, maxWeight });
  return json ? { value: json.value, duplicateFields: [] } : (parseDocuments(text, maxWeight)[0] ?? { value: null, duplicateFields: [] });
}

/** Reads all documents; those without content are left out, as kubectl does. Throws a 400. */
export function parseYamlDocuments(text: string): ParsedYaml[] {
  return parseDocuments(text).filter(({ value }) => value !== null);
}

function parseDocuments(text: string, maxWeight = Infinity): ParsedYaml[] {
  try {
    const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
    const events = parseEvents(source, { maxDepth: maximumDepth });
    if (events.length * eventWeight > maxWeight) throw tooHeavy();
    const values = constructFromEvents(events, { source, schema: goSchema, json: true, maxAliases: maximumAliases });
    const hasAliases = events.some((event) => event.type === EVENT_ID.ALIAS);
    const duplicates = findDuplicates(events, source);
    return values.map((value, document) =>
      describe(
        toJson(value, hasAliases),
        duplicates.filter((duplicate) => duplicate.document === document),
      ),
    );
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(400, 'BadRequest', `error converting YAML to JSON: ${yamlProblem(error)}`, { cause: error });
  }
}

function yamlProblem(error: unknown): string {
  if (!(error instanceof YAMLException)) return `yaml: ${error instanceof Error ? error.message : String(error)}`;
  return error.mark ? `yaml: line ${error.mark.line + 1}: ${error.reason}` : `yaml: ${error.reason}`;
}

interface Duplicate {
  readonly document: number;
  readonly path: string;
  readonly key: string;
  readonly line: number;
}

function describe(value: unknown, duplicates: readonly Duplicate[]): ParsedYaml {
  if (duplicates.length === 0) return { value, duplicateFields: [] };
  const lines = duplicates.map(({ line, key }) => `  line ${line}: key ${JSON.stringify(key)} already set in map`);
  return { value, duplicateFields: [...new Set(duplicates.map(({ path }) => path))], duplicateMessage: `yaml: unmarshal errors:\n${lines.join('\n')}` };
}

const trueWords = ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'];
const falseWords = ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'];
const goBoolean = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: [...'yYtToOnNfF'],
  resolve: (source) => (trueWords.includes(source) ? true : falseWords.includes(source) ? false : NOT_RESOLVED),
  identify: (data) => typeof data === 'boolean',
});

const goInteger = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: [...'+-0123456789'],
  resolve: (source) => integerOf(source.replaceAll('_', '')) ?? NOT_RESOLVED,
  identify: (data) => Number.isInteger(data),
});

const goFloat = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: [...'+-.0123456789'],
  resolve: (source) => {
    const plain = source.replaceAll('_', '');
    if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(plain)) return Number(plain);
    const special = /^([-+]?)\.(?:inf|Inf|INF)$/.exec(source);
    if (special) return special[1] === '-' ? -Infinity : Infinity;
    return /^\.(?:nan|NaN|NAN)$/.test(source) ? NaN : NOT_RESOLVED;
  },
  identify: (data) => typeof data === 'number',
});

const goSchema = CORE_SCHEMA.withTags(goBoolean, goInteger, goFloat, nullCoreTag, mergeTag, binaryTag);

/** Go's `strconv.ParseInt(text, 0, 64)`: a sign, then a base by its prefix. Throws UnkeptNumber for what would be changed. */
function integerOf(text: string): number | undefined {
  const match = /^([-+]?)(?:(0|[1-9]\d*)|0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+))$/.exec(text);
  if (!match) return undefined;
  const [, sign = '', decimal, hexadecimal, octal, binary] = match;
  const digits = decimal ?? (hexadecimal ? `0x${hexadecimal}` : octal ? `0o${octal}` : `0b${binary!}`);
  const amount = Number(digits);
  if (Number.isSafeInteger(amount)) return sign === '-' ? -amount : amount;
  const exact = sign === '-' ? -BigInt(digits) : BigInt(digits);
  requireKept(String(exact));
  // Larger ones are decimal numbers or no numbers.
  if (exact < 0n || exact >= 2n ** 64n) return undefined;
  return Number(exact);
}

/** Makes a constructed document what JSON would be: no shared parts, no bytes, no infinities. */
function toJson(root: unknown, hasAliases: boolean): unknown {
  let left = maximumExpandedValues;
  const copy = (value: unknown): unknown => {
    if (--left < 0) throw badRequest('error converting YAML to JSON: yaml: document contains excessive aliasing');
    if (typeof value === 'number' && !Number.isFinite(value)) throw badRequest(`error converting YAML to JSON: json: unsupported value: ${goNumber(value)}`);
    if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    const result: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(value))
      Object.defineProperty(result, key, { value: copy(inner), writable: true, enumerable: true, configurable: true });
    return result;
  };
  return hasAliases || needsCopy(root) ? copy(root) : root;
}

function needsCopy(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof Uint8Array) return true;
  for (const name in value) if (needsCopy((value as Record<string, unknown>)[name])) return true;
  return false;
}

const goNumber = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf');

type Frame = { readonly keys: Set<string> | undefined; key: string; expectsKey: boolean; index: number };

/** Keys that stand twice in a mapping, found in the event stream: constructing keeps only the last. */
function findDuplicates(events: readonly Event[], source: string): Duplicate[] {
  const found: Duplicate[] = [];
  const frames: Frame[] = [];
  let document = -1;
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      if (frames.pop()?.keys !== documentKeys) afterValue(frames.at(-1));
      continue;
    }
    const frame = frames.at(-1);
    if (event.type === EVENT_ID.DOCUMENT) {
      document++;
      frames.push({ keys: documentKeys, key: '', expectsKey: false, index: 0 });
    } else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) {
      const isMapping = event.type === EVENT_ID.MAPPING;
      frames.push({ keys: isMapping ? new Set() : undefined, key: '', expectsKey: isMapping, index: 0 });
    } else {
      const key = event.type === EVENT_ID.SCALAR && frame?.expectsKey ? getScalarValue(source, event) : undefined;
      if (key !== undefined && isDuplicate(frame!, key) && found.length < maximumDuplicates) {
        found.push({ document, path: pathOf(frames), key, line: lineOf(source, event.type === EVENT_ID.SCALAR ? event.valueStart : 0) });
      }
      afterValue(frame);
    }
  }
  return found;
}

/** Marks the frame of a document, which has neither keys nor items. */
const documentKeys = new Set<string>();

function afterValue(frame: Frame | undefined): void {
  if (!frame) return;
  if (frame.keys && frame.keys !== documentKeys) frame.expectsKey = !frame.expectsKey;
  else frame.index++;
}

function isDuplicate(frame: Frame, key: string): boolean {
  frame.key = key;
  // Merges may be repeated; the constructor applies them in turn.
  if (key === '<<' || !frame.keys!.has(key)) {
    frame.keys!.add(key);
    return false;
  }
  return true;
}

function pathOf(frames: readonly Frame[]): string {
  let path = '';
  for (const { keys, key, index } of frames) {
    if (keys !== documentKeys) path += keys ? (path === '' ? key : `.${key}`) : `[${index}]`;
  }
  return path;
}

function lineOf(source: string, position: number): number {
  let line = 1;
  for (let at = source.indexOf('\n'); at >= 0 && at < position; at = source.indexOf('\n', at + 1)) line++;
  return line;
}
