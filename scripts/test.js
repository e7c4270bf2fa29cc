// @ts-check
/** `npm test [-- PATH-OR-PART ...]`: set-up, static checks, unit and conformance tests, then end-to-end tests with real counterparts. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
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
  runStage('unit and conformance tests', testArguments(unit, 2));
  runStage('end-to-end tests', testArguments(endToEnd, 2));
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

/** @param {string} name @param {string[]} args */
function runStage(name, args) {
  const started = Date.now();
  process.stderr.write(`\n== ${name}\n`);
  const { status } = spawnSync(nodeBinary(), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compile') },
  });
  if (status !== 0) {
    process.stderr.write(`\n${name} failed\n`);
    process.exit(status ?? 1);
  }
  process.stderr.write(`== ${name}: ok (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
}
