/**
 * Breaks lines between words so that they are at most so long, as go-wordwrap: blanks at a break are dropped, other blanks stay, a word longer than a line stays whole.
 * No-break spaces belong to words.
 */
export const wrapWords = (text: string, limit: number): string =>
  text
    .split('\n')
    .map((line) => wrapLine(line, limit))
    .join('\n');

function wrapLine(line: string, limit: number): string {
  let wrapped = '';
  let width = 0;
  for (const [, blanks = '', word = ''] of line.matchAll(/([^\S\u00a0]*)((?:\S|\u00a0)*)/gu)) {
    const wordWidth = [...word].length;
    if (word === '') {
      if (width + blanks.length <= limit) wrapped += blanks;
      continue;
    }
    // The word is cut where it first goes past the limit, unless so much of it fills a line by itself.
    const overflow = Math.max(1, limit - width - blanks.length + 1);
    if (overflow <= wordWidth && overflow < limit) {
      wrapped += `\n${word}`;
      width = wordWidth;
    } else {
      wrapped += blanks + word;
      width += blanks.length + wordWidth;
    }
  }
  return wrapped;
}

/** Blanks before every line. */
export const indented = (text: string, amount: number): string => {
  const pad = ' '.repeat(amount);
  return pad + text.replaceAll('\n', `\n${pad}`);
};
