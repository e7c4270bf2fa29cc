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

/** Answers with a file below `directory`, with the `index.html` of a folder or with the list of what is in it. Nothing outside is shown. */
export function serveFile(directory: string, path: string, response: ServerResponse): void {
  const root = realpathSync(directory);
  let file: string;
  try {
    file = realpathSync(resolve(root, `.${decodeURIComponent(path)}`));
  } catch {
    return notFound(response);
  }
  if (file !== root && !file.startsWith(root + sep)) return notFound(response);
  if (statSync(file).isFile()) return send(file, response);
  const index = join(file, 'index.html');
  if (statSync(index, { throwIfNoEntry: false })?.isFile()) return send(index, response);
  response.setHeader('content-type', 'text/html; charset=utf-8');
  const names = readdirSync(file, { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  response.end(
    `<!doctype html>\n<pre>\n${names
      .sort()
      .map((name) => `<a href="${encodeURI(name)}">${escaped(name)}</a>\n`)
      .join('')}</pre>\n`,
  );
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
