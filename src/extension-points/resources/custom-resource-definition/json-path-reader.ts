import { type Comparison, comparisons } from './json-path-comparison.ts';
import { type FilterOperand, JsonPathError, type PathStep } from './json-path-steps.ts';

const endsName = /[\s.,[\]$@{}]/;

/** Reads the text of a path into steps. */
export class JsonPathReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): PathStep[] {
    const steps: PathStep[] = [];
    while (this.#at < this.#text.length) {
      const step = this.#step();
      if (step) steps.push(step);
    }
    return steps;
  }

  #step(): PathStep | undefined {
    const rest = this.#text[this.#at]!;
    if (this.#text.startsWith('[?(', this.#at)) return this.#filter();
    if (this.#text.startsWith('..', this.#at)) {
      // The second dot begins the field that is looked for, if one follows.
      this.#at += /[\w*'\\]/.test(this.#text[this.#at + 2] ?? '') ? 1 : 2;
      return { kind: 'recursive' };
    }
    if (rest === '[') return this.#brackets();
    this.#at++;
    // These two name the object at hand.
    if (rest === '$' || rest === '@' || rest === ' ') return undefined;
    if (rest === '.') return this.#field();
    throw new JsonPathError(`unrecognized character in action: ${JSON.stringify(rest)}`);
  }

  #field(): PathStep {
    let name = '';
    while (this.#at < this.#text.length && !endsName.test(this.#text[this.#at]!)) {
      if (this.#text[this.#at] === '\\') this.#at++;
      name += this.#text[this.#at++] ?? '';
    }
    return name === '*' ? { kind: 'wildcard' } : { kind: 'field', name };
  }

  /** `[0]`, `[1:3]`, `[*]`, `['a\\.b']`, `['a','b']`, `[0,2]`. */
  #brackets(): PathStep {
    const paths = splitOutsideQuotes(this.#until(']')).map((part) => bracketPath(part.trim()));
    return paths.length === 1 && paths[0]!.length === 1 ? paths[0]![0]! : { kind: 'union', paths };
  }

  #filter(): PathStep {
    this.#at += '[?('.length;
    const start = this.#at;
    const end = endOfFilter(this.#text, start);
    if (end < 0) throw new JsonPathError('unterminated filter');
    this.#at = end + ')]'.length;
    return filterStep(this.#text.slice(start, end));
  }

  #until(close: string): string {
    const start = this.#at + 1;
    let quote = '';
    for (let at = start; at < this.#text.length; at++) {
      const character = this.#text[at]!;
      if (character === '\\') at++;
      else if (quote !== '') quote = character === quote ? '' : quote;
      else if (character === "'" || character === '"') quote = character;
      else if (character === close) {
        this.#at = at + 1;
        return this.#text.slice(start, at);
      }
    }
    throw new JsonPathError('unterminated array');
  }
}

function splitOutsideQuotes(text: string): string[] {
  return text.match(/(?:'(?:\\.|[^'])*'|"(?:\\.|[^"])*"|[^,])+/g) ?? [''];
}

/** A quoted name is read as any other: dots in it must be escaped (client-go). */
function bracketPath(text: string): readonly PathStep[] {
  const quoted = /^'([^']*)'$/.exec(text);
  return quoted ? new JsonPathReader(`.${quoted[1]}`).read() : [sliceStep(text)];
}

function sliceStep(text: string): PathStep {
  if (text === '*') return { kind: 'slice', step: 1 };
  const match = /^(-?\d*)(?::(-?\d*))?(?::(-?\d*))?$/.exec(text);
  if (!match) throw new JsonPathError(`invalid array index ${text}`);
  const number = (digits: string | undefined): number | undefined => (digits === undefined || digits === '' || digits === '-' ? undefined : Number(digits));
  const [start, end, step] = [number(match[1]), number(match[2]), number(match[3]) ?? 1];
  if (step < 1) throw new JsonPathError('step must be > 0');
  if (match[2] === undefined) {
    const index = start ?? 0;
    return index === -1 ? { kind: 'slice', start: index, step } : { kind: 'slice', start: index, end: index + 1, step };
  }
  return { kind: 'slice', step, ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

/** Where the `)]` of a filter is: filters nest, and quotes hide. */
function endOfFilter(text: string, start: number): number {
  let depth = 0;
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\') at++;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === "'" || character === '"') quote = character;
    else if (character === '(') depth++;
    else if (character === ')') {
      if (depth === 0) return text[at + 1] === ']' ? at : -1;
      depth--;
    }
  }
  return -1;
}

function filterStep(text: string): PathStep {
  const at = operatorIndex(text);
  if (at < 0) return { kind: 'filter', left: operand(text), operator: 'exists' };
  const operator = comparisons.find((candidate) => text.startsWith(candidate, at));
  if (!operator) throw new JsonPathError(`unrecognized filter operator ${text[at]}`);
  return { kind: 'filter', left: operand(text.slice(0, at)), operator: operator satisfies Comparison, right: operand(text.slice(at + operator.length)) };
}

function operatorIndex(text: string): number {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\\') at++;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === "'" || character === '"') quote = character;
    else if ('!<>='.includes(character)) return at;
  }
  return -1;
}

function operand(text: string): FilterOperand {
  const trimmed = text.trim();
  const quoted = /^(?:'((?:\\.|[^'])*)'|"((?:\\.|[^"])*)")$/.exec(trimmed);
  if (quoted) return { literal: (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1') };
  if (/^[+-]?\d+(?:\.\d+)?$/.test(trimmed)) return { literal: Number(trimmed) };
  if (trimmed === 'true' || trimmed === 'false') return { literal: trimmed === 'true' };
  if (!/^[@$.[]/.test(trimmed)) throw new JsonPathError(`unrecognized identifier ${trimmed}`);
  return { path: new JsonPathReader(trimmed).read() };
}
