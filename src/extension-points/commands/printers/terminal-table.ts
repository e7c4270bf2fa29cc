import { styleText } from 'node:util';
import { stateColour } from './state-colours.ts';
import { TabWriter, textWidth } from './tab-writer.ts';

export interface TerminalTableOptions {
  /** Of the terminal; undefined: lines may be as long as they are. */
  readonly columns: number | undefined;
  readonly hasColours: boolean;
  /** Whether the first line holds the headings. */
  readonly hasHeaders: boolean;
}

const gap = 3;
const minimumWidth = 6;
const minimumName = 16;
const ellipsis = '…';
/** What tells objects apart is kept whole as long as anything else can be shortened. */
const names: ReadonlySet<string> = new Set(['NAME', 'NAMESPACE', 'OBJECT']);

/**
 * A table for a person at a terminal: cells are shortened (with …) where lines would not fit, and states have colours. A table that fits, without colours, is what
 * TabWriter makes of it, which is kubectl's. One that cannot be made to fit is left as it is.
 */
export class TerminalTable extends TabWriter {
  readonly #options: TerminalTableOptions;
  #lines: string[][] = [];
  #headings: readonly string[] | undefined;
  #widths: number[] = [];
  #limits: readonly number[] = [];
  #isCut = false;

  constructor(options: TerminalTableOptions) {
    super();
    this.#options = options;
  }

  /** Whether anything was shortened so far. */
  get isCut(): boolean {
    return this.#isCut;
  }

  override write(text: string): void {
    this.#lines.push(
      ...text
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split('\t')),
    );
  }

  override flush(): string {
    const lines = this.#lines;
    this.#lines = [];
    const headingsAt = this.#options.hasHeaders && this.#headings === undefined && lines.length > 0 ? 0 : -1;
    if (headingsAt === 0) this.#headings = lines[0]!;
    const headings = this.#headings ?? [];
    // What was shortened once stays so, that watched rows stand below the ones before.
    const limits = limitsOf(lines, headings, this.#options.columns, this.#limits);
    this.#limits = limits;
    const shown = lines.map((cells) => cells.map((cell, column) => this.#shortened(cell, limits[column], names.has(headings[column] ?? ''))));
    for (const cells of shown)
      for (const [column, cell] of cells.entries())
        if (column < cells.length - 1) this.#widths[column] = Math.max(this.#widths[column] ?? minimumWidth, textWidth(cell) + gap);
    return shown.map((cells, index) => `${cells.map((cell, column) => this.#cell(cell, column, cells.length, index === headingsAt)).join('')}\n`).join('');
  }

  override forgetWidths(): void {
    this.#widths = [];
    this.#limits = [];
  }

  #shortened(cell: string, limit: number | undefined, isName: boolean): string {
    if (limit === undefined || textWidth(cell) <= limit) return cell;
    this.#isCut = true;
    const letters = [...cell];
    // Names that are made up differ at their ends.
    const tail = isName ? Math.floor((limit - 1) / 2) : 0;
    return letters.slice(0, limit - 1 - tail).join('') + ellipsis + (tail > 0 ? letters.slice(-tail).join('') : '');
  }

  #cell(cell: string, column: number, count: number, isHeading: boolean): string {
    const blanks = column === count - 1 ? '' : ' '.repeat(Math.max(0, (this.#widths[column] ?? 0) - textWidth(cell)));
    if (!this.#options.hasColours || cell === '') return cell + blanks;
    const style = isHeading ? 'bold' : stateColour(this.#headings?.[column] ?? '', cell);
    return (style ? styleText(style, cell, { validateStream: false }) : cell) + blanks;
  }
}

/** How wide the cells of each column may be so that lines fit; nothing when they do, or cannot be made to. */
function limitsOf(
  lines: readonly (readonly string[])[],
  headings: readonly string[],
  columns: number | undefined,
  before: readonly number[],
): readonly number[] {
  if (columns === undefined) return [];
  const count = Math.max(0, ...lines.map((cells) => cells.length));
  const widths = Array.from({ length: count }, (_, column) => Math.max(...lines.map((cells) => textWidth(cells[column] ?? ''))));
  const limits = widths.map((width, column) => Math.min(width, before[column] ?? width));
  const taken = (): number => limits.reduce((sum, width, column) => sum + (column === count - 1 ? width : Math.max(minimumWidth, width + gap)), 0);
  const shrink = (isName: boolean): void => {
    const floor = (column: number): number => (isName ? minimumName : Math.max(minimumWidth, textWidth(headings[column] ?? '')));
    for (let over = taken() - columns; over > 0; over--) {
      const widest = limits.reduce((best, width, column) => {
        const isCandidate = names.has(headings[column] ?? '') === isName && width > floor(column);
        return isCandidate && (best < 0 || width > limits[best]!) ? column : best;
      }, -1);
      if (widest < 0) return;
      limits[widest]!--;
    }
  };
  shrink(false);
  shrink(true);
  return taken() > columns || limits.every((limit, column) => limit === widths[column] && before[column] === undefined) ? before : limits;
}
