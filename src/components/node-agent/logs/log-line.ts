/** One line of a container's log file, as the CRI writes it: `<RFC 3339 nanoseconds> <stdout|stderr> <P|F> <content>`. */
export interface LogLine {
  readonly timeText: string;
  readonly stream: 'stdout' | 'stderr';
  /** The record goes on in the next line. */
  readonly isPartial: boolean;
  /** With its newline when the record ends here. */
  readonly content: Buffer;
}

const space = 0x20;

/** Reads one line, newline included or not. Undefined for what is no log line. */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const afterTime = line.indexOf(space);
  const afterStream = line.indexOf(space, afterTime + 1);
  if (afterTime < 1 || afterStream < 0) return undefined;
  const stream = line.toString('latin1', afterTime + 1, afterStream);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const afterTag = line.indexOf(space, afterStream + 1);
  const tag = line.toString('latin1', afterStream + 1, afterTag < 0 ? line.length : afterTag).trimEnd();
  // Tags may be several, joined by colons; the first says whether the record is partial.
  const isPartial = tag.split(':')[0] === 'P';
  const content = afterTag < 0 ? Buffer.from('\n') : line.subarray(afterTag + 1);
  const isEnded = content.at(-1) === 0x0a;
  return { timeText: line.toString('latin1', 0, afterTime), stream, isPartial, content: isPartial && isEnded ? content.subarray(0, -1) : content };
}

/** Milliseconds since the epoch; NaN for what is no time. */
export const logTimeMs = (text: string): number => Date.parse(text.replace(/(\.\d{3})\d*/, '$1'));
