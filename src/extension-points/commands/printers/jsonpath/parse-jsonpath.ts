import type { PathStep, SliceStep, TemplateNode } from './nodes.ts';
import { unquote } from './unquote.ts';

const maximumTemplateLength = 1024 * 1024;

/** Reads a template: text with `{…}` in it. Throws with client-go's words. */
export function parseJsonPath(template: string): TemplateNode[] {
  if (template.length > maximumTemplateLength) throw new Error(`the template is longer than ${maximumTemplateLength} characters`);
  const parts: (string | PathStep[])[] = [];
  let at = 0;
  for (;;) {
    const open = template.indexOf('{', at);
    if (open < 0) break;
    if (open > at) parts.push(template.slice(at, open));
    const action = new ActionReader(template, open + 1);
    parts.push(action.read());
    at = action.position;
  }
  if (at < template.length) parts.push(template.slice(at));
  return nest(parts).nodes;
}

/** Puts what stands between `{range}` and `{end}` inside the range. */
function nest(parts: readonly (string | PathStep[])[], from = 0, isInRange = false): { nodes: TemplateNode[]; next: number } {
  const nodes: TemplateNode[] = [];
  for (let at = from; at < parts.length; at++) {
    const part = parts[at]!;
    if (typeof part === 'string') {
      nodes.push({ kind: 'text', text: part });
      continue;
    }
    const keyword = part.find((step) => step.kind === 'identifier' && (step.name === 'range' || step.name === 'end'));
    if (keyword?.kind === 'identifier' && keyword.name === 'range') {
      const inner = nest(parts, at + 1, true);
      nodes.push({ kind: 'range', over: part.filter((step) => step !== keyword), body: inner.nodes });
      at = inner.next;
    } else if (keyword) {
      if (isInRange) return { nodes, next: at };
      // Told when the template is filled in.
      nodes.push({ kind: 'path', steps: [keyword] });
    } else nodes.push({ kind: 'path', steps: part });
  }
  return { nodes, next: parts.length };
}

const parseAction = (text: string): PathStep[] => new ActionReader(`${text}}`, 0).read();

const terminators = new Set([' ', '\t', '\r', '\n', '.', ',', '[', ']', '$', '@', '{', '}', '']);
const isWordCharacter = (character: string): boolean => /[\p{L}\p{Nd}_]/u.test(character);

/** Reads one action, from behind its `{` to behind its `}`. */
class ActionReader {
  position: number;
  readonly #text: string;
  readonly #steps: PathStep[] = [];

  constructor(text: string, position: number) {
    this.#text = text;
    this.position = position;
  }

  read(): PathStep[] {
    while (!this.#readStep());
    return this.#steps;
  }

  /** Answers whether the action has ended. */
  #readStep(): boolean {
    const character = this.#text[this.position] ?? '';
    if (this.#text.startsWith('[?(', this.position)) this.#filter();
    else if (this.#text.startsWith('..', this.position)) this.#recursive();
    else if (character === '}') {
      this.position++;
      return true;
    } else if (character === '' || character === '\n' || character === '\r') throw new Error('unclosed action');
    else if (character === ' ' || character === '@' || character === '$') this.position++;
    else if (character === '[') this.#array();
    else if (character === '"' || character === "'") this.#quoted(character);
    else if (character === '.') {
      this.position++;
      this.#field();
    } else if (/[-+\d]/.test(character)) this.#number();
    else if (isWordCharacter(character)) this.#identifier();
    else throw new Error(`unrecognized character in action: ${codePoint(character)}`);
    return false;
  }

  #word(): string {
    const start = this.position;
    while (!terminators.has(this.#text[this.position] ?? '')) this.position += this.#text[this.position] === '\\' ? 2 : 1;
    return this.#text.slice(start, this.position);
  }

  #field(): void {
    const name = this.#word();
    this.#steps.push(name === '*' ? { kind: 'wildcard' } : { kind: 'field', name: name.replaceAll('\\', '') });
  }

  #identifier(): void {
    const name = this.#word();
    this.#steps.push(name === 'true' || name === 'false' ? { kind: 'value', value: name === 'true' } : { kind: 'identifier', name });
  }

  #recursive(): void {
    if (this.#steps.at(-1)?.kind === 'recursive') throw new Error('invalid multiple recursive descent');
    this.position += 2;
    this.#steps.push({ kind: 'recursive' });
    if (isWordCharacter(this.#text[this.position] ?? '')) this.#field();
  }

  #number(): void {
    const text = /^[-+]?[\d.]*/.exec(this.#text.slice(this.position))![0];
    this.position += text.length;
    const value = Number(text);
    if (text === '' || Number.isNaN(value)) throw new Error(`cannot parse number ${text}`);
    this.#steps.push({ kind: 'value', value });
  }

  #quoted(quote: string): void {
    const start = this.position++;
    for (; ; this.position++) {
      const character = this.#text[this.position];
      if (character === undefined || character === '\n') throw new Error('unterminated quoted string');
      if (character === quote && this.#text[this.position - 1] !== '\\') break;
    }
    const text = this.#text.slice(start, ++this.position);
    const unquoted = unquote(text);
    if (unquoted === undefined) throw new Error(`unquote string ${text} error invalid syntax`);
    this.#steps.push({ kind: 'text', text: unquoted });
  }

  #array(): void {
    const end = this.#text.slice(this.position).search(/[\n\]]/);
    if (end < 0 || this.#text[this.position + end] === '\n') throw new Error('unterminated array');
    const inside = this.#text.slice(this.position + 1, this.position + end);
    this.position += end + 1;
    const parts = inside.split(',');
    if (parts.length > 1) this.#steps.push({ kind: 'union', paths: parts.map((part) => parseAction(`[${part.replace(/^ +| +$/g, '')}]`)) });
    else this.#steps.push(...subscript(inside === '*' ? ':' : inside));
  }

  #filter(): void {
    const start = this.position + '[?('.length;
    const end = endOfFilter(this.#text, start);
    if (this.#text[end + 1] !== ']') throw new Error('unclosed array expect ]');
    const inside = this.#text.slice(start, end);
    this.position = end + 2;
    const match = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(inside);
    if (!match) this.#steps.push({ kind: 'filter', left: parseAction(inside), operator: 'exists', right: [] });
    else this.#steps.push({ kind: 'filter', left: parseAction(match[1]!), operator: match[2]!, right: parseAction(match[3]!) });
  }
}

/** Where the closing parenthesis stands; one in quotes does not count. */
function endOfFilter(text: string, start: number): number {
  let pair = '';
  let isQuoteClosed = false;
  for (let at = start; ; at++) {
    const character = text[at];
    if (character === undefined || character === '\n') throw new Error('unterminated filter');
    if (character === '"' || character === "'") {
      if (pair === '') pair = character;
      else if (character === pair && text[at - 1] !== '\\') isQuoteClosed = true;
    } else if (character === ')' && (pair !== '') === isQuoteClosed) return at;
  }
}

function subscript(inside: string): PathStep[] {
  const key = /^'([^']*)'$/.exec(inside);
  if (key) return parseAction(`.${key[1]}`);
  const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(inside);
  if (!match) throw new Error(`invalid array index ${inside}`);
  const bound = (text: string | undefined): number | undefined => (text === undefined || text === '' ? undefined : integer(text));
  const start = bound(match[1]);
  const isIndex = match[2] === undefined;
  const slice: SliceStep = { kind: 'slice', start, end: isIndex ? (start ?? 0) + 1 : bound(match[2]?.slice(1)), step: bound(match[3]?.slice(1)), isIndex };
  return [slice];
}

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new Error(`array index ${text} is not a number`);
  return value;
}

const codePoint = (character: string): string => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${character}'`;
