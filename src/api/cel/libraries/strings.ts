/** Strings: `charAt`, `indexOf`, `join`, `replace`, `split`, `substring`, `trim`, `format` and so on (cel-go's `Strings`). Positions are code points. */
import { goEscapes } from '../../go-escapes.ts';
import { codePoints, countCodePoints, unitOffset } from '../code-points.ts';
import { traverseCost } from '../costs.ts';
import { declareFunction, type Library, type Overload } from '../library.ts';
import { formatForMessage } from '../message-format.ts';
import { dynType, intType, listType, stringType, type Type } from '../types.ts';
import { EvaluationError, List } from '../values.ts';
import { localizedFormat } from './localized-format.ts';
import { formatString } from './string-format.ts';

type Int = number | bigint;

const outOfRange = (index: Int): EvaluationError => new EvaluationError(`index out of range: ${index}`);

function charAt(text: string, index: Int): string {
  const at = index < 0 ? -1 : unitOffset(text, Number(index));
  if (at < 0) throw outOfRange(index);
  return at === text.length ? '' : String.fromCodePoint(text.codePointAt(at) as number);
}

/** What the specification's suite wants of an offset behind the end; upstream answers -1. */
const withinText =
  (find: (text: string, part: string, from: Int) => Int) =>
  (text: string, part: string, from: Int): Int => {
    if (part !== '' && from > countCodePoints(text)) throw outOfRange(from);
    return find(text, part, from);
  };

/** The position in code points of a position in UTF-16 units. */
const codePointIndex = (text: string, unit: number): number => (unit < 0 ? -1 : countCodePoints(text.slice(0, unit)));

function indexOf(text: string, part: string, from: Int = 0): Int {
  if (part === '') return from;
  if (from < 0) throw outOfRange(from);
  const start = unitOffset(text, Number(from));
  return start < 0 ? -1 : codePointIndex(text, text.indexOf(part, start));
}

function lastIndexOf(text: string, part: string, from?: Int): Int {
  if (part === '') return from ?? countCodePoints(text);
  if (from === undefined) return codePointIndex(text, text.lastIndexOf(part));
  if (from < 0) throw outOfRange(from);
  const start = unitOffset(text, Number(from));
  return start < 0 || start === text.length ? -1 : codePointIndex(text, text.lastIndexOf(part, start));
}

const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upperAscii = (text: string): string => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** Strings longer than this cannot be made. */
const maximumLength = 1 << 24;

/** A negative count replaces all. */
function replace(text: string, old: string, replacement: string, count: Int = -1): string {
  if (count === 0) return text;
  const pieces = splitAll(text, old);
  const replaced = count < 0 ? pieces.length - 1 : Math.min(Number(count), pieces.length - 1);
  // Between characters, an empty string stands before the first and after the last too.
  if (old === '') return replaceBetween(pieces, replacement, count);
  if (text.length + replaced * replacement.length > maximumLength) throw new EvaluationError('string is too long');
  if (replaced === pieces.length - 1) return pieces.join(replacement);
  return pieces.slice(0, replaced + 1).join(replacement) + old + pieces.slice(replaced + 1).join(old);
}

function replaceBetween(characters: readonly string[], replacement: string, count: Int): string {
  const places = count < 0 ? characters.length + 1 : Math.min(Number(count), characters.length + 1);
  if (characters.length + places * replacement.length > maximumLength) throw new EvaluationError('string is too long');
  const text = characters.map((character, at) => (at < places ? replacement : '') + character).join('');
  return places > characters.length ? text + replacement : text;
}

const splitAll = (text: string, separator: string): string[] => (separator === '' ? codePoints(text) : text.split(separator));

/** A negative limit is none. */
function split(text: string, separator: string, limit: Int = -1): List {
  if (limit === 0) return new List([]);
  const pieces = splitAll(text, separator);
  if (limit < 0 || pieces.length <= Number(limit)) return new List(pieces);
  const kept = Number(limit) - 1;
  return new List([...pieces.slice(0, kept), pieces.slice(kept).join(separator)]);
}

function substring(text: string, start: Int, end?: Int): string {
  if (end !== undefined && start > end) throw new EvaluationError(`invalid substring range. start: ${start}, end: ${end}`);
  const from = start < 0 ? -1 : unitOffset(text, Number(start));
  if (from < 0) throw outOfRange(start);
  if (end === undefined) return text.slice(from);
  const until = unitOffset(text, Number(end));
  if (until < 0) throw outOfRange(end);
  return text.slice(from, until);
}

/** Unicode's white space, as Go's `strings.TrimSpace` has it: JavaScript's but for the byte order mark, and the next line. */
const isSpace = (unit: string | undefined): boolean => unit !== undefined && unit !== '\ufeff' && (unit === '\u0085' || unit.trim() === '');

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return text.slice(start, end);
}

function join(list: List, separator = ''): string {
  const pieces = list.values();
  let length = 0;
  for (const piece of pieces) {
    if (typeof piece !== 'string') throw new EvaluationError(`join: invalid input: ${formatForMessage(piece)}`);
    length += piece.length + separator.length;
  }
  if (length > maximumLength) throw new EvaluationError('string is too long');
  return pieces.join(separator);
}

const escaped = (character: string): string => (character === '"' ? '\\"' : (goEscapes[character] ?? character));

const quote = (text: string): string => `"${Array.from(text.toWellFormed(), escaped).join('')}"`;

const reverse = (text: string): string => codePoints(text).reverse().join('');

const member = (id: string, parameters: readonly Type[], result: Type, evaluate: Overload['evaluate'], cost?: Overload['cost']): Overload => ({
  id,
  isMember: true,
  parameters,
  result,
  evaluate,
  cost,
});

const listOfStrings = listType(stringType);

/** The functions by cel-go's version of the library; Kubernetes has version 2, whose `format` writes numbers as people in the United States do. */
export function stringsLibrary(version = 4): Library {
  const functions = [
    declareFunction('charAt', member('string_char_at_int', [stringType, intType], stringType, charAt)),
    declareFunction(
      'indexOf',
      member('string_index_of_string', [stringType, stringType], intType, (text: string, part: string) => indexOf(text, part)),
      member('string_index_of_string_int', [stringType, stringType, intType], intType, version >= 4 ? withinText(indexOf) : indexOf),
    ),
    declareFunction(
      'lastIndexOf',
      member('string_last_index_of_string', [stringType, stringType], intType, (text: string, part: string) => lastIndexOf(text, part)),
      member('string_last_index_of_string_int', [stringType, stringType, intType], intType, version >= 4 ? withinText(lastIndexOf) : lastIndexOf),
    ),
    declareFunction('lowerAscii', member('string_lower_ascii', [stringType], stringType, lowerAscii)),
    declareFunction('upperAscii', member('string_upper_ascii', [stringType], stringType, upperAscii)),
    declareFunction(
      'replace',
      member('string_replace_string_string', [stringType, stringType, stringType], stringType, replace),
      member('string_replace_string_string_int', [stringType, stringType, stringType, intType], stringType, replace),
    ),
    declareFunction(
      'split',
      member('string_split_string', [stringType, stringType], listOfStrings, split),
      member('string_split_string_int', [stringType, stringType, intType], listOfStrings, split),
    ),
    declareFunction(
      'substring',
      member('string_substring_int', [stringType, intType], stringType, substring),
      member('string_substring_int_int', [stringType, intType, intType], stringType, substring),
    ),
    declareFunction('trim', member('string_trim', [stringType], stringType, trim)),
    declareFunction('join', member('list_join', [listOfStrings], stringType, join), member('list_join_string', [listOfStrings, stringType], stringType, join)),
    declareFunction('strings.quote', { id: 'strings_quote', parameters: [stringType], result: stringType, evaluate: quote, cost: traverseCost }),
    declareFunction(
      'format',
      member('string_format', [stringType, listType(dynType)], stringType, version >= 4 ? formatString : localizedFormat, traverseCost),
    ),
  ];
  if (version >= 3) functions.push(declareFunction('reverse', member('string_reverse', [stringType], stringType, reverse)));
  return { name: 'strings', functions };
}
