/** Widths as kubectl's tables have them: at least 6 columns, 3 blanks between. */
const minimumWidth = 6;
const padding = 3;

/**
 * Lays out lines of tab-separated cells, as Go's text/tabwriter: a column is as wide as its widest cell among neighbouring lines; the last cell of a line stands free.
 * Lines are held until `flush`, and later ones are never narrower than earlier ones, so that watched rows stay below their headings.
 */
export class TabWriter {
  #lines: string[][] = [[]];
  #pending = '';
  #remembered: number[] = [];

  write(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop()!;
    for (const line of lines) {
      this.#lines[this.#lines.length - 1] = line.split('\t');
      this.#lines.push([]);
    }
  }

  /** What is held, laid out. An unfinished line comes with it. */
  flush(): string {
    const lines = this.#lines.slice(0, -1);
    if (this.#pending !== '') lines.push(this.#pending.split('\t'));
    const text = layOut(lines, this.#remembered);
    const result = this.#pending === '' ? text : text.slice(0, -1);
    this.#lines = [[]];
    this.#pending = '';
    return result;
  }

  /** Starts a table that has nothing to do with the ones before. */
  forgetWidths(): void {
    this.#remembered = [];
  }
}

function layOut(lines: readonly (readonly string[])[], remembered: number[]): string {
  const widths = lines.map((): number[] => []);
  setWidths(lines, widths, { from: 0, to: lines.length, column: 0 }, remembered);
  return lines
    .map((cells, line) => `${cells.map((cell, column) => (column === cells.length - 1 ? cell : pad(cell, widths[line]![column]!))).join('')}\n`)
    .join('');
}

/** Sets the width of one column for every run of lines that have a cell there with another behind it, then of the columns behind, within that run. */
function setWidths(
  lines: readonly (readonly string[])[],
  widths: readonly number[][],
  { from, to, column }: { readonly from: number; readonly to: number; readonly column: number },
  remembered: number[],
): void {
  for (let line = from; line < to; line++) {
    if (lines[line]!.length <= column + 1) continue;
    const start = line;
    let width = Math.max(minimumWidth, remembered[column] ?? 0);
    for (; line < to && lines[line]!.length > column + 1; line++) width = Math.max(width, textWidth(lines[line]![column]!) + padding);
    remembered[column] = width;
    for (let each = start; each < line; each++) widths[each]![column] = width;
    setWidths(lines, widths, { from: start, to: line, column: column + 1 }, remembered);
    line--;
  }
}

const pad = (cell: string, width: number): string => cell + ' '.repeat(Math.max(0, width - textWidth(cell)));

/** Go counts code points. */
function textWidth(text: string): number {
  let width = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xdc00 || unit > 0xdfff) width++;
  }
  return width;
}
