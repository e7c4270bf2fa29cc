import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { tarBlockBytes, tarPadding } from '../../../../extension-points/commands/archives/tar-fields.ts';
import { type TarHeaderFields, tarHeader } from '../../../../extension-points/commands/archives/tar-header.ts';

/**
 * A folder as a tar archive in gzip. Equal contents give equal bytes: entries are in the order of their names, belong to root, have no time, and are 0755 or 0644 by
 * whether they can be executed. Throws for links and the like, which krew does not unpack.
 */
export function tarOf(directory: string): Buffer {
  const blocks = pathsIn(directory).flatMap((path) => entry(path, join(directory, path)));
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * tarBlockBytes)]), { level: 9 });
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
  if (information.isDirectory()) return [header(`${path}/`, { mode: 0o755, type: '5' })];
  if (!information.isFile()) throw new Error(`${goQuote(path)} is neither a file nor a folder; krew unpacks nothing else`);
  const content = readFileSync(source);
  const mode = (information.mode & 0o111) === 0 ? 0o644 : 0o755;
  return [header(path, { mode, type: '0', bytes: content.length }), content, Buffer.alloc(tarPadding(content.length))];
}

function header(path: string, fields: Pick<TarHeaderFields, 'mode' | 'type' | 'bytes'>): Buffer {
  const [prefix, name] = splitPath(path);
  return tarHeader({ name, prefix, ...fields });
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
