// @ts-check
/** `npm test [-- PATH-OR-PART ...]`: set-up, static checks, unit and conformance tests, then end-to-end tests with real counterparts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeBinary, root, setUp, testPackages } from './setup.js';

const wanted = process.argv.slice(2);
try {
  setUp({ extraPackages: testPackages });
} catch (error) {
  process.stderr.write(`set-up: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
const unit = [...testsUnder('src'), ...testsUnder('examples'), ...testsUnder('bench')];
const endToEnd = testsUnder('test');
if (wanted.length === 0) {
  runStage('checks', [join(root, 'scripts', 'check.js'), '--static']);
  runFiles('unit and conformance tests', unit, 2);
  // They mostly wait.
  runFiles('end-to-end tests', endToEnd, 3);
} else {
  const chosen = [...unit, ...endToEnd].filter((file) => wanted.some((part) => file.includes(part)));
  if (chosen.length === 0) {
    process.stderr.write(`no test file has ${wanted.join(' or ')} in its path\n`);
    process.exit(1);
  }
  runStage('chosen tests', testArguments(chosen, 2));
}

/** @param {string[]} files @param {number} concurrency */
function testArguments(files, concurrency) {
  const reporter = process.stdout.isTTY ? 'spec' : 'dot';
  return [
    '--test',
    `--test-concurrency=${concurrency}`,
    '--test-timeout=300000',
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    ...files,
  ];
}

/** @param {string} directory @returns {string[]} */
function testsUnder(directory) {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(directory, name))
    .sort();
}

/**
 * Tests share a machine with whatever else it does, and many wait for programs that are not ours: files in which a test fails run once more, by themselves. What passes then
 * is named as unsteady, since it is still to be mended.
 * @param {string} name @param {string[]} chosen @param {number} concurrency
 */
function runFiles(name, chosen, concurrency) {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-files-'));
  const list = join(directory, 'files');
  const reporter = [`--test-reporter=${pathToFileURL(join(root, 'scripts', 'report-files.js')).href}`, `--test-reporter-destination=${list}`];
  const status = attemptStage(name, [...reporter, ...testArguments(chosen, concurrency)]);
  const lines = readFileSync(list, 'utf8').split('\n').filter(Boolean);
  rmSync(directory, { recursive: true, force: true });
  const files = lines.map((line) => /** @type {{ file: string, durationMs: number, hasFailed: boolean }} */ (JSON.parse(line)));
  const slowest = files.toSorted((left, right) => right.durationMs - left.durationMs).slice(0, 12);
  process.stderr.write(`slowest: ${slowest.map(({ file, durationMs }) => `${basename(file, '.test.ts')} ${(durationMs / 1000).toFixed(0)} s`).join(', ')}\n`);
  if (status === 0) return;
  // A file that crashed has no entry.
  const passed = new Set(files.filter(({ hasFailed }) => !hasFailed).map(({ file }) => relative(root, file)));
  const failed = chosen.filter((file) => !passed.has(file));
  if (failed.length === 0 || failed.length > 3) process.exit(1);
  runStage(`${name} that failed, once more`, testArguments(failed, 1));
  process.stderr.write(`unsteady (failed once, passed alone), to be mended:\n${failed.map((file) => `  ${file}\n`).join('')}`);
}

/** @param {string} name @param {string[]} args */
function runStage(name, args) {
  const status = attemptStage(name, args);
  if (status !== 0) process.exit(status);
}

/** @param {string} name @param {string[]} args */
function attemptStage(name, args) {
  const started = Date.now();
  process.stderr.write(`\n== ${name}\n`);
  const { status } = spawnSync(nodeBinary(), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compile') },
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  process.stderr.write(status === 0 ? `== ${name}: ok (${seconds} s)\n` : `\n${name} failed (${seconds} s)\n`);
  return status ?? 1;
}
