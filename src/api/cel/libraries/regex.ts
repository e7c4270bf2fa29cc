/** `regex.extract`, `regex.extractAll` and `regex.replace` (cel-go's `Regex`), in RE2's syntax. */
import type { RE2JS } from 're2js';
import { matchCost } from '../costs.ts';
import { declareFunction, type Library } from '../library.ts';
import { compileRegularExpression, matcherOf } from '../regular-expressions.ts';
import { intType, listType, optionalType, stringType } from '../types.ts';
import { EvaluationError, List, noValue, OptionalValue } from '../values.ts';

function compileWithOneGroup(source: string): RE2JS {
  const expression = compileRegularExpression(source);
  if (expression.groupCount() > 1) throw new EvaluationError(`regular expression has more than one capturing group: ${JSON.stringify(source)}`);
  return expression;
}

/** The group, or without one the whole match; undefined: the group matched nothing. */
function extract(text: string, source: string): OptionalValue {
  const expression = compileWithOneGroup(source);
  const matcher = matcherOf(text, expression);
  if (!matcher.find()) return noValue;
  const found = matcher.group(expression.groupCount());
  return found === null || (found === '' && expression.groupCount() > 0) ? noValue : new OptionalValue(found);
}

function extractAll(text: string, source: string): List {
  const expression = compileWithOneGroup(source);
  const hasGroup = expression.groupCount() > 0;
  const matcher = matcherOf(text, expression);
  const found: string[] = [];
  while (matcher.find()) {
    const part = matcher.group(hasGroup ? 1 : 0) ?? '';
    if (part !== '' || !hasGroup) found.push(part);
  }
  return new List(found);
}

/** Results longer than this cannot be made. */
const maximumLength = 1 << 24;

function replace(text: string, source: string, replacement: string, count: number | bigint = -1): string {
  if (count === 0) return text;
  if (count > 2 ** 31 - 1) throw new EvaluationError('integer overflow');
  const expression = compileRegularExpression(source);
  const matcher = matcherOf(text, expression);
  let replaced = '';
  let from = 0;
  for (let done = 0; (count < 0 || done < count) && matcher.find(); done++) {
    replaced += text.slice(from, matcher.start()) + expandReplacement(replacement, expression.groupCount(), (group) => matcher.group(group) ?? '');
    if (replaced.length > maximumLength) throw new EvaluationError('string is too long');
    from = matcher.end();
  }
  return replaced + text.slice(from);
}

function expandReplacement(replacement: string, groupCount: number, read: (group: number) => string): string {
  return replacement.replace(/\\([\s\S]?)/gu, (_, character: string) => {
    if (character === '\\') return '\\';
    if (character === '') throw new EvaluationError(`invalid replacement string: '${replacement}' \\ not allowed at end`);
    if (!/^\d$/.test(character)) throw new EvaluationError(`invalid replacement string: '${replacement}' \\ must be followed by a digit or \\`);
    const group = Number(character);
    if (group > groupCount) throw new EvaluationError(`replacement string references group ${group} but regex has only ${groupCount} group(s)`);
    return read(group);
  });
}

const rest = { cost: matchCost, costBefore: matchCost };

export const regexLibrary: Library = {
  name: 'regex',
  functions: [
    declareFunction('regex.extract', {
      id: 'regex_extract_string_string',
      parameters: [stringType, stringType],
      result: optionalType(stringType),
      evaluate: extract,
      ...rest,
    }),
    declareFunction('regex.extractAll', {
      id: 'regex_extractAll_string_string',
      parameters: [stringType, stringType],
      result: listType(stringType),
      evaluate: extractAll,
      ...rest,
    }),
    declareFunction(
      'regex.replace',
      { id: 'regex_replace_string_string_string', parameters: [stringType, stringType, stringType], result: stringType, evaluate: replace, ...rest },
      {
        id: 'regex_replace_string_string_string_int',
        parameters: [stringType, stringType, stringType, intType],
        result: stringType,
        evaluate: replace,
        ...rest,
      },
    ),
  ],
};
