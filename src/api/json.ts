/** Reading JSON that a client sent. */
import { jsonSyntaxProblem } from './json-syntax.ts';
import { ApiError, badRequest, tooLarge } from './status.ts';

export interface ParsedJson {
  readonly value: unknown;
  /** Paths of fields that stand more than once in their object, such as `spec.containers[0].name`; the last one counted. Empty unless asked for. */
  readonly duplicateFields: readonly string[];
}

export interface ParseJsonOptions {
  /** How deep objects and arrays may nest. Default 10,000, upstream's; callers that recurse over the value want less. */
  readonly maxDepth?: number;
  /** Look for duplicate fields. Default: no. */
  readonly findDuplicates?: boolean;
  /** How much the text may hold: each field, object and list counts 10, each comma 4. Default: no bound. */
  readonly maxWeight?: number;
}

/** Upstream stops telling more. */
const maximumDuplicates = 100;

/** Reads JSON. Throws a 400 with upstream's text for what is not JSON or nests too deep, a 413 for what holds too much. */
export function parseJson(source: Uint8Array | string, { maxDepth = 10_000, findDuplicates = false, maxWeight = Infinity }: ParseJsonOptions = {}): ParsedJson {
  const text = typeof source === 'string' ? source : Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString('utf8');
  // A list weighs most for its length: two characters.
  if (text.length * listWeight > maxWeight * 2 && weightOf(text, maxWeight) > maxWeight) throw tooHeavy();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, 'BadRequest', jsonSyntaxProblem(text), { cause: error });
  }
  if (findDuplicates && isSurelyWithout(text, value, maxDepth)) {
    refuseLargeNumbers(text);
    return { value, duplicateFields: none };
  }
  if (text.length > maxDepth && nestsDeeperThan(text, maxDepth)) throw badRequest('exceeded max depth');
  refuseLargeNumbers(text);
  return { value, duplicateFields: findDuplicates ? findDuplicateFields(text) : none };
}

/** Throws for numbers that would not be written as they were read: those read as infinity, and integers that a double does not tell from their neighbours. */
function refuseLargeNumbers(text: string): void {
  if (!mayHoldLargeNumber.test(text)) return;
  JSON.parse(text, ((_name: string, value: unknown, { source }: { source?: string }) => {
    if (typeof value !== 'number' || source === undefined) return value;
    if (!Number.isFinite(value)) throw new UnkeptNumber(`cannot unmarshal number ${source} into Go value of type float64`);
    if (!Number.isSafeInteger(value) && plainInteger.test(source)) requireKept(source);
    return value;
  }) as (name: string, value: unknown) => unknown);
}

/** Only then may there be a number that no double holds. (Written so that it is searched for quickly.) */
const mayHoldLargeNumber = /^[0-9]{16}|[:,[\s-][0-9]{16}|[0-9][eE]\+?[0-9]{3}/;

const plainInteger = /^-?[0-9]+$/;

/** A 400 for a number that would not be written as it was read. */
export class UnkeptNumber extends ApiError {
  constructor(problem: string) {
    super(400, 'BadRequest', `json: ${problem}`);
  }
}

const largestInteger = 2n ** 63n;

/** Throws UnkeptNumber for a 64-bit integer that a double does not tell from its neighbours. Larger ones are floating point numbers to Go, too. */
export function requireKept(integer: string): void {
  const exact = BigInt(integer);
  if (Number.isSafeInteger(Number(exact)) || exact < -largestInteger || exact >= largestInteger) return;
  throw new UnkeptNumber(`number ${integer} cannot be kept exactly: integers must lie between ${Number.MIN_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`);
}

/** The refusal of what holds too much. */
export const tooHeavy = (): ApiError => tooLarge('Request entity too large: it has too many fields');

/**
 * Reads a text that may be something else than JSON: undefined unless it is JSON of an object which needs no second look, for duplicate fields, depth, escapes or
 * large numbers.
 * Then YAML reads the same out of it. Throws a 413 for what holds too much.
 */
export function parsePlainJson(
  text: string,
  { maxDepth, maxWeight }: { readonly maxDepth: number; readonly maxWeight: number },
): { readonly value: unknown } | undefined {
  if (text[0] !== '{' || text.includes('"<<"') || mayHoldLargeNumber.test(text)) return undefined;
  let value: unknown;
  try {
    if (text.length * listWeight > maxWeight * 2 && weightOf(text, maxWeight) > maxWeight) throw tooHeavy();
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    return undefined;
  }
  return isSurelyWithout(text, value, maxDepth) ? { value } : undefined;
}

const none: readonly string[] = Object.freeze([]);

const listWeight = 10;
const itemWeight = 4;

/** What JSON weighs, or more than `enough` if so. Wrong for texts that are not JSON. */
function weightOf(text: string, enough: number): number {
  let weight = 0;
  for (let at = 0; at < text.length && weight <= enough; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at);
      if (at < 0) break;
    } else if (code === 0x2c) weight += itemWeight;
    else if (code === 0x3a || code === 0x7b || code === 0x5b) weight += listWeight;
  }
  return weight;
}

/** Counting is deeper than this no more: it recurses. */
const maximumCountedDepth = 1_000;

/**
 * A quick look that spares nearly all texts the searches for duplicates and depth: without escapes, a quote before a colon ends a field's name, so there are as many
 * of them as the value has fields unless one stands twice. False when that is not sure, or the value nests too deep.
 */
function isSurelyWithout(text: string, value: unknown, maxDepth: number): boolean {
  if (maxDepth > maximumCountedDepth || text.includes('\\')) return false;
  let names = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === 0x22) names++;
    // The name may have ended before the blanks; in a text within quotes this does not matter.
    else if (before <= 0x20) return false;
  }
  return names === countFields(value, maxDepth);
}

/** NaN when the value nests deeper than `depth`. */
function countFields(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) return NaN;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countFields(item, depth - 1);
    return count;
  }
  for (const name in value) {
    count++;
    const inner = (value as Record<string, unknown>)[name];
    if (typeof inner === 'object') count += countFields(inner, depth - 1);
  }
  return count;
}

/** Whether valid JSON nests deeper than a bound. */
function nestsDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

/** The position after the object or list that starts at `start` of valid JSON; -1 when it does not end. */
export function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at);
      if (at < 0) return -1;
    } else if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) return at + 1;
  }
  return -1;
}

/** The position of the quote that ends the string that starts at `start`; -1 when none does. */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return end;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
}

type Frame = { readonly keys: Set<string> | undefined; key: string; expectsKey: boolean; index: number };

/** The paths of duplicate fields in valid JSON, in the order they stand, each once. */
export function findDuplicateFields(text: string): string[] {
  const found = new Set<string>();
  const frames: Frame[] = [];
  let frame: Frame | undefined;
  for (let at = 0; at < text.length && found.size < maximumDuplicates; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      const end = endOfString(text, at);
      if (frame?.expectsKey && frame.keys && isDuplicate(frame, frame.keys, text.slice(at, end + 1))) found.add(pathOf(frames));
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
      frame = { keys: code === 0x7b ? new Set() : undefined, key: '', expectsKey: code === 0x7b, index: 0 };
      frames.push(frame);
    } else if (code === 0x7d || code === 0x5d) {
      frames.pop();
      frame = frames.at(-1);
    } else if (code === 0x2c && frame) {
      frame.expectsKey = frame.keys !== undefined;
      frame.index++;
    }
  }
  return [...found];
}

function isDuplicate(frame: Frame, keys: Set<string>, quoted: string): boolean {
  frame.key = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
  frame.expectsKey = false;
  if (keys.has(frame.key)) return true;
  keys.add(frame.key);
  return false;
}

function pathOf(frames: readonly Frame[]): string {
  let path = '';
  for (const { keys, key, index } of frames) path += keys ? (path === '' ? key : `.${key}`) : `[${index}]`;
  return path;
}
