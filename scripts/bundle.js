// @ts-check
/**
 * Bundles wherry into dist/: one entry file, one for what every command needs, and one file per part that is loaded only when used. Parts of the bundle before stay for a while: a wherry that runs may
 * not have loaded all of them yet.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
// The X.509 library, whose names are looked up below, does not load without it.
import 'reflect-metadata';
import { buildHotPart } from './hot-part.js';
import { warmUp } from './warm-up.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const startedMs = Date.now();
const keptForMs = 2 * 60 * 60_000;
mkdirSync(join(root, 'dist'), { recursive: true });

/** @type {import('esbuild').BuildOptions} */
const options = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  plugins: [
    { name: 'named exports', setup: nameExportsOfLazyPackages },
    { name: 'builtins alone', setup: loadBuiltinsAlone },
  ],
  target: 'node26',
  minifySyntax: true,
  legalComments: 'none',
  // CommonJS packages inside an ES module bundle still call require for Node's own modules.
  banner: { js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);" },
  logLevel: 'error',
};
const source = (/** @type {string} */ path) => join(root, 'src', path);
const hot = await buildHotPart({
  root,
  entry: source('distributions/program.ts'),
  // What the most frequent command lines need.
  others: [
    'extension-points/commands/cluster/cluster-access.ts',
    'extensions/commands/get/get-command.ts',
    'client/http-transport.ts',
    'client/http1-request.ts',
    'extensions/commands/version/version-command.ts',
  ].map(source),
  // CommonJS reads of Node's own modules what it uses.
  options: { ...options, banner: {}, plugins: [] },
});
await build({
  ...options,
  // Threads load a file of their own, and so do parts that are needed late: src/api/late-module.ts.
  entryPoints: {
    'sqlite-worker': source('extensions/storage/sqlite/worker.ts'),
    'rule-worker': source('api/custom-schema/validation-rules/rule-worker.ts'),
    'rule-engine': source('api/custom-schema/validation-rules/rule-engine.ts'),
    'device-selector-engine': source('api/device-selectors/device-selector-engine.ts'),
    re2: source('api/re2.ts'),
    'kubeconfig-yaml': source('client/kubeconfig-yaml.ts'),
    'local-cluster': source('components/cli/local-cluster.ts'),
    ...sdkEntries(),
    ...hot.entryPoints,
  },
  outdir: join(root, 'dist'),
  splitting: true,
  plugins: [hot.plugin, ...(options.plugins ?? [])],
});
writeFileSync(
  join(root, 'dist', 'wherry.cjs'),
  `${readFileSync(join(root, 'scripts', 'load-hot-part.cjs'), 'utf8')}\nstart(join(__dirname, '${basename(hot.path)}'));\n`,
);
// For who starts it as a module.
writeFileSync(join(root, 'dist', 'wherry.js'), "import './wherry.cjs';\n");
for (const name of readdirSync(join(root, 'dist', 'sdk'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))) {
  const file = join(root, 'dist', 'sdk', name);
  const text = readFileSync(file, 'utf8');
  // What a file requires by way of a shared chunk, which is in the folder above, is found from there.
  if (text.includes(hot.path) && /\b(?:var|const|let) __require\b/.test(text))
    writeFileSync(file, text.replaceAll(`"${hot.path}"`, `"${'../'.repeat(name.split(/[\\/]/).length)}${hot.path.slice(2)}"`));
}

for (const name of existsSync(join(root, 'dist')) ? readdirSync(join(root, 'dist')) : []) {
  const file = join(root, 'dist', name);
  if (/\.(?:js|cjs|code(?:\.\d+)?)$/.test(name) && statSync(file).mtimeMs < startedMs - keptForMs) rmSync(file, { force: true });
}

// What was kept of bundles before is of no use any more. Who starts meanwhile writes there.
rmSync(join(root, 'dist', '.compile-cache'), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
await warmUp(join(root, 'dist', basename(hot.path)));

/** What extensions import as `wherry/…`: built together with the rest, so that both sides have the same classes. Suites for tests are read from the sources. */
function sdkEntries() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.fromEntries(
    Object.entries(exports)
      .filter(([name]) => !/\/(?:conformance|testing)$/.test(name))
      .map(([name, file]) => [`sdk/${name.slice(2)}`, join(root, file)]),
  );
}

/**
 * An ES import of node:http reads every name it exports, and some of those load Node's fetch client and web streams: a fifth of a start. Those of node:fs load its streams.
 * Asked for this way, only what is used is read.
 * @param {import('esbuild').PluginBuild} build
 */
function loadBuiltinsAlone(build) {
  build.onResolve({ filter: /^(?:node:)?(?:http|fs|net|tls|child_process|stream|os)$/ }, ({ path, kind }) =>
    kind === 'import-statement' ? { path: path.startsWith('node:') ? path : `node:${path}`, namespace: 'builtin-alone' } : undefined,
  );
  build.onLoad({ filter: /.*/, namespace: 'builtin-alone' }, ({ path }) => ({ contents: `module.exports = process.getBuiltinModule('${path}');` }));
}

/**
 * A package that is imported lazily becomes a chunk of its own, and a chunk made of CommonJS exports nothing but `default`. So such imports go through a module
 * that exports the package's names one by one, as Node itself does.
 * @param {import('esbuild').PluginBuild} build
 */
function nameExportsOfLazyPackages(build) {
  build.onResolve({ filter: /^[@a-z]/ }, ({ path, kind, namespace }) => {
    if (kind !== 'dynamic-import' || namespace === 'named-exports' || path.startsWith('node:')) return undefined;
    return { path, namespace: 'named-exports' };
  });
  build.onLoad({ filter: /.*/, namespace: 'named-exports' }, async ({ path }) => {
    const names = Object.keys(await import(path)).filter((name) => name !== 'module.exports');
    return {
      contents: names.length > 0 ? `export { ${names.join(', ')} } from ${JSON.stringify(path)};` : `import ${JSON.stringify(path)};`,
      resolveDir: root,
    };
  });
}
