/** Field selectors: `metadata.name=x,spec.nodeName!=y`. Rules and texts: apimachinery `pkg/fields`. */
import { badRequest } from './status.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** A conjunction of requirements on fields that hold text. */
export interface FieldSelector {
  /** In the order of the sorted text; none matches everything. */
  readonly requirements: readonly FieldRequirement[];
  /** An absent field counts as `''`. */
  matches(fields: Readonly<Record<string, string>>): boolean;
  /** The value a field must have, when the selector says so: `valueOf('metadata.name')` turns a list into a lookup. */
  valueOf(field: string): string | undefined;
  toString(): string;
}

const maximumLength = 64 * 1024;

/** Reads a field selector; `''` matches everything. Throws a 400 with upstream's text. */
export function parseFieldSelector(text: string): FieldSelector {
  if (text.length > maximumLength) throw badRequest(`the field selector is longer than ${maximumLength} characters`);
  const terms = splitTerms(text)
    .sort()
    .filter((term) => term !== '');
  return createFieldSelector(terms.map((term) => parseTerm(text, term)));
}

/** A selector of requirements that are known to be good. */
export function createFieldSelector(requirements: readonly FieldRequirement[]): FieldSelector {
  return {
    requirements,
    matches: (fields) => requirements.every(({ field, operator, value }) => ((fields[field] ?? '') === value) === (operator === '=')),
    valueOf: (field) => requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value,
    toString: () => requirements.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(','),
  };
}

/**
 * Refuses a selector on fields that a resource does not offer; `selectable` are those besides `metadata.name` and `metadata.namespace`.
 * Throws a 400: resources without fields of their own use upstream's generic text.
 */
export function requireSelectableFields(selector: FieldSelector, selectable: readonly string[]): void {
  for (const { field } of selector.requirements) {
    if (field === 'metadata.name' || field === 'metadata.namespace' || selectable.includes(field)) continue;
    if (selectable.length > 0) throw badRequest(`field label not supported: ${field}`);
    throw badRequest(`${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
  }
}

/** Writes a value so that commas, equals signs and backslashes in it are read back. */
export const escapeFieldValue = (value: string): string => value.replace(/[\\,=]/g, (character) => `\\${character}`);

/** Splits at commas that no backslash precedes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(selector: string, term: string): FieldRequirement {
  const match = /!=|==|=/.exec(term);
  if (!match) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  const value = unescapeValue(term.slice(match.index + match[0].length));
  return { field: term.slice(0, match.index), operator: match[0] === '!=' ? '!=' : '=', value };
}

function unescapeValue(text: string): string {
  let value = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\') {
      const next = text[++at] ?? '';
      if (next === '' || !'\\,='.includes(next)) throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
      value += next;
    } else if (character === ',' || character === '=') {
      // Upstream prints the character's number.
      throw badRequest(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    } else value += character;
  }
  return value;
}
