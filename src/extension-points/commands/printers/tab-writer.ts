export interface TabLayout {
  /** Of every column, the blanks behind its widest cell included. */
  readonly minimumWidth: number;
  /** Blanks behind the widest cell of a column. */
  readonly padding: number;
  /** Columns never get narrower than in what was flushed before, so that watched rows stay below their headings. */
  readonly remembersWidths: boolean;
}

/** Widths as kubectl's tables have them. */
const tables: TabLayout = { minimumWidth: 6, padding: 3, remembersWidths: true };

/**
 * Lays out lines of tab-separated cells, as Go's text/tabwriter: a column is as wide as its widest cell among neighbouring lines; the last cell of a line stands free.
 * Lines are held until `flush`.
 */
export class TabWriter {
  readonly #layout: TabLayout;
  #lines: string[][] = [[]];
  #pending = '';
  #remembered: number[] = [];

  constructor(layout: TabLayout = tables) {
    this.#layout = layout;
  }

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
    const text = layOut(lines, this.#layout, this.#remembered);
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

interface Run {
  readonly from: number;
  readonly to: number;
}

/** Column by column: in one, every run of lines that have a cell there with another behind it has a width of its own; columns behind are laid out within that run. */
function layOut(lines: readonly (readonly string[])[], layout: TabLayout, remembered: number[]): string {
  const widths = lines.map((): number[] => []);
  let runs: readonly Run[] = [{ from: 0, to: lines.length }];
  for (let column = 0; runs.length > 0; column++) runs = runs.flatMap((run) => setWidths(lines, widths, { ...run, column }, { layout, remembered }));
  return lines
    .map((cells, line) => `${cells.map((cell, column) => (column === cells.length - 1 ? cell : pad(cell, widths[line]![column]!))).join('')}\n`)
    .join('');
}

/** Sets the width of one column in a run of lines; answers the runs in which it has cells. */
function setWidths(
  lines: readonly (readonly string[])[],
  widths: readonly number[][],
  { from, to, column }: Run & { readonly column: number },
  { layout, remembered }: { readonly layout: TabLayout; readonly remembered: number[] },
): Run[] {
  const runs: Run[] = [];
  for (let line = from; line < to; line++) {
    if (lines[line]!.length <= column + 1) continue;
    const start = line;
    let width = Math.max(layout.minimumWidth, layout.remembersWidths ? (remembered[column] ?? 0) : 0);
    for (; line < to && lines[line]!.length > column + 1; line++) width = Math.max(width, textWidth(lines[line]![column]!) + layout.padding);
    remembered[column] = width;
    for (let each = start; each < line; each++) widths[each]![column] = width;
    runs.push({ from: start, to: line });
    line--;
  }
  return runs;
}

const pad = (cell: string, width: number): string => cell + ' '.repeat(Math.max(0, width - textWidth(cell)));

/** Go counts code points. */
export function textWidth(text: string): number {
  let width = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xdc00 || unit > 0xdfff) width++;
  }
  return width;
}
