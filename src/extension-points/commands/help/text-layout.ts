/** Puts the program's name into a text written for any name. */
export const named = (text: string, program: string): string => text.replaceAll('$PROGRAM', program);

/** Takes away the blank lines around a text and the indentation that all its lines share. */
export function dedent(text: string): string {
  const lines = text
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd()
    .split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const shared = Math.min(...indents, Infinity);
  return lines.map((line) => line.slice(Number.isFinite(shared) ? shared : 0).trimEnd()).join('\n');
}

/** Joins the lines of each paragraph; lines that are indented (lists, samples) stay as they are. */
export function reflow(text: string): string {
  return dedent(text)
    .split(/\n{2,}/)
    .map((paragraph) => (/^[ \t]/m.test(paragraph) ? paragraph : paragraph.replaceAll('\n', ' ')))
    .join('\n\n');
}

/** Examples stand two columns in, blank lines included. */
export const indented = (text: string): string =>
  dedent(text)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');

/** Breaks lines at blanks so that none is longer than `width`; words longer than that stay whole. */
export function wrap(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  return text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  if (line.length <= width) return line;
  const indent = /^\s*/.exec(line)![0];
  const lines: string[] = [];
  let current = indent;
  for (const word of line.slice(indent.length).split(' ')) {
    if (current.length > indent.length && current.length + 1 + word.length > width) {
      lines.push(current);
      current = indent;
    }
    current += current.length > indent.length ? ` ${word}` : word;
  }
  return [...lines, current].join('\n');
}

/** The width to wrap at on a terminal: kubectl knows 80, 100 and 120 columns. Undefined: do not wrap. */
export function wrapWidth(columns: number | undefined): number | undefined {
  if (columns === undefined || columns < 80) return undefined;
  return columns >= 120 ? 120 : columns >= 100 ? 100 : 80;
}
