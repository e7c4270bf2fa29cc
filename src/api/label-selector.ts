/** Label selectors: the text form (`app=web,tier notin (a,b),!old`), the `LabelSelector` objects of specs, and matching. Rules and texts: apimachinery `pkg/labels`. */

import type { LabelSelector as LabelSelectorObject } from './generated/meta-v1.ts';
import { labelValueProblems, qualifiedNameProblems } from './names.ts';
import { badRequest } from './status.ts';

export type Labels = Readonly<Record<string, string>>;
export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  /** Without duplicates, sorted. */
  readonly values: readonly string[];
}

/** A conjunction of requirements. */
export interface Selector {
  /** Sorted by key; none matches everything, unless `matchesNothing`. */
  readonly requirements: readonly Requirement[];
  readonly matchesNothing: boolean;
  matches(labels: Labels | undefined): boolean;
  /** The text form, as upstream prints it. */
  toString(): string;
}

/** Matches every object. */
export const everything: Selector = createSelector([]);
/** Matches no object. */
export const nothing: Selector = { requirements: [], matchesNothing: true, matches: () => false, toString: () => '' };

const maximumLength = 256 * 1024;

/** Reads the text form. Throws a 400 with upstream's text. */
export function parseLabelSelector(text: string): Selector {
  if (text.length > maximumLength) throw badRequest(`the label selector is longer than ${maximumLength} characters`);
  if (text === '') return everything;
  return createSelector(new Parser(tokens(text)).parse());
}

/** The selector that matches exactly these labels. */
export const selectorFromLabels = (labels: Labels | undefined): Selector =>
  createSelector(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })));

/**
 * Reads the object form. An absent selector matches nothing, an empty one everything (upstream `LabelSelectorAsSelector`). Throws a 400 for an unknown operator
 * or a bad key or value.
 */
export function selectorFromObject(selector: LabelSelectorObject | undefined): Selector {
  if (!selector) return nothing;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => createRequirement(key, '=', [value]));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const name = objectOperators[operator];
    if (!name) throw badRequest(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(createRequirement(key, name, values ?? []));
  }
  return createSelector(requirements);
}

const objectOperators: Readonly<Record<string, Operator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/** A selector of requirements that are known to be good. */
export function createSelector(requirements: readonly Requirement[]): Selector {
  const sorted = [...requirements].sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
  return {
    requirements: sorted,
    matchesNothing: false,
    matches: (labels = {}) => sorted.every((requirement) => matchesRequirement(requirement, labels)),
    toString: () => sorted.map(requirementText).join(','),
  };
}

/** Whether labels satisfy one requirement. */
export function matchesRequirement({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
    case 'lt':
      return compares(operator, value, values[0]!);
  }
}

function compares(operator: 'gt' | 'lt', value: string | undefined, bound: string): boolean {
  if (value === undefined || !isInteger(value)) return false;
  return operator === 'gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}

const isInteger = (text: string): boolean => /^-?\d{1,19}$/.test(text);

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

function createRequirement(key: string, operator: Operator, values: readonly string[]): Requirement {
  const problems = [...keyProblems(key), ...valueCountProblems(operator, values)];
  for (const [index, value] of values.entries()) {
    const wrong = labelValueProblems(value);
    if (wrong.length > 0) problems.push(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join('; ')}`);
  }
  if (problems.length > 0) throw badRequest(problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`);
  return { key, operator, values: values.length > 1 ? [...new Set(values)].sort() : values };
}

function keyProblems(key: string): string[] {
  const problems = qualifiedNameProblems(key);
  // Upstream validates without a path, which prints so.
  return problems.length > 0 ? [`<nil>: Invalid value: ${JSON.stringify(key)}: ${problems.join('; ')}`] : [];
}

function valueCountProblems(operator: Operator, values: readonly string[]): string[] {
  const invalid = (detail: string): string[] => [`values: Invalid value: ${JSON.stringify(values)}: ${detail}`];
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length === 0 ? invalid("for 'in', 'notin' operators, values set can't be empty") : [];
    case 'exists':
    case '!':
      return values.length === 0 ? [] : invalid('values set must be empty for exists and does not exist');
    case 'gt':
    case 'lt': {
      if (values.length !== 1) return invalid("for 'Gt', 'Lt' operators, exactly one value is required");
      return isInteger(values[0]!) ? [] : [`values[0]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`];
    }
    default:
      return values.length === 1 ? [] : invalid('exact-match compatibility requires one single value');
  }
}

type TokenKind = 'end' | 'identifier' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'in' | 'notin' | 'error';
interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const special = new Set('=!(),><');
const operatorSymbols: readonly TokenKind[] = [')', ',', '!', '==', '=', '>', '<', '!=', '('];

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    if (/\s/.test(text[at]!)) at++;
    else if (special.has(text[at]!)) {
      while (at < text.length && special.has(text[at]!) && isSymbolPrefix(text.slice(start, at + 1))) at++;
      const symbol = text.slice(start, at);
      found.push({ kind: operatorSymbols.find((kind) => kind === symbol) ?? 'error', text: symbol });
    } else {
      while (at < text.length && !special.has(text[at]!) && !/\s/.test(text[at]!)) at++;
      const word = text.slice(start, at);
      found.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
    }
  }
  return found;
}

const isSymbolPrefix = (text: string): boolean => text.length === 1 || text === '==' || text === '!=';

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { kind, text } = this.#peek();
      if (kind === 'end') return requirements;
      if (kind !== 'identifier' && kind !== '!') throw badRequest(`found '${text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#requirement());
      const separator = this.#take();
      if (separator.kind === 'end') return requirements;
      if (separator.kind !== ',') throw badRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
      const next = this.#peek();
      if (next.kind !== 'identifier' && next.kind !== '!') throw badRequest(`found '${next.text}', expected: identifier after ','`);
    }
  }

  /** Inside values `in` and `notin` are plain words. */
  #peek(operators = false): Token {
    const token = this.#tokens[this.#at] ?? { kind: 'end', text: '' };
    return !operators && (token.kind === 'in' || token.kind === 'notin') ? { kind: 'identifier', text: token.text } : token;
  }

  #take(operators = false): Token {
    const token = this.#peek(operators);
    this.#at++;
    return token;
  }

  #requirement(): Requirement {
    try {
      return this.#readRequirement();
    } catch (error) {
      throw badRequest(`unable to parse requirement: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #readRequirement(): Requirement {
    let token = this.#take();
    const isNegated = token.kind === '!';
    if (isNegated) token = this.#take();
    if (token.kind !== 'identifier') throw badRequest(`found '${token.text}', expected: identifier`);
    const wrong = keyProblems(token.text);
    if (wrong.length > 0) throw badRequest(wrong[0]!);
    const next = this.#peek().kind;
    if (isNegated) return createRequirement(token.text, '!', []);
    if (next === 'end' || next === ',') return createRequirement(token.text, 'exists', []);
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#values() : this.#exactValue();
    return createRequirement(token.text, operator, [...new Set(values)].sort());
  }

  #operator(): Operator {
    const { kind, text } = this.#take(true);
    if (kind === '>') return 'gt';
    if (kind === '<') return 'lt';
    if (kind === '=' || kind === '==' || kind === '!=' || kind === 'in' || kind === 'notin') return kind;
    throw badRequest(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  #values(): string[] {
    const open = this.#take();
    if (open.kind !== '(') throw badRequest(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.kind === ')') {
      this.#take();
      return [''];
    }
    if (first.kind !== 'identifier' && first.kind !== ',') throw badRequest(`found '${first.text}', expected: ',', ')' or identifier`);
    return this.#valueList();
  }

  /** Values up to the closing parenthesis; nothing between commas is the empty value. */
  #valueList(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === 'identifier') {
        values.push(token.text);
        const next = this.#take();
        if (next.kind === ')') return values;
        if (next.kind !== ',') throw badRequest(`found '${next.text}', expected: ',' or ')'`);
        if (this.#peek().kind === ')') {
          this.#take();
          return [...values, ''];
        }
      } else if (token.kind === ',') {
        values.push('');
        if (this.#peek().kind === ')') {
          this.#take();
          return values;
        }
      } else throw badRequest(`found '${token.text}', expected: ',', or identifier`);
    }
  }

  #exactValue(): string[] {
    const { kind, text } = this.#peek();
    if (kind === 'end' || kind === ',') return [''];
    if (kind !== 'identifier') throw badRequest(`found '${text}', expected: identifier`);
    this.#take();
    return [text];
  }
}
