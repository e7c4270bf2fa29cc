import { TabWriter } from '../../../../extension-points/commands/printers/tab-writer.ts';

/** What a description is written on: tab-separated cells at levels of two blanks each, laid out in columns two blanks apart. */
export interface Page {
  /** Writes text as it is, behind the blanks of its level. */
  write(level: number, text: string): void;
  /** Cells and the end of the line. */
  line(level: number, ...cells: readonly unknown[]): void;
  /** `Title:` and a value in the next column. */
  field(level: number, title: string, value: unknown): void;
  /** The rest of a line, without a level. */
  end(text: string): void;
  /** Ends the columns so far: what follows has its own. */
  flush(): void;
}

const layout = { minimumWidth: 0, padding: 2, remembersWidths: false };

/** A page of its own, with what was written on it. */
export function createPage(): Page & { text(): string } {
  const writer = new TabWriter(layout);
  let done = '';
  const flush = (): void => void (done += writer.flush());
  /** A form feed ends a line and the columns. */
  const put = (text: string): void => {
    const [first = '', ...rest] = safe(text).split('\f');
    writer.write(first);
    for (const part of rest) {
      writer.write('\n');
      flush();
      writer.write(part);
    }
  };
  return {
    ...pageOn((level, text) => put(indent(level) + text), put),
    flush,
    text() {
      flush();
      return done;
    },
  };
}

/** The same page, some levels deeper. Every piece of text that is written stands behind the blanks, parts of lines too. */
export const nestedPage = (page: Page, levels: number): Page => ({
  ...pageOn(
    (level, text) => page.write(level + levels, text),
    (text) => page.write(levels, text),
  ),
  flush: () => page.flush(),
});

function pageOn(write: (level: number, text: string) => void, end: (text: string) => void): Omit<Page, 'flush'> {
  return {
    write,
    line: (level, ...cells) => write(level, `${cells.join('\t')}\n`),
    field: (level, title, value) => write(level, `${title}:\t${String(value)}\n`),
    end: (text) => end(`${text}\n`),
  };
}

const indent = (level: number): string => '  '.repeat(level);

/** Nothing that would command the terminal. */
const safe = (text: string): string => text.replaceAll('\u001b', '^[').replaceAll('\r', '\\r').replaceAll('\v', '\t');
