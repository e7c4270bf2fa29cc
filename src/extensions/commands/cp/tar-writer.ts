import { createReadStream, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join, posix } from 'node:path';
import { tarBlockBytes, tarPadding } from '../../../extension-points/commands/archives/tar-fields.ts';
import { maximumTarBytes, tarHeader } from '../../../extension-points/commands/archives/tar-header.ts';

const maximumNameBytes = 100;

/** What is at `path` as a tar archive in which it is called `name`: folders with all that is in them, links as links. Read as it is asked for. */
export async function* tarOf(path: string, name: string): AsyncGenerator<Buffer> {
  yield* entriesOf(path, name);
  yield Buffer.alloc(2 * tarBlockBytes);
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
  const padding = tarPadding(sent);
  if (padding > 0) yield Buffer.alloc(padding);
}

interface Kind {
  readonly type: string;
  readonly bytes: number;
  readonly linkName?: string;
}

/** With an extended header (pax) in front where ustar has no room. */
function header(name: string, { mode, uid, gid, mtimeMs }: Stats, { type, bytes, linkName = '' }: Kind): Buffer {
  const owned = { mode, user: uid, group: gid, modifiedAt: mtimeMs / 1000 };
  const records = [
    ...(Buffer.byteLength(name) > maximumNameBytes ? [paxRecord('path', name)] : []),
    ...(Buffer.byteLength(linkName) > maximumNameBytes ? [paxRecord('linkpath', linkName)] : []),
    ...(bytes > maximumTarBytes ? [paxRecord('size', String(bytes))] : []),
  ];
  const block = tarHeader({ ...owned, name, type, bytes, linkName });
  if (records.length === 0) return block;
  const content = Buffer.concat(records);
  const extended = tarHeader({ ...owned, name: 'PaxHeaders.0', type: 'x', bytes: content.length });
  return Buffer.concat([extended, content, Buffer.alloc(tarPadding(content.length)), block]);
}

/** The length in front counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}
