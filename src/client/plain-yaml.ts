/**
 * Reads the YAML that programs write into kubeconfigs: block mappings and lists of plain words. Answers undefined for everything else (anchors, block texts, flow
 * collections, escapes, numbers, folded lines, duplicate keys, mistakes), which the library then reads: this one is here because it is there in a tenth of the library's time,
 * which every command would pay.
 */
export function readPlainYaml(text: string): unknown {
  const lines = linesOf(text);
  if (!lines || lines.length === 0) return undefined;
  try {
    const reader = new PlainReader(lines);
    const value = reader.block(lines[0]!.indent);
    return reader.isAtEnd ? value : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class NotPlain extends Error {}

interface Line {
  readonly indent: number;
  readonly text: string;
}

const maximumDepth = 32;

function linesOf(text: string): Line[] | undefined {
  if (/[\t\r\u0085\u2028\u2029\ufeff]/.test(text)) return undefined;
  const lines: Line[] = [];
  for (const line of text.split('\n')) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    lines.push({ indent: line.length - line.trimStart().length, text: content });
  }
  return lines;
}

class PlainReader {
  readonly #lines: Line[];
  #at = 0;
  #depth = 0;

  constructor(lines: Line[]) {
    this.#lines = lines;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#lines.length;
  }

  /** A list or a mapping whose lines start at `indent`. */
  block(indent: number): unknown {
    if (++this.#depth > maximumDepth) throw new NotPlain();
    const value = isItem(this.#lines[this.#at]!) ? this.#list(indent) : this.#mapping(indent);
    this.#depth--;
    return value;
  }

  #list(indent: number): unknown[] {
    const items: unknown[] = [];
    for (let line = this.#lines[this.#at]; line && line.indent === indent && isItem(line); line = this.#lines[this.#at]) {
      const rest = line.text.slice(1).trimStart();
      const restIndent = indent + line.text.length - rest.length;
      if (rest === '') {
        this.#at++;
        items.push(this.#nested(indent));
      } else if (isItem({ indent: 0, text: rest }) || entryPattern.test(rest)) {
        // What stands behind the dash is the first line of a block of its own.
        this.#lines[this.#at] = { indent: restIndent, text: rest };
        items.push(this.block(restIndent));
      } else {
        this.#at++;
        items.push(scalar(rest));
      }
    }
    this.#requireEnd(indent);
    return items;
  }

  #mapping(indent: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (let line = this.#lines[this.#at]; line && line.indent === indent && !isItem(line); line = this.#lines[this.#at]) {
      const [, key, value] = entryPattern.exec(line.text) ?? [];
      if (key === undefined || isAmbiguous(key) || key in fields) throw new NotPlain();
      this.#at++;
      fields[key] = value === undefined ? this.#valueBelow(indent) : scalar(value);
    }
    this.#requireEnd(indent);
    return fields;
  }

  /** Below a key stand deeper lines, or the items of a list, which may be as far left as the key. */
  #valueBelow(indent: number): unknown {
    const next = this.#lines[this.#at];
    return next && next.indent === indent && isItem(next) ? this.#list(indent) : this.#nested(indent);
  }

  #nested(indent: number): unknown {
    const next = this.#lines[this.#at];
    return next && next.indent > indent ? this.block(next.indent) : null;
  }

  /** A line that is deeper than the block and belongs to nothing in it goes on with the text above. A list may end at a key as far left as its items. */
  #requireEnd(indent: number): void {
    const next = this.#lines[this.#at];
    if (next && next.indent > indent) throw new NotPlain();
  }
}

const entryPattern = /^([A-Za-z][\w./-]*):(?: +(.+))?$/;
const isItem = ({ text }: Line): boolean => text === '-' || text.startsWith('- ');
/** Words that some version of YAML takes for something else than text. */
const isAmbiguous = (text: string): boolean => /^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text);

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  if (text === '{}') return {};
  if (text === '[]') return [];
  if (/^"[^"\\]*"$/.test(text) || /^'[^']*'$/.test(text)) return text.slice(1, -1);
  // Letters first, or a long flag: what starts with a digit, a sign or a dot may be a number or a date.
  if (!/^(?:--)?[A-Za-z/][^\s#:]*(?::[^\s#:]+)*$/.test(text) || isAmbiguous(text)) throw new NotPlain();
  return text;
}
