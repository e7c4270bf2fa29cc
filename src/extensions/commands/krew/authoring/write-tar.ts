import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';

const blockBytes = 512;

/**
 * A folder as a tar archive in gzip. Equal contents give equal bytes: entries are in the order of their names, belong to root, have no time, and are 0755 or 0644 by
 * whether they can be executed. Throws for links and the like, which krew does not unpack.
 */
export function tarOf(directory: string): Buffer {
  const blocks = pathsIn(directory).flatMap((path) => entry(path, join(directory, path)));
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]), { level: 9 });
}

/** Node's own recursion follows links. */
function pathsIn(directory: string, parent = ''): string[] {
  return readdirSync(join(directory, parent), { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = parent === '' ? entry.name : `${parent}/${entry.name}`;
      return entry.isDirectory() ? [path, ...pathsIn(directory, path)] : [path];
    });
}

function entry(path: string, source: string): Buffer[] {
  const information = lstatSync(source);
  if (information.isDirectory()) return [header(`${path}/`, { mode: 0o755, type: '5', size: 0 })];
  if (!information.isFile()) throw new Error(`${goQuote(path)} is neither a file nor a folder; krew unpacks nothing else`);
  const content = readFileSync(source);
  const mode = (information.mode & 0o111) === 0 ? 0o644 : 0o755;
  return [header(path, { mode, type: '0', size: content.length }), content, Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes)];
}

function header(path: string, { mode, type, size }: { mode: number; type: string; size: number }): Buffer {
  const block = Buffer.alloc(blockBytes);
  const [prefix, name] = splitPath(path);
  const octal = (value: number, offset: number, length: number): number => block.write(value.toString(8).padStart(length - 1, '0'), offset, 'ascii');
  block.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  // The checksum counts its own field as blanks.
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** ustar keeps 100 bytes of a name, and 155 of the folders before it. */
function splitPath(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let at = path.indexOf('/'); at !== -1 && at < path.length - 1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return [prefix, name];
  }
  throw new Error(`the path ${goQuote(path)} is too long for a tar archive`);
}
