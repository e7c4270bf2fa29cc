import { isInt64 } from '../go-numbers.ts';
import type { Schema } from '../schema.ts';
import { canonicalText, sortedFields } from './canonical-text.ts';
import type { ValidationRun } from './validation-run.ts';

/**
 * Reports a value that `enum` does not list. Null never is, whatever the list says; and numbers match what Go converts them to: of whole numbers in the list they need only have
 * the whole part, and of texts be the code point.
 */
export function enumCheck({ enum: values }: Schema): ((value: unknown, run: ValidationRun) => void) | undefined {
  if (!values?.length) return undefined;
  const texts = new Set(values.filter((value) => typeof value === 'string'));
  const numbers = new Set(values.filter((value) => typeof value === 'number'));
  const others = new Set(values.filter((value) => typeof value === 'object' || typeof value === 'boolean').map(canonicalText));
  const isListed = (value: unknown): boolean => {
    if (typeof value === 'string') return texts.has(value);
    if (typeof value === 'number')
      return numbers.has(value) || numbers.has(Math.trunc(value)) || (texts.size > 0 && isInt64(value) && texts.has(character(value)));
    return value !== null && others.has(canonicalText(value));
  };
  return (value, run) => {
    if (!isListed(value)) run.report('FieldValueNotSupported', { value: sortedFields(value), detail: `supported values: ${namesOf(values)}` });
  };
}

const character = (codePoint: number): string =>
  codePoint < 0 || codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff) ? '\ufffd' : String.fromCodePoint(codePoint);

const listedNames = new WeakMap<readonly unknown[], string>();
const maximumListed = 64 * 1024;

/** The values as messages list them; of very many, those that anyone may still read. */
function namesOf(values: readonly unknown[]): string {
  const known = listedNames.get(values);
  if (known !== undefined) return known;
  let names = '';
  for (const value of values) {
    if (names.length > maximumListed) {
      names += ', ...';
      break;
    }
    names += `${names === '' ? '' : ', '}${JSON.stringify(typeof value === 'string' ? value : canonicalText(value))}`;
  }
  listedNames.set(values, names);
  return names;
}
