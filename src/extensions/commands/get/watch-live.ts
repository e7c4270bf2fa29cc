import type { WriteStream } from 'node:tty';
import type { UntypedObject } from '../../../api/object.ts';
import { isTable, type ServerTable } from '../../../extension-points/commands/printers/table-printer.ts';
import type { GetContext } from './get-command.ts';
import { isTableOutput } from './get-flags.ts';
import { getPrinter, type TablePlace } from './get-printer.ts';
import { LiveTable } from './live-table.ts';
import { heightOf, RedrawnText } from './redrawn-text.ts';
import { sayIfCut, tableWriter } from './table-writer.ts';

const tickMs = 1_000;
/** Changes that come together are drawn together. */
const pauseMs = 30;

/** Whether a watch is for a person who looks at a terminal: its table is redrawn. What tells of single events is not. */
export const isForTerminal = ({ streams: { stdout }, flags, environment }: GetContext): boolean =>
  stdout.isTerminal && environment['TERM'] !== 'dumb' && isTableOutput(flags) && !flags['watch-only'] && !flags['output-watch-events'];

export interface WatchedChange {
  readonly type: string;
  readonly object: UntypedObject;
}

/**
 * Shows the table as it is, and again after each change and as time goes by, in the same place. Answers what is to be printed
 * next when that came to an end: the whole table when it got higher than the terminal, or what else the server sent; nothing when the changes ended. Nothing was shown when
 * the first table is too high already.
 */
export async function watchLive(
  context: GetContext,
  first: ServerTable,
  place: Omit<TablePlace, 'writer'>,
  changes: AsyncIterator<WatchedChange>,
): Promise<{ readonly isTooHigh: boolean; readonly rest?: WatchedChange }> {
  const { streams, flags, clock, directory } = context;
  const { stdout } = streams;
  const table = new LiveTable(first, { keepsOrder: flags['sort-by'] !== '' });
  const shown = new RedrawnText((text) => stdout.write(text));
  let hasSaid = false;
  let timer: Disposable | undefined;
  let isOver = false;
  const render = async (): Promise<string> => {
    const writer = await tableWriter(context);
    const printer = await getPrinter(flags, { ...place, writer }, { directory, now: clock.now() });
    printer.print(table.at(clock.now()));
    const text = printer.flush();
    if (writer.isCut && !hasSaid) sayIfCut(context, [writer]);
    hasSaid ||= writer.isCut === true;
    return text;
  };
  const columns = (): number => stdout.columns ?? 80;
  const isTooHigh = (text: string): boolean => heightOf(text, columns()) >= ((stdout.stream as Partial<WriteStream>).rows ?? 24);
  const draw = async (): Promise<void> => {
    timer?.[Symbol.dispose]();
    const text = await render();
    if (isOver) return;
    if (!isTooHigh(text)) shown.show(text, columns());
    timer = clock.after(tickMs, () => void draw());
  };
  try {
    if (isTooHigh(await render())) return { isTooHigh: true };
    await draw();
    for (;;) {
      const next = await changes.next();
      if (next.done) {
        await draw();
        return { isTooHigh: false };
      }
      const { type, object } = next.value;
      if (!isTable(object)) return { isTooHigh: false, rest: next.value };
      table.apply(type, object);
      // All of it is printed once more: not every change was drawn.
      if (isTooHigh(await render())) return { isTooHigh: false, rest: { type, object: table.at(clock.now()) } };
      timer?.[Symbol.dispose]();
      timer = clock.after(pauseMs, () => void draw());
    }
  } finally {
    isOver = true;
    timer?.[Symbol.dispose]();
  }
}
