import { createReadStream, readdirSync, realpathSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.xml': 'text/xml; charset=utf-8',
};

/**
 * Answers with a file below `directory`, with the `index.html` of a folder or with the list of what is in it; folders are asked for with a slash at the end, files
 * without, as Go's file server wants it. Nothing outside is shown, and what cannot be read is not there.
 */
export function serveFile(directory: string, path: string, response: ServerResponse): void {
  try {
    const root = realpathSync(directory);
    const file = realpathSync(resolve(root, `.${decodeURIComponent(path)}`));
    if (file !== root && !file.startsWith(root + sep)) return notFound(response);
    const isFile = statSync(file).isFile();
    if (path.endsWith('/index.html')) return moved('./', response);
    const name = path.split('/').findLast((part) => part !== '') ?? '';
    if (isFile && path.endsWith('/')) return moved(`../${name}`, response);
    if (!isFile && !path.endsWith('/')) return moved(`${name}/`, response);
    const index = join(file, 'index.html');
    if (isFile) send(file, response);
    else if (statSync(index, { throwIfNoEntry: false })?.isFile()) send(index, response);
    else list(file, response);
  } catch {
    notFound(response);
  }
}

const moved = (location: string, response: ServerResponse): void => void response.writeHead(301, { location }).end();

function list(directory: string, response: ServerResponse): void {
  const names = readdirSync(directory, { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  const links = names.sort().map((name) => `<a href="${name.split('/').map(encodeURIComponent).join('/')}">${escaped(name)}</a>\n`);
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join('')}</pre>\n`);
}

export function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
}

function send(file: string, response: ServerResponse): void {
  response.setHeader('content-type', types[extname(file).toLowerCase()] ?? 'application/octet-stream');
  response.setHeader('content-length', statSync(file).size);
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&#34;');
