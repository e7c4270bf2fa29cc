/** Problems of a source text, and cel-go's way to print them. */
import type { Issue, Rejected } from './compile.ts';

/** An issue by its place in the source: an offset in UTF-16 units, or -1 for none. */
export interface Problem {
  readonly message: string;
  readonly offset: number;
}

const maximumIssues = 100;
/** Lines longer than this (in UTF-8) are not shown. */
const maximumSnippetBytes = 16_384;

/** What a source is refused with: sorted by place, the first hundred. */
export function reject(source: string, problems: readonly Problem[]): Rejected {
  const lines = new LineTable(source);
  const issues = problems
    .slice(0, maximumIssues)
    .map(({ message, offset }) => ({ message, ...lines.place(offset) }))
    .sort((left, right) => left.line - right.line || left.column - right.column);
  const texts = issues.map((issue) => display(issue, lines));
  if (problems.length > maximumIssues) texts.push(`${problems.length - maximumIssues} more errors were truncated`);
  return { kind: 'rejected', message: texts.join('\n'), issues };
}

function display({ message, line, column }: Issue, lines: LineTable): string {
  const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
  const text = lines.text(line);
  if (text === undefined || lines.isEmpty || Buffer.byteLength(text) > maximumSnippetBytes) return head;
  const snippet = text.replaceAll('\t', ' ');
  const characters = [...snippet];
  // Wide characters get a wide dot, so that the mark stands below its character.
  const isWide = (character: string | undefined) => character !== undefined && (character.codePointAt(0) ?? 0) > 0x7f;
  const dots = characters.slice(0, column).map((character) => (isWide(character) ? '\uff0e' : '.'));
  return `${head}\n | ${snippet}\n | ${dots.join('')}${isWide(characters[column]) ? '\uff3e' : '^'}`;
}

class LineTable {
  readonly #lines: string[];
  readonly #starts: number[] = [];

  constructor(source: string) {
    this.#lines = source.split('\n');
    let start = 0;
    for (const line of this.#lines) {
      this.#starts.push(start);
      start += line.length + 1;
    }
  }

  /** An empty source has no line to show, and its end is before its first column. */
  get isEmpty(): boolean {
    return this.#lines.length === 1 && this.#lines[0] === '';
  }

  text(line: number): string | undefined {
    return this.#lines[line - 1];
  }

  place(offset: number): { line: number; column: number } {
    if (offset < 0) return { line: -1, column: -1 };
    if (this.isEmpty) return { line: 1, column: -1 };
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    const before = (this.#lines[low] as string).slice(0, offset - (this.#starts[low] as number));
    return { line: low + 1, column: [...before].length };
  }
}
