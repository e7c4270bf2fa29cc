/** Says what is wrong with text that is not JSON, in the words of Go's `encoding/json`: clients and their tests know these. */
import { goEscapes } from './go-escapes.ts';

type Expectation = 'value' | 'value or end of array' | 'key' | 'key or end of object' | 'colon' | 'after value in object' | 'after value in array' | 'end';

const contexts: Readonly<Record<Expectation, string>> = {
  value: 'looking for beginning of value',
  'value or end of array': 'looking for beginning of value',
  key: 'looking for beginning of object key string',
  'key or end of object': 'looking for beginning of object key string',
  colon: 'after object key',
  'after value in object': 'after object key:value pair',
  'after value in array': 'after array element',
  end: 'after top-level value',
};

/** The first problem of text that `JSON.parse` refused. */
export function jsonSyntaxProblem(text: string): string {
  const scan = new Scan(text);
  return scan.run();
}

class Scan {
  readonly #text: string;
  readonly #open: ('{' | '[')[] = [];
  #at = 0;
  #expects: Expectation = 'value';

  constructor(text: string) {
    this.#text = text;
  }

  run(): string {
    for (;;) {
      while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
      const character = this.#text[this.#at];
      // Only text that was refused comes here, so an end is always too early.
      if (character === undefined) return 'unexpected end of JSON input';
      const problem = this.#step(character);
      if (problem !== undefined) return problem;
    }
  }

  #step(character: string): string | undefined {
    const expects = this.#expects;
    if (character === '}' && (expects === 'key or end of object' || expects === 'after value in object')) return this.#close();
    if (character === ']' && (expects === 'value or end of array' || expects === 'after value in array')) return this.#close();
    if (expects === 'key' || expects === 'key or end of object') {
      if (character !== '"') return this.#invalid(contexts[expects]);
      this.#expects = 'colon';
      return this.#string();
    }
    if (expects === 'value' || expects === 'value or end of array') return this.#value(character);
    if (expects === 'colon' && character === ':') return this.#advance('value');
    if (expects === 'after value in object' && character === ',') return this.#advance('key');
    if (expects === 'after value in array' && character === ',') return this.#advance('value');
    return this.#invalid(contexts[expects]);
  }

  #advance(expects: Expectation): undefined {
    this.#at++;
    this.#expects = expects;
  }

  #close(): undefined {
    this.#open.pop();
    this.#at++;
    this.#afterValue();
  }

  #afterValue(): void {
    const open = this.#open.at(-1);
    this.#expects = open === undefined ? 'end' : open === '{' ? 'after value in object' : 'after value in array';
  }

  #value(character: string): string | undefined {
    if (character === '{' || character === '[') {
      this.#open.push(character);
      return this.#advance(character === '{' ? 'key or end of object' : 'value or end of array');
    }
    this.#afterValue();
    if (character === '"') return this.#string();
    if (character === '-' || (character >= '0' && character <= '9')) return this.#number();
    const word = ['true', 'false', 'null'].find((candidate) => candidate[0] === character);
    return word ? this.#word(word) : this.#invalid('looking for beginning of value');
  }

  #word(word: string): string | undefined {
    for (const expected of word) {
      if (this.#text[this.#at] !== expected) return this.#invalid(`in literal ${word} (expecting '${expected}')`);
      this.#at++;
    }
    return undefined;
  }

  #string(): string | undefined {
    for (this.#at++; ; this.#at++) {
      const character = this.#text[this.#at];
      if (character === undefined) return this.#invalid('');
      if (character < ' ') return this.#invalid('in string literal');
      if (character === '"') {
        this.#at++;
        return undefined;
      }
      const problem = character === '\\' ? this.#escape() : undefined;
      if (problem !== undefined) return problem;
    }
  }

  #escape(): string | undefined {
    const character = this.#text[++this.#at];
    if (character === undefined || !'"\\/bfnrtu'.includes(character)) return this.#invalid('in string escape code');
    if (character !== 'u') return undefined;
    for (let digit = 0; digit < 4; digit++) {
      if (!/[0-9a-fA-F]/.test(this.#text[++this.#at] ?? '')) return this.#invalid('in \\u hexadecimal character escape');
    }
    return undefined;
  }

  #number(): string | undefined {
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else if (!this.#digits()) return this.#invalid('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      if (!this.#digits()) return this.#invalid('after decimal point in numeric literal');
    }
    if (!/[eE]/.test(this.#text[this.#at] ?? '')) return undefined;
    this.#at++;
    if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#digits() ? undefined : this.#invalid('in exponent of numeric literal');
  }

  #digits(): boolean {
    const start = this.#at;
    while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#at > start;
  }

  #invalid(context: string): string {
    const character = this.#text[this.#at];
    if (character === undefined) return 'unexpected end of JSON input';
    return `invalid character ${quoted(character)} ${context}`;
  }
}

/** A character as Go quotes it; Go sees bytes, so beyond ASCII it is the first byte that counts. */
function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const first = Buffer.from(character)[0]!;
  if (first >= 0xa1) return `'${String.fromCharCode(first)}'`;
  return `'${goEscapes[character] ?? (first < 0x20 || first === 0x7f ? `\\x${first.toString(16).padStart(2, '0')}` : character)}'`;
}
