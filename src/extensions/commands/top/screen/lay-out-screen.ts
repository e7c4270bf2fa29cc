import { type Pane, type PaneName, paneNames } from './panes.ts';
import type { ScreenLine } from './terminal-screen.ts';

/** What the user has chosen. */
export interface ScreenState {
  readonly focus: PaneName;
  /** The first row shown of the pane in focus. */
  readonly offset: number;
  readonly namespace: string;
  /** The namespace as it is being typed; undefined when it is not. */
  readonly typed: string | undefined;
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const restingRows = 3;

/** How many rows each pane shows: those out of focus a few, the one in focus what is left. */
export function rowsOfPanes(panes: Readonly<Record<PaneName, Pane>>, focus: PaneName, { rows }: ScreenSize): Record<PaneName, number> {
  const shares: Record<PaneName, number> = { nodes: 0, pods: 0, devices: 0, events: 0 };
  // Title and keys, and a title and headings for each pane.
  let left = rows - 2;
  for (const name of [focus, ...paneNames.filter((each) => each !== focus)]) {
    const overhead = isEmpty(panes[name]) ? 1 : 2;
    if (left < overhead + (name === focus ? 1 : 0)) continue;
    const wanted = Math.min(restingRows, panes[name].rows.length);
    shares[name] = Math.max(0, Math.min(wanted, left - overhead));
    left -= overhead + shares[name];
  }
  shares[focus] += Math.max(0, left);
  return shares;
}

const isEmpty = ({ rows, problem }: Pane): boolean => rows.length === 0 && problem === undefined;

/** The lines of the screen, `size.rows` at most. */
export function layOutScreen(panes: Readonly<Record<PaneName, Pane>>, state: ScreenState, size: ScreenSize, headline: string): ScreenLine[] {
  const shares = rowsOfPanes(panes, state.focus, size);
  const lines: ScreenLine[] = [{ text: headline, style: 'heading' }];
  const last = size.rows - 1;
  for (const [index, name] of paneNames.entries()) {
    const block = paneLines(panes[name], {
      rows: shares[name],
      offset: name === state.focus ? state.offset : 0,
      isFocused: name === state.focus,
      number: index + 1,
    });
    lines.push(...block.slice(0, Math.max(0, last - lines.length)));
  }
  while (lines.length < last) lines.push({ text: '' });
  return [...lines.slice(0, last), keysLine(state)];
}

function keysLine({ typed }: ScreenState): ScreenLine {
  if (typed !== undefined) return { text: `Namespace (empty: all): ${typed}_`, style: 'chosen' };
  return { text: 'q quit  1-4, Tab choose  arrows, PgUp, PgDn scroll  n namespace', style: 'quiet' };
}

function paneLines(pane: Pane, at: { readonly rows: number; readonly offset: number; readonly isFocused: boolean; readonly number: number }): ScreenLine[] {
  const offset = Math.min(at.offset, Math.max(0, pane.rows.length - at.rows));
  const shown = pane.rows.slice(offset, offset + at.rows);
  const range = shown.length < pane.rows.length && shown.length > 0 ? `  [${offset + 1}-${offset + shown.length} of ${pane.rows.length}]` : '';
  const title: ScreenLine = { text: `${at.isFocused ? '>' : ' '}${at.number} ${pane.title}${range}`, style: at.isFocused ? 'chosen' : 'heading' };
  if (pane.problem !== undefined) return [title, { text: `  ${pane.problem}`, style: 'bad' }];
  if (shown.length === 0) return [title];
  // As wide as the widest of all rows, so that columns stand still while one scrolls.
  const widths = pane.headings.map((heading, column) => pane.rows.reduce((width, { cells }) => Math.max(width, cells[column]?.length ?? 0), heading.length));
  const text = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  ')}`;
  return [title, { text: text(pane.headings), style: 'quiet' }, ...shown.map(({ cells, style }) => ({ text: text(cells), ...(style ? { style } : {}) }))];
}
