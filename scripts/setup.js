// @ts-check
/**
 * Brings a fresh clone to where wherry can run: the locked npm packages (the pinned Node is one of them), on Debian as root the system packages that
 * run containers, the generated sources, and the bundle. Plain JavaScript for any Node from 20 on. A second run skips what is done.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampDirectory = join(root, 'node_modules', '.wherry');

/** What containers need, and why each is installed. `provides` is a file or command that shows it is there. */
const systemPackages = [
  { name: 'containerd', provides: 'containerd', why: 'runs the containers' },
  { name: 'runc', provides: 'runc', why: 'starts each container for containerd' },
  { name: 'containernetworking-plugins', provides: '/usr/lib/cni/bridge', also: '/opt/cni/bin/bridge', why: 'gives pods their network' },
  { name: 'iptables', provides: 'iptables', why: 'translates pod addresses and host ports' },
];

/** Needed by the tests only. */
export const testPackages = [
  { name: 'busybox-static', provides: '/bin/busybox', why: 'becomes the busybox test image' },
  { name: 'nginx-light', provides: '/usr/sbin/nginx', why: 'becomes the nginx test image' },
  { name: 'tmux', provides: 'tmux', why: 'is the terminal that the text screen is tested on' },
  { name: 'docker-registry', provides: '/usr/bin/docker-registry', why: 'serves a test image on loopback' },
];

/** @typedef {{ name: string, provides: string, also?: string, why: string }} SystemPackage */

/**
 * Runs every step that is not done yet and says so. Throws with a message for the user when a step fails.
 * @param {{ extraPackages?: SystemPackage[], bundle?: boolean }} [options]
 */
export function setUp(options = {}) {
  installPackages();
  installSystemPackages([...systemPackages, ...(options.extraPackages ?? [])]);
  generate();
  if (options.bundle !== false) bundle();
}

/** The pinned Node of this platform, or the running one where the registry has none. */
export function nodeBinary() {
  const pinned = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`]
    .map((name) => join(root, 'node_modules', name, 'bin', 'node'))
    .find((path) => existsSync(path));
  if (pinned) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  throw new Error(`no Node 26 for ${process.platform}-${process.arch} came with the packages; install Node 26 and run this again with it`);
}

function installPackages() {
  const lock = hashOf([join(root, 'package-lock.json')]);
  step('npm packages', lock, () =>
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], 'installing the locked npm packages failed; see the lines above'),
  );
}

/** @param {SystemPackage[]} packages */
function installSystemPackages(packages) {
  const missing = packages.filter((candidate) => !isPresent(candidate.provides) && !(candidate.also && isPresent(candidate.also)));
  if (missing.length === 0 || process.platform !== 'linux') return;
  const names = missing.map((candidate) => candidate.name);
  if (process.getuid?.() !== 0 || !isPresent('apt-get')) {
    if (missing.some((candidate) => systemPackages.includes(candidate)))
      say(`Without ${names.join(', ')} no containers can run here: wherry will start simulated nodes. As root on Debian or Ubuntu this step installs them.`);
    return;
  }
  say('installing system packages…');
  for (const candidate of missing) say(`  ${candidate.name}: ${candidate.why}`);
  const started = Date.now();
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Services that the packages bring must not start: wherry runs a containerd of its own.
  const policy = '/usr/sbin/policy-rc.d';
  // One that an interrupted run left is ours too.
  const ours = '#!/bin/sh\n# Written by the set-up of wherry while it installs packages.\nexit 101\n';
  const isPolicyOurs = !existsSync(policy) || readFileSync(policy, 'utf8') === ours;
  if (isPolicyOurs) writeFileSync(policy, ours, { mode: 0o755 });
  try {
    const install = ['install', '-y', '-qq', '--no-install-recommends', ...names];
    if (spawnSync('apt-get', install, { env: environment, stdio: 'ignore' }).status !== 0) {
      spawnSync('apt-get', ['update', '-qq'], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
      const { status } = spawnSync('apt-get', install, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
      if (status !== 0) throw new Error(`apt-get could not install ${names.join(', ')}; install them by hand, then run this again`);
    }
  } finally {
    if (isPolicyOurs) spawnSync('rm', ['-f', policy]);
  }
  say(`system packages installed (${seconds(started)})`);
}

function generate() {
  const sources = ['scripts/generate', 'src/api', 'examples'].flatMap((directory) => filesUnder(join(root, directory)));
  const inputs = sources.filter((file) => !file.includes('/generated/'));
  const key = hashOf([...inputs, join(root, 'package-lock.json')]);
  step(
    'generated sources',
    key,
    () => run(nodeBinary(), [join(root, 'scripts', 'generate', 'main.ts')], 'generating sources failed'),
    join(root, 'src', 'api', 'generated', 'resource-types.ts'),
  );
}

function bundle() {
  const scripts = ['bundle.js', 'hot-part.js', 'keep-code.cjs', 'load-hot-part.cjs', 'warm-up.js'].map((name) => join(root, 'scripts', name));
  const key = hashOf([...filesUnder(join(root, 'src')), ...scripts, join(root, 'package-lock.json')]);
  step('bundle', key, () => run(nodeBinary(), [join(root, 'scripts', 'bundle.js')], 'bundling failed'), join(root, 'dist', 'wherry.cjs'));
}

/**
 * Does a step unless its inputs are what they were when it last ran and its product is still there.
 * @param {string} name @param {string} key @param {() => void} work @param {string} [product]
 */
function step(name, key, work, product) {
  const stamp = join(stampDirectory, name.replaceAll(' ', '-'));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key && (!product || existsSync(product))) return;
  const started = Date.now();
  say(`${name}…`);
  work();
  mkdirSync(stampDirectory, { recursive: true });
  writeFileSync(stamp, key);
  say(`${name} ready (${seconds(started)})`);
}

/** @param {string} command @param {string[]} args @param {string} failure */
function run(command, args, failure) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(error ? `${failure}: ${error.message}` : failure);
}

/** @param {string} what */
function isPresent(what) {
  if (what.startsWith('/')) return existsSync(what);
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((directory) => existsSync(join(directory, what)));
}

/** @param {string} directory @returns {string[]} */
function filesUnder(directory) {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** @param {string[]} files */
function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** @param {number} since */
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** @param {string} line */
function say(line) {
  process.stderr.write(`set-up: ${line}\n`);
}
