// @ts-check
/**
 * Fails when an import goes against the layers:
 * kernel, api <- client <- extension-points <- extensions | components <- distributions <- wherry.ts.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src');

/** What each layer may import, besides itself where its own rule below allows. @type {Record<string, string[]>} */
const allowed = {
  kernel: [],
  api: [],
  client: ['kernel', 'api'],
  'extension-points': ['kernel', 'api', 'client'],
  extensions: ['kernel', 'api', 'client', 'extension-points'],
  components: ['kernel', 'api', 'client', 'extension-points'],
  distributions: ['kernel', 'api', 'client', 'extension-points', 'extensions', 'components'],
  'wherry.ts': ['kernel', 'distributions', 'components'],
};

/** @type {string[]} */
const complaints = [];
for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.ts')) continue;
  const file = join(source, name);
  for (const target of importsOf(readFileSync(file, 'utf8'))) {
    const why = complaint(name, relative(source, join(dirname(file), target)));
    if (why) complaints.push(`src/${name}: imports ${target}: ${why}`);
  }
}
if (complaints.length > 0) {
  process.stderr.write(`${complaints.join('\n')}\n`);
  process.exit(1);
}

/** @param {string} text */
function importsOf(text) {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
}

/** @param {string} from @param {string} to Both relative to src. */
function complaint(from, to) {
  const isTest = /\.test\.ts$|\/testing\//.test(from);
  if (to.startsWith('..')) return isTest && to.startsWith('../test/fixtures/') ? '' : 'leaves src';
  if (!existsSync(join(source, to))) return 'no such file';
  const [fromLayer = '', fromPart, fromExtension] = from.split('/');
  const [toLayer = '', toPart, toExtension] = to.split('/');
  if (fromLayer !== toLayer) {
    if (allowed[fromLayer]?.includes(toLayer)) return '';
    return isTest && fromLayer !== 'kernel' && toLayer !== 'distributions'
      ? ''
      : `${fromLayer} may import only ${(allowed[fromLayer] ?? []).join(', ') || 'itself'}`;
  }
  if (isTest) return '';
  if (fromLayer === 'components' && fromPart !== toPart) return 'components meet only through contracts and the client';
  if (fromLayer === 'extensions' && fromPart !== toPart) return 'extensions do not import each other';
  // The built-in kinds are one family and share their validation.
  if (fromLayer === 'extensions' && fromPart !== 'resources' && fromExtension !== toExtension) return 'extensions do not import each other';
  return '';
}
