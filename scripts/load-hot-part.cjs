// @ts-check
/**
 * Loads the part of the bundle that every command needs. The bundler writes this into dist/wherry.cjs, before the line that starts the program. CommonJS: for an ES module
 * Node first brings in what reads files in the background. And with the code that V8 had made of the functions that the most frequent command line runs: Node's own compile
 * cache, which the other parts have, knows none that were compiled after the file was loaded.
 */
const { readFileSync } = require('node:fs');
const { enableCompileCache, Module } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** @param {string} path Absolute. */
function loadHotPart(path) {
  // Its text is ASCII.
  const text = readFileSync(path, 'latin1');
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
    filename: path,
    cachedData: codeOf(path),
  });
  const module = new Module(path);
  module.filename = path;
  // Parts that are loaded later find it here.
  require.cache[path] = module;
  script.runInThisContext().call(module.exports, module.exports, requirePart, module, path, dirname(path));
  module.loaded = true;
  return { script, exports: module.exports };
}

let keepsCompiled = false;

/**
 * What Node compiles of other parts is kept beside the bundle, so that it goes when the bundle does; a directory that cannot be written means no cache.
 * @param {string} id
 */
function requirePart(id) {
  if (id.startsWith('.') && !keepsCompiled) {
    keepsCompiled = true;
    enableCompileCache(join(__dirname, '.compile-cache'));
  }
  return require(id);
}

/** Undefined where there is none; code of another V8 is left aside by V8 itself. @param {string} path */
function codeOf(path) {
  try {
    return readFileSync(`${path}.code`);
  } catch {
    return undefined;
  }
}

/** Runs what was typed. @param {string} path */
function start(path) {
  void loadHotPart(path).exports.runToTheEnd();
}

module.exports = { loadHotPart, start };
