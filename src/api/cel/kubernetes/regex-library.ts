/** `find` and `findAll`: regular expressions of RE2 in texts. */
import { matchCost } from '../costs.ts';
import type { Library } from '../library.ts';
import { compileRegularExpression, matcherOf } from '../regular-expressions.ts';
import { intType, listType, stringType } from '../types.ts';
import { EvaluationError, List } from '../values.ts';
import { memberFunction } from './declarations.ts';

/** What a match costs is known before it runs. */
const costs = { cost: matchCost, costBefore: matchCost };

export const regexLibrary: Library = {
  name: 'kubernetes.regex',
  functions: [
    memberFunction('find', 'string_find_string', [stringType, stringType], stringType, {
      evaluate: (text: string, pattern: string) => matches(text, pattern, 1)[0] ?? '',
      ...costs,
    }),
    memberFunction('findAll', 'string_find_all_string', [stringType, stringType], listType(stringType), {
      evaluate: (text: string, pattern: string) => new List(matches(text, pattern, -1)),
      ...costs,
    }),
    memberFunction('findAll', 'string_find_all_string_int', [stringType, stringType, intType], listType(stringType), {
      evaluate: (text: string, pattern: string, limit: number | bigint) => new List(matches(text, pattern, Number(limit))),
      ...costs,
    }),
  ],
};

/** At most so many; all when the limit is negative. An empty match beside the one before it does not count, as in Go. */
function matches(text: string, pattern: string, limit: number): string[] {
  const found: string[] = [];
  const matcher = matcherOf(text, compile(pattern));
  let lastEnd = -1;
  while ((limit < 0 || found.length < limit) && matcher.find()) {
    const start = matcher.start();
    const end = matcher.end();
    if (start !== end || end !== lastEnd) found.push(text.slice(start, end));
    lastEnd = end;
  }
  return found;
}

function compile(pattern: string): ReturnType<typeof compileRegularExpression> {
  try {
    return compileRegularExpression(pattern);
  } catch (error) {
    if (error instanceof EvaluationError) throw new EvaluationError(`Illegal regex: ${error.message}`);
    throw error;
  }
}
