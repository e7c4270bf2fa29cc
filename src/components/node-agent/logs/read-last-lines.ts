import { type FileHandle, open } from 'node:fs/promises';
import { parseLogLine } from './log-line.ts';

const chunkBytes = 16 * 1024;

/** Where in a file its last `lines` log records begin; 0 when it has fewer. A record is a full line, however many partial lines make it up. */
export async function offsetOfLastRecords(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  let position = size;
  let tail = Buffer.alloc(0);
  while (position > 0) {
    const length = Math.min(chunkBytes, position);
    position -= length;
    const chunk = Buffer.alloc(length);
    await file.read(chunk, 0, length, position);
    tail = Buffer.concat([chunk, tail]);
    const offset = recordStart(tail, lines, position === 0);
    if (offset !== undefined) return position + offset;
  }
  return 0;
}

/** Looks for the record boundary; undefined when more of the file is needed. */
function recordStart(tail: Buffer, lines: number, isWhole: boolean): number | undefined {
  const first = isWhole ? 0 : tail.indexOf(0x0a) + 1;
  if (!isWhole && first === 0) return undefined;
  const starts: number[] = [];
  let isContinuation = false;
  for (let start = first; start < tail.length; ) {
    const end = tail.indexOf(0x0a, start);
    const next = end < 0 ? tail.length : end + 1;
    if (!isContinuation) starts.push(start);
    isContinuation = parseLogLine(tail.subarray(start, next))?.isPartial ?? false;
    start = next;
  }
  if (starts.length > lines) return starts[starts.length - lines];
  return isWhole ? 0 : undefined;
}

/** The text of the last lines of a container's log, without times and stream names; `''` when there is none. */
export async function readLastLines(path: string, limits: { lines: number; bytes: number }): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    // Times and stream names take room in the file too: read generously, cut afterwards.
    const start = Math.max(await offsetOfLastRecords(file, limits.lines), size - limits.bytes * 8);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = contentOf(buffer.subarray(0, bytesRead));
    return text.subarray(Math.max(0, text.length - limits.bytes)).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function contentOf(lines: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(0x0a, start);
    const next = end < 0 ? lines.length : end + 1;
    const record = parseLogLine(lines.subarray(start, next));
    if (record) parts.push(record.content);
    start = next;
  }
  return Buffer.concat(parts);
}
