// @ts-check
/**
 * The part of the bundle that every command needs, in one file: a start reads one file instead of forty. esbuild splits by what is shared, into ever smaller pieces, so this
 * is built first, alone, and the rest is built against it.
 *
 * Modules in it are evaluated when they are first asked for. Code outside asks through stand-ins, which take the exports from the hot file: every class exists once.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * Builds the file. `entry` is evaluated by whoever imports the file, `others` are in it besides; all that they import statically comes with them.
 * @param {{ root: string, entry: string, others: string[], options: import('esbuild').BuildOptions }} parts
 */
export async function buildHotPart({ root, entry, others, options }) {
  const files = await closure(root, [entry, ...others], options);
  const exportsOf = await exportNames(root, files, options);
  const names = new Map(files.map((file, index) => [file, `module${index}`]));
  /** Modules outside that code inside loads when it needs them. @type {Map<string, string>} */
  const late = new Map();
  const contents = [
    `export * from ${JSON.stringify(entry)};`,
    ...files.map((file) => `export const ${names.get(file)} = () => require(${JSON.stringify(file)});`),
  ].join('\n');
  const built = await build({
    ...options,
    // Node loads it at once: scripts/load-hot-part.cjs.
    format: 'cjs',
    charset: 'ascii',
    // The one use of the URL is `lateModule`'s, to which a path is as good.
    define: { 'import.meta.url': '__filename', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    banner: { js: 'const importLater = async (path) => require(path);' },
    stdin: { contents, resolveDir: root, loader: 'js' },
    splitting: false,
    write: false,
    plugins: [...(options.plugins ?? []), { name: 'late parts', setup: (plugin) => keepLatePartsOut(plugin, { root, names, late }) }],
  });
  // A module that is required is there sooner than one that is imported; like an import, it comes by itself, and exists once.
  const text = (built.outputFiles?.[0]?.text ?? '').replaceAll(/\bimport\((?=")/g, 'importLater(');
  // Late parts carry the mark of the hot file they belong to, so that a program that runs while a new bundle is built never mixes two of them.
  const mark = createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase();
  const path = `./hot-${mark}.cjs`;
  writeFileSync(join(root, 'dist', basename(path)), text.replaceAll(markPlace, mark));
  return {
    path,
    /** For `entryPoints` of the rest. */
    entryPoints: Object.fromEntries([...late].map(([file, name]) => [`${name}-${mark}`, file])),
    /** @type {import('esbuild').Plugin} */
    plugin: { name: 'stand-ins', setup: (plugin) => standIn(plugin, { entry, path, names, exportsOf }) },
  };
}

const markPlace = '__MARK_OF_THE_HOT_PART__';

/**
 * Everything that the modules import statically. Packages are not among them: they would be there twice.
 * @param {string} root @param {string[]} entries @param {import('esbuild').BuildOptions} options
 */
async function closure(root, entries, options) {
  const { metafile } = await build({
    ...options,
    entryPoints: entries,
    splitting: false,
    write: false,
    metafile: true,
    outdir: join(root, 'dist'),
    plugins: [...(options.plugins ?? []), { name: 'statically', setup: leaveDynamicImports }],
  });
  const inputs = Object.keys(metafile.inputs).filter((name) => !name.startsWith('builtin-alone:'));
  const packages = inputs.filter((name) => name.includes('node_modules'));
  if (packages.length > 0) throw new Error(`the hot part must import packages late: ${packages.join(', ')}`);
  return inputs.map((name) => resolve(process.cwd(), name));
}

/** @param {import('esbuild').PluginBuild} plugin */
function leaveDynamicImports(plugin) {
  plugin.onResolve({ filter: /.*/ }, ({ path, kind }) => (kind === 'dynamic-import' ? { path, external: true } : undefined));
}

/**
 * What each module exports.
 * @param {string} root @param {string[]} files @param {import('esbuild').BuildOptions} options @returns {Promise<Map<string, string[]>>}
 */
async function exportNames(root, files, options) {
  const { metafile } = await build({
    entryPoints: files,
    bundle: false,
    format: 'esm',
    platform: 'node',
    target: options.target ?? 'esnext',
    write: false,
    metafile: true,
    outdir: join(root, 'dist', 'unwritten'),
  });
  const found = Object.values(metafile.outputs).map(({ entryPoint = '', exports }) => /** @type {const} */ ([resolve(process.cwd(), entryPoint), exports]));
  for (const [file] of found)
    if (/^export \*/m.test(readFileSync(file, 'utf8'))) throw new Error(`${relative(root, file)} exports all of another module; name what it exports`);
  return new Map(found);
}

/**
 * Dynamic imports of modules inside stay inside; others become parts of the rest. `lateModule` of a module inside is the module itself.
 * @param {import('esbuild').PluginBuild} plugin
 * @param {{ root: string, names: Map<string, string>, late: Map<string, string> }} parts
 */
function keepLatePartsOut(plugin, { root, names, late }) {
  plugin.onResolve({ filter: /.*/ }, async ({ path, kind, resolveDir, importer }) => {
    if (kind !== 'dynamic-import' || path.startsWith('node:')) return undefined;
    if (!path.startsWith('.')) throw new Error(`${relative(root, importer)} imports the package ${path}; import a module that does`);
    const file = resolve(resolveDir, path);
    if (names.has(file)) return undefined;
    const name = late.get(file) ?? unusedName(basename(file, '.ts'), [...late.values()]);
    late.set(file, name);
    return { path: `./${name}-${markPlace}.js`, external: true };
  });
  plugin.onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const source = readFileSync(path, 'utf8');
    if (!source.includes('lateModule<')) return undefined;
    const contents = source.replace(/lateModule<[^\n]*?>\(import\.meta\.url, '(\.[^']*)'\)/g, (call, target) => {
      const file = resolve(dirname(path), `${target}.ts`);
      return names.has(file) ? `(() => require(${JSON.stringify(file)}))` : call;
    });
    return { contents, loader: 'ts' };
  });
}

/** @param {string} name @param {string[]} taken */
function unusedName(name, taken) {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.includes(candidate)) return candidate;
  }
}

/**
 * Whoever outside imports a module of the hot file gets its exports from there.
 * @param {import('esbuild').PluginBuild} plugin
 * @param {{ entry: string, path: string, names: Map<string, string>, exportsOf: Map<string, string[]> }} parts
 */
function standIn(plugin, { entry, path, names, exportsOf }) {
  plugin.onResolve({ filter: /^[./]/ }, ({ path: wanted, resolveDir, namespace, kind }) => {
    const file = resolve(resolveDir, wanted);
    if (file === entry && kind === 'dynamic-import') return { path, external: true };
    return namespace === 'file' && names.has(file) ? { path: file, namespace: 'hot' } : undefined;
  });
  plugin.onResolve({ filter: /^\.\/hot-/, namespace: 'hot' }, () => ({ path, external: true }));
  plugin.onLoad({ filter: /.*/, namespace: 'hot' }, ({ path: file }) => {
    const exported = exportsOf.get(file) ?? [];
    const name = names.get(file);
    return {
      contents: [`const exported = require('${path}').${name}();`, ...exported.map((each) => `export const ${each} = exported.${each};`)].join('\n'),
    };
  });
}
