import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type TestEntry, testTarGz, testZip } from '../../../src/extensions/commands/krew/archive/testing.fixture.ts';
import { type Outcome, run } from '../../fixtures/run.ts';

const bundle = join(import.meta.dirname, '../../../dist/wherry.js');

/** Plugins of the index: name, what the archive holds, and the manifest behind `spec`. */
const plugins: readonly { name: string; entries: readonly TestEntry[]; isZip?: boolean; spec: string }[] = [
  {
    name: 'hello-world',
    entries: [
      { name: 'bin/', mode: 0o755 },
      { name: 'bin/hello.sh', content: '#!/bin/sh\necho hello "$@"\n', mode: 0o755 },
      { name: 'LICENSE', content: 'MIT' },
      { name: 'docs/manual.md', content: '#', mode: 0o600 },
    ],
    spec: `
  homepage: https://example.com/hello
  description: |
    Says hello.
      With an indented line that goes on and on, so that it is surely longer than what fits on a line of eighty columns.
  caveats: |
    None at all.
    Really # none.
  platforms:
  - {selector: {matchLabels: {os: windows, arch: "386"}}, uri: "https://example.com/none", sha256: "${'0'.repeat(64)}", bin: "a: b"}
  - selector:
      matchExpressions:
      - {key: os, operator: In, values: [linux, darwin]}
      - {key: arch, operator: Exists}
    uri: URI
    sha256: SHA
    files:
    - {from: "*", to: "."}
    bin: bin/hello.sh`,
  },
  {
    name: 'zipped',
    isZip: true,
    entries: [
      { name: 'release-1.0/tool', content: '#!/bin/sh\necho zipped\n', mode: 0o100755 },
      { name: 'release-1.0/LICENSE.txt', content: 'MIT' },
      { name: 'release-1.0/other', content: 'left out' },
    ],
    spec: `
  platforms:
  - selector: {matchLabels: {os: linux}}
    uri: URI
    sha256: SHA
    files:
    - {from: "*/tool", to: .}
    - {from: "release-*/LIC*", to: licenses}
    bin: ./tool`,
  },
  ...Object.entries({
    'goes-up': [{ name: '../evil', content: 'x' }],
    absolute: [{ name: '/evil', content: 'x' }],
    linked: [{ name: 'link', type: '2', linkName: '/etc/passwd' }],
  }).map(([name, entries]) => ({ name, entries: [{ name: 'tool', mode: 0o755 }, ...entries], spec: simple('tool') })),
  { name: 'without-tool', entries: [{ name: 'LICENSE' }], spec: simple('tool') },
  { name: 'not-matching', entries: [{ name: 'tool' }], spec: `${simple('tool')}\n    files: [{from: "nothing*", to: .}]` },
  { name: 'not-clean', entries: [{ name: 'tool' }], spec: `${simple('tool')}\n    files: [{from: tool, to: ./x}]` },
  { name: 'wrong-sum', entries: [{ name: 'tool' }], spec: simple('tool').replace('SHA', 'f'.repeat(64)) },
  { name: 'gone', entries: [{ name: 'tool' }], spec: simple('tool').replace('URI', 'URI.gone') },
  { name: 'elsewhere', entries: [{ name: 'tool' }], spec: simple('tool').replace('os: linux', 'os: windows') },
];

function simple(bin: string): string {
  return `
  platforms:
  - selector: {matchLabels: {os: linux}}
    uri: URI
    sha256: SHA
    bin: ${bin}`;
}

describe('krew and wherry krew on one store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'krew-both-'));
  const root = join(directory, 'root');
  const original = join(directory, 'krew');
  const archives = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const archive = archives.get(request.url ?? '');
    response.writeHead(archive ? 200 : 404).end(archive);
  });
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: directory,
    KREW_ROOT: root,
    KREW_OS: 'linux',
    KREW_ARCH: 'amd64',
    KREW_NO_UPGRADE_CHECK: '1',
    KREW_DEFAULT_INDEX_URI: `file://${directory}/index`,
    GIT_CONFIG_GLOBAL: '/dev/null',
    PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter),
  };
  const tools = {
    krew: (line: string): Promise<Outcome> => run(original, line.split(' '), { environment }),
    wherry: (line: string): Promise<Outcome> => run(process.execPath, [bundle, 'krew', ...line.split(' ')], { environment }),
  };
  type Tool = keyof typeof tools;
  const must = async (tool: Tool, line: string): Promise<string> => {
    const { code, stdout, stderr } = await tools[tool](line);
    assert.equal(code, 0, `${tool} ${line}\n${stdout}${stderr}`);
    return stdout;
  };

  function publish(version: string): void {
    const folder = join(directory, 'index', 'plugins');
    const isNew = mkdirSync(folder, { recursive: true });
    for (const { name, entries, isZip = false, spec } of plugins) {
      const bytes = (isZip ? testZip : testTarGz)(entries);
      const path = `/${name}-${version}.${isZip ? 'zip' : 'tar.gz'}`;
      archives.set(path, bytes);
      const text = spec
        .replace('URI', `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
        .replace('SHA', createHash('sha256').update(bytes).digest('hex'));
      const head = `apiVersion: krew.googlecontainertools.github.com/v1alpha2\nkind: Plugin\nmetadata:\n  name: ${name}\n  labels: {answer: "yes", number: "1.0"}\n`;
      writeFileSync(join(folder, `${name}.yaml`), `${head}spec:\n  version: ${version}\n  shortDescription: "The plugin ${name}: it's #1"${text}\n`);
    }
    const git = (...args: string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: join(directory, 'index') });
    if (isNew) git('init', '-q');
    git('add', '-A');
    git('commit', '-q', '-m', version);
  }

  /** What is installed: every file of the store with its permissions, every link with its target, every receipt without its time. */
  function snapshot(): Record<string, string> {
    const files = ['store', 'bin', 'receipts'].flatMap((part) =>
      readdirSync(join(root, part), { recursive: true, encoding: 'utf8' }).map((name) => join(part, name)),
    );
    return Object.fromEntries(
      files.sort().map((path) => {
        const information = lstatSync(join(root, path));
        if (information.isSymbolicLink()) return [path, readlinkSync(join(root, path))];
        const text = information.isFile() ? readFileSync(join(root, path), 'utf8').replace(/creationTimestamp: "[-0-9T:]+Z"/, 'creationTimestamp: TIME') : '';
        return [path, `${(information.mode & 0o777).toString(8)} ${text}`];
      }),
    );
  }

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const built = await run('go', ['build', '-o', original, 'sigs.k8s.io/krew/cmd/krew'], { cwd: import.meta.dirname, timeoutMs: 900_000 });
    assert.equal(built.code, 0, built.stderr);
    publish('v1.0.0');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  for (const [one, other] of [
    ['krew', 'wherry'],
    ['wherry', 'krew'],
  ] as const)
    it(`what ${one} installs ${other} lists, upgrades and removes`, async () => {
      rmSync(root, { recursive: true, force: true });
      publish(`v1.0.${one === 'krew' ? 1 : 3}`);
      await must(one, 'install hello-world zipped');
      assert.equal(execFileSync(join(root, 'bin', 'kubectl-hello_world'), ['you'], { encoding: 'utf8' }), 'hello you\n');
      assert.equal(await must(other, 'list'), 'hello-world\nzipped\n');
      const byOne = snapshot();
      await must(other, 'uninstall hello-world zipped');
      assert.deepEqual(Object.keys(snapshot()), []);
      await must(other, 'install hello-world zipped');
      assert.deepEqual(snapshot(), byOne);
      publish(`v1.0.${one === 'krew' ? 2 : 4}`);
      await must(one, 'upgrade');
      const upgraded = snapshot();
      assert.ok(Object.hasOwn(upgraded, `store/hello-world/v1.0.${one === 'krew' ? 2 : 4}/bin/hello.sh`));
      assert.equal(Object.keys(upgraded).length, Object.keys(byOne).length);
      assert.match((await tools[other]('upgrade')).stderr, /^Skipping plugin zipped, it is already on the newest version$/m);
      assert.deepEqual(snapshot(), upgraded);
      await must(one, 'remove zipped');
      assert.equal(await must(other, 'list'), 'hello-world\n');
    });

  it('both tell the same of indexes and plugins', async () => {
    for (const line of ['index list', 'search', 'search hll', 'search nothing-at-all', 'info hello-world', 'info zipped', 'list'])
      assert.deepEqual(await tools.wherry(line), await tools.krew(line), line);
  });

  it('both refuse the same, in the same last line and with the same exit code', async () => {
    await must('krew', 'update');
    const lines = [
      ...plugins.slice(2).map(({ name }) => `install --no-update-index ${name}`),
      'install nothing',
      'install default/nothing',
      'install a.b',
      'install hello-world --manifest=x.yaml',
      'uninstall nothing',
      'uninstall default/hello-world',
      'uninstall krew',
      'upgrade default/hello-world',
      'upgrade hello-world',
      'info nothing',
      'info other/nothing',
      `index add default file://${directory}/index`,
      'index add a.b x',
      'index remove nothing',
      'index remove default',
    ];
    for (const line of lines) {
      const [theirs, ours] = [await tools.krew(line), await tools.wherry(line)];
      assert.equal(ours.code, theirs.code, line);
      // The original tells Go's names of what it calls.
      const comparable = ({ stderr }: Outcome): string =>
        (stderr.trimEnd().split('\n').at(-1) ?? '')
          .replace('failed to obtain plugin archive: ', '')
          .replace(/(cannot be found in extracted archive).*/, '$1')
          .replace(/source binary \(".*\/([^/]+)"\)/, 'source binary ("$1")');
      assert.equal(comparable(ours), comparable(theirs), line);
    }
  });
});
