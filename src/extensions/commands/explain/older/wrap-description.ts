/**
 * Fills lines with the words of a text. Kept as they are: indented lines, empty lines, and the breaks before list items and behind a colon.
 */
export function wrapDescription(text: string, length: number): string[] {
  const lines: string[] = [];
  let words: string[] = [];
  let lastWord = '';
  const flush = (): void => {
    if (words.length === 0) return;
    lines.push(words.join(' '));
    words = [];
    lastWord = '';
  };
  for (const line of text.split('\n')) {
    if (line.startsWith('    ')) {
      flush();
      lines.push(line);
    } else if (lines.length > 0 && line.trim() === '') {
      flush();
      lines.push('');
    } else {
      if (startsLine(lastWord, line.trim())) flush();
      for (const word of line.split(/\s+/).filter((each) => each !== '')) {
        if (words.length > 0 && byteLength(words) + 1 + Buffer.byteLength(word) > length) flush();
        words.push(word);
        lastWord = word;
      }
    }
  }
  flush();
  return lines;
}

const startsLine = (lastWord: string, line: string): boolean => lastWord.endsWith(':') || line === '' || /^(?:\d+\.?|-|\*)\s/.test(line);
const byteLength = (words: readonly string[]): number => Buffer.byteLength(words.join(' '));
