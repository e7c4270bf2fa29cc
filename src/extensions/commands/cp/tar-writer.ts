import { createReadStream, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join, posix } from 'node:path';

const blockBytes = 512;
const maximumOctal = 0o77777777777;

/** What is at `path` as a tar archive in which it is called `name`: folders with all that is in them, links as links. Read as it is asked for. */
export async function* tarOf(path: string, name: string): AsyncGenerator<Buffer> {
  yield* entriesOf(path, name);
  yield Buffer.alloc(2 * blockBytes);
}

async function* entriesOf(path: string, name: string): AsyncGenerator<Buffer> {
  const information = lstatSync(path);
  if (information.isDirectory()) {
    const children = readdirSync(path).sort();
    if (children.length === 0) yield header(`${name}/`, information, { type: '5', bytes: 0 });
    for (const child of children) yield* entriesOf(join(path, child), posix.join(name, child));
  } else if (information.isSymbolicLink()) yield header(name, information, { type: '2', bytes: 0, linkName: readlinkSync(path) });
  else if (information.isFile()) yield* fileOf(path, name, information);
  else throw new Error(`archive/tar: ${path} is neither a file, a folder nor a link`);
}

async function* fileOf(path: string, name: string, information: Stats): AsyncGenerator<Buffer> {
  yield header(name, information, { type: '0', bytes: information.size });
  let sent = 0;
  // A file that grows meanwhile is sent as long as it was.
  if (information.size > 0)
    for await (const chunk of createReadStream(path, { end: information.size - 1 }) as AsyncIterable<Buffer>) {
      sent += chunk.length;
      yield chunk;
    }
  if (sent < information.size) throw new Error(`archive/tar: ${path} got shorter while it was read`);
  const padding = (blockBytes - (sent % blockBytes)) % blockBytes;
  if (padding > 0) yield Buffer.alloc(padding);
}

interface Kind {
  readonly type: string;
  readonly bytes: number;
  readonly linkName?: string;
}

/** With an extended header (pax) in front where ustar has no room. */
function header(name: string, information: Stats, { type, bytes, linkName = '' }: Kind): Buffer {
  const records = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
    ...(Buffer.byteLength(linkName) > 100 ? [paxRecord('linkpath', linkName)] : []),
    ...(bytes > maximumOctal ? [paxRecord('size', String(bytes))] : []),
  ];
  const block = ustarBlock(name, information, { type, bytes: Math.min(bytes, maximumOctal), linkName });
  if (records.length === 0) return block;
  const content = Buffer.concat(records);
  const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
  return Buffer.concat([ustarBlock('PaxHeaders.0', information, { type: 'x', bytes: content.length }), content, padding, block]);
}

/** The length in front counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function ustarBlock(name: string, { mode, uid, gid, mtimeMs }: Stats, { type, bytes, linkName = '' }: Kind): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, length: number): number => block.write(value.toString(8).padStart(length - 1, '0'), at, 'ascii');
  block.write(name, 0, 100);
  octal(mode & 0o7777, 100, 8);
  octal(Math.min(uid, 0o7777777), 108, 8);
  octal(Math.min(gid, 0o7777777), 116, 8);
  octal(bytes, 124, 12);
  octal(Math.max(0, Math.floor(mtimeMs / 1000)), 136, 12);
  block.write(type, 156);
  block.write(linkName, 157, 100);
  block.write('ustar\x0000', 257, 'latin1');
  // The checksum counts its own field as blanks.
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
