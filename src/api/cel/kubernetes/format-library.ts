/** `format.dns1123Label()` and the others, `format.named(...)` and `validate`. */
import type { Library } from '../library.ts';
import { listType, optionalType, stringType } from '../types.ts';
import { List, noValue, OptionalValue } from '../values.ts';
import { matching } from './costs.ts';
import { globalFunction, memberFunction } from './declarations.ts';
import { formatType, NamedFormat, namedFormats } from './named-formats.ts';

export const formatLibrary: Library = {
  name: 'kubernetes.format',
  functions: [
    ...Object.entries(namedFormats).map(([name, format]) => globalFunction(`format.${name}`, `format.${name}`, [], formatType, { evaluate: () => format })),
    globalFunction('format.named', 'format-named', [stringType], optionalType(formatType), {
      evaluate: (name: string) => (Object.hasOwn(namedFormats, name) ? new OptionalValue(namedFormats[name]) : noValue),
    }),
    memberFunction('validate', 'format-validate', [formatType, stringType], optionalType(listType(stringType)), {
      evaluate: (format: NamedFormat, text: string) => {
        const problems = format.problems(text);
        return problems.length === 0 ? noValue : new OptionalValue(new List(problems));
      },
      cost: ([format, text]) => (format instanceof NamedFormat ? matching(text, format.patternLength) : 1),
    }),
  ],
};
