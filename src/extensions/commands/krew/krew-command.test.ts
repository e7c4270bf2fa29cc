import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createKrewWorld, hasGit } from './testing/krew-world.fixture.ts';

const notice = (name: string): string => `WARNING: You installed plugin "${name}" from the krew-index plugin repository.
   These plugins are not audited for security by the Krew maintainers.
   Run them at your own risk.
`;

describe('krew', { skip: hasGit ? false : 'there is no git on this machine' }, () => {
  it('adds the default index, installs, lists, runs and removes a plugin, in the words and the layout of krew', async () => {
    using world = createKrewWorld();
    world.publish('hello-world', 'v1.0.0');
    const installed = await world.krew('install hello-world');
    assert.deepEqual(installed, {
      code: 0,
      stdout: '',
      stderr: `Adding "default" plugin index from ${world.environment['KREW_DEFAULT_INDEX_URI']}.
Updated the local copy of plugin index.
Installing plugin: hello-world
Installed plugin: hello-world
\\
 | Use this plugin:
 | 	kubectl hello-world
 | Documentation:
 | 	https://example.com/hello-world
/
${notice('hello-world')}`,
    });
    assert.equal(world.installed('hello-world'), 'hello-world v1.0.0 x\n');
    assert.equal(readlinkSync(join(world.root, 'bin', 'kubectl-hello_world')), join(world.root, 'store', 'hello-world', 'v1.0.0', 'hello-world.sh'));
    assert.deepEqual(readdirSync(join(world.root, 'store', 'hello-world', 'v1.0.0')).sort(), ['LICENSE', 'hello-world.sh']);
    assert.match(readFileSync(join(world.root, 'receipts', 'hello-world.yaml'), 'utf8'), /^status:\n {2}source:\n {4}name: default\n$/m);
    assert.equal((await world.krew('list')).stdout, 'PLUGIN       VERSION\nhello-world  v1.0.0\n');
    assert.equal((await world.krew('ls', { isTerminal: false })).stdout, 'hello-world\n');
    assert.deepEqual(await world.krew('rm hello-world'), { code: 0, stdout: '', stderr: 'Uninstalled plugin: hello-world\n' });
    for (const folder of ['bin', 'store', 'receipts']) assert.deepEqual(readdirSync(join(world.root, folder)), []);
  });

  it('installs names from standard input, skips what is installed, and goes on past what fails', async () => {
    using world = createKrewWorld();
    for (const name of ['one', 'two', 'three']) world.publish(name, 'v1.0.0');
    world.publish('bad', 'v1.0.0', { changes: (text) => text.replace(/sha256: ./, (match) => `sha256: ${match.endsWith('0') ? '1' : '0'}`) });
    assert.equal((await world.krew('install two')).code, 0);
    const { code, stderr } = await world.krew('install --no-update-index', { input: 'one\n\nbad\ntwo\r\nthree' });
    assert.equal(code, 1);
    assert.match(stderr, /^Reading plugin names via stdin\n/);
    assert.match(stderr, /^WARNING: Skipping plugin "two", it is already installed$/m);
    const reason =
      /install failed: failed to unpack into staging dir: failed to unpack the plugin archive: checksum does not match, want: [0-9a-f]{64}, got [0-9a-f]{64}/;
    assert.match(stderr, new RegExp(`^failed to install some plugins: \\[bad\\]: ${reason.source}\n$`, 'm'));
    assert.deepEqual(readdirSync(join(world.root, 'bin')).sort(), ['kubectl-one', 'kubectl-three', 'kubectl-two']);
    assert.deepEqual(readdirSync(join(world.root, 'store')).sort(), ['one', 'three', 'two']);
    const ofNothing = await world.krew('install --no-update-index', { input: '\n' });
    assert.equal(ofNothing.code, 0);
    assert.match(ofNothing.stdout, /^Install one or several plugins/);
  });

  it('reads no manifest that is a link to what is no file', { skip: process.platform === 'win32' }, async () => {
    using world = createKrewWorld();
    world.publish('one', 'v1.0.0');
    await world.krew('update');
    symlinkSync('/dev/zero', join(world.root, 'index', 'default', 'plugins', 'zero.yaml'));
    const { code, stderr } = await world.krew('install --no-update-index zero');
    assert.equal(code, 1);
    assert.match(stderr, /^failed to load plugin "zero" from the index: failed to parse yaml file ".*zero\.yaml": it is no file$/m);
  });

  it('upgrades, tells what is outdated, and removes old versions', async () => {
    using world = createKrewWorld();
    world.publish('one', 'v1.0.0');
    world.publish('two', 'v1.0.0');
    await world.krew('install one two');
    const created = /creationTimestamp: .*/.exec(readFileSync(join(world.root, 'receipts', 'one.yaml'), 'utf8'))![0];
    world.publish('one', 'v1.1.0-rc.1');
    world.publish('new', 'v0.1.0');
    assert.equal(
      (await world.krew('update')).stderr,
      'Updated the local copy of plugin index.\n  New plugins available:\n    * new\n  Upgrades available for installed plugins:\n    * one v1.0.0 -> v1.1.0-rc.1\n',
    );
    assert.equal((await world.krew('outdated')).stdout, 'PLUGIN  INSTALLED  AVAILABLE\none     v1.0.0     v1.1.0-rc.1\n');
    assert.deepEqual(await world.krew('upgrade --no-update-index'), {
      code: 0,
      stdout: '',
      stderr: `Upgrading plugin: one\nUpgraded plugin: one\n${notice('one')}Upgrading plugin: two\nSkipping plugin two, it is already on the newest version\n`,
    });
    assert.equal(world.installed('one'), 'one v1.1.0-rc.1 x\n');
    assert.deepEqual(readdirSync(join(world.root, 'store', 'one')), ['v1.1.0-rc.1']);
    assert.equal(/creationTimestamp: .*/.exec(readFileSync(join(world.root, 'receipts', 'one.yaml'), 'utf8'))![0], created);
    assert.equal((await world.krew('outdated')).stderr, 'All plugins are up to date.\n');
    assert.deepEqual(await world.krew('upgrade one --no-update-index'), {
      code: 1,
      stdout: '',
      stderr: 'Upgrading plugin: one\nfailed to upgrade plugin "one": can\'t upgrade, the newest version is already installed\n',
    });
  });

  it('installs a version from the history of the index, and stays at it until told otherwise', async () => {
    using world = createKrewWorld();
    for (const version of ['v1.0.0', 'v1.1.0', 'v1.2.0']) world.publish('one', version);
    assert.equal((await world.krew('install one@1.1.0')).code, 0);
    assert.equal(world.installed('one'), 'one v1.1.0 x\n');
    assert.equal((await world.krew('list')).stdout, 'PLUGIN  VERSION\none     v1.1.0 (pinned)\n');
    assert.match((await world.krew('upgrade')).stderr, /^Skipping plugin one, it is pinned to v1\.1\.0$/m);
    assert.match((await world.krew('upgrade one')).stderr, /^failed to upgrade plugin "one": it is pinned to v1\.1\.0; unpin it/m);
    assert.equal((await world.krew('upgrade one@v1.0.0')).code, 0);
    assert.equal(world.installed('one'), 'one v1.0.0 x\n');
    assert.equal((await world.krew('unpin one')).stderr, 'Unpinned plugin: one v1.0.0\n');
    assert.equal((await world.krew('upgrade')).code, 0);
    assert.equal(world.installed('one'), 'one v1.2.0 x\n');
    assert.equal((await world.krew('pin one')).stderr, 'Pinned plugin: one v1.2.0\n');
    const { code, stderr } = await world.krew('upgrade one@v9.0.0');
    assert.match(stderr, /plugin "one" has no version v9\.0\.0 in the index "default"; it has had v1\.2\.0, v1\.1\.0, v1\.0\.0/);
    assert.equal(code, 1);
  });

  it('keeps indexes: adds, lists, installs from and removes them', async () => {
    using world = createKrewWorld();
    world.publish('one', 'v1.0.0');
    world.publish('mine', 'v2.0.0', { index: 'other' });
    await world.krew('update');
    const path = join(world.directory, 'other');
    assert.equal(
      (await world.krew(`index add custom ${path}`)).stderr,
      `WARNING: You have added a new index from "${path}"\nThe plugins in this index are not audited for security by the Krew maintainers.\nInstall them at your own risk.\n`,
    );
    assert.equal((await world.krew(`index add custom ${path}`)).stderr, 'index already exists\n');
    assert.equal((await world.krew(`index add a.b ${path}`)).stderr, 'invalid index name\n');
    assert.equal((await world.krew('index list')).stdout, `INDEX    URL\ncustom   ${path}\ndefault  ${world.environment['KREW_DEFAULT_INDEX_URI']}\n`);
    assert.equal((await world.krew('install custom/mine')).code, 0);
    assert.equal((await world.krew('list')).stdout, 'PLUGIN       VERSION\ncustom/mine  v2.0.0\n');
    assert.deepEqual(await world.krew('index remove custom'), {
      code: 1,
      stdout: '',
      stderr:
        'WARNING: Plugins [mine] are still installed from index "custom"!\nRemoving indexes while there are plugins installed from is not recommended\n(you can use --force to ignore this check).\nthere are still plugins installed from this index\n',
    });
    assert.equal((await world.krew('index remove custom --force')).code, 0);
    assert.equal((await world.krew('index rm nothing')).stderr, 'index "nothing" does not exist\n');
    assert.match(
      (await world.krew('upgrade')).stderr,
      /^WARNING: failed to upgrade plugin "custom\/mine", skipping \(error: plugin "mine" does not exist in the plugin index\)$/m,
    );
  });

  it('leaves nothing of a clone that fails', async () => {
    using world = createKrewWorld();
    const { code, stderr } = await world.krew(`index add broken file://${world.directory}/nowhere`);
    assert.match(stderr, /^command execution failure, output=".*does not.*": exit status 128\n$/);
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(join(world.root, 'index')), []);
    assert.equal(existsSync(join(world.root, '.staging')), false);
  });

  it('says what to do when there is no git', async () => {
    using world = createKrewWorld();
    const { code, stderr } = await world.krew('update', { environment: { PATH: join(world.root, 'bin') } });
    assert.match(stderr, /there is no "git" on your PATH; install it/);
    assert.equal(code, 1);
  });

  it('searches by name and description, and describes plugins', async () => {
    using world = createKrewWorld();
    world.publish('view-secret', 'v1.0.0', {
      changes: (text) => text.replace(/shortDescription: .*/, 'shortDescription: Shows secrets, decoded, with a description too long for tables'),
    });
    world.publish('elsewhere', 'v1.0.0', { changes: (text) => text.replace('os: linux', 'os: darwin') });
    await world.krew('update');
    assert.equal(
      (await world.krew('search')).stdout,
      `NAME         DESCRIPTION                                         INSTALLED
elsewhere    The plugin elsewhere                                unavailable on linux/${process.arch === 'x64' ? 'amd64' : process.arch}
view-secret  Shows secrets, decoded, with a description too ...  no
`,
    );
    assert.equal((await world.krew('search vsec')).stdout.split('\n').length, 3);
    assert.equal((await world.krew('search xyz')).stdout, '');
    assert.match(
      (await world.krew('info elsewhere')).stdout,
      /^NAME: elsewhere\nINDEX: default\nVERSION: v1\.0\.0\nHOMEPAGE: https:\/\/example\.com\/elsewhere\n$/,
    );
    assert.equal((await world.krew('info nothing')).stderr, 'plugin "nothing" not found in index "default"\n');
  });

  const refusals = [
    { line: 'install nothing', stderr: 'plugin "nothing" does not exist in the plugin index' },
    { line: 'install a.b', stderr: 'plugin name "a.b" not allowed' },
    { line: 'install nul', stderr: 'plugin name "nul" not allowed' },
    {
      line: 'install one --manifest=x.yaml',
      stderr: 'must specify either specify either plugin names (via positional arguments or STDIN), or --manifest/--manifest-url; not both',
    },
    { line: 'install --manifest=x.yaml --manifest-url=http://x', stderr: 'cannot specify --manifest and --manifest-url at the same time' },
    { line: 'install one --archive=x', stderr: '--archive can be specified only with --manifest or --manifest-url' },
    { line: 'install one@latest', stderr: 'could not parse "vlatest" as version' },
    { line: 'uninstall one', stderr: 'failed to uninstall plugin one: plugin is not installed' },
    { line: 'uninstall default/one', stderr: 'uninstall command does not support INDEX/PLUGIN syntax; just specify PLUGIN' },
    { line: 'uninstall', stderr: 'requires at least 1 arg(s), only received 0' },
    { line: 'upgrade default/one', stderr: 'upgrade command does not support INDEX/PLUGIN syntax; just specify PLUGIN' },
    { line: 'info', stderr: 'accepts 1 arg(s), received 0' },
  ];
  for (const { line, stderr: expected } of refusals)
    it(`refuses "${line}"`, async () => {
      using world = createKrewWorld();
      world.publish('one', 'v1.0.0');
      await world.krew('update');
      const { code, stderr } = await world.krew(line);
      assert.equal(stderr.split('\n').at(-2), expected);
      assert.equal(code, 1);
    });

  it('does not uninstall itself', async () => {
    using world = createKrewWorld();
    world.publish('one', 'v1.0.0');
    await world.krew('update');
    const { code, stderr } = await world.krew('uninstall krew');
    assert.equal(
      stderr,
      `Removing krew through krew is not supported.\nIf you’d like to uninstall krew altogether, run:\n\trm -rf -- "${world.root}"\nfailed to uninstall plugin krew: self-uninstall not allowed\n`,
    );
    assert.equal(code, 1);
  });

  it('installs from a manifest and an archive of this machine, which belong to no index', async () => {
    using world = createKrewWorld();
    const manifest = world.publish('one', 'v1.0.0', { changes: (text) => text.replace(/uri: .*/, 'uri: https://example.invalid/one.tar.gz') });
    const { code } = await world.krew(`install --manifest ${manifest} --archive one-v1.0.0.tar.gz`);
    assert.equal(code, 0);
    assert.equal(world.installed('one'), 'one v1.0.0 x\n');
    await world.krew('update');
    assert.equal((await world.krew('list')).stdout, 'PLUGIN        VERSION\ndetached/one  v1.0.0\n');
    assert.match((await world.krew('upgrade')).stderr, /Skipping upgrade for "one" because it was installed via manifest/);
  });

  it('does not replace what is no link', async () => {
    using world = createKrewWorld();
    world.publish('one', 'v1.0.0');
    await world.krew('update');
    writeFileSync(join(world.root, 'bin', 'kubectl-one'), 'mine');
    const { code, stderr } = await world.krew('install one');
    assert.match(stderr, /kubectl-one" is not a symlink/);
    assert.equal(code, 1);
    assert.equal(readFileSync(join(world.root, 'bin', 'kubectl-one'), 'utf8'), 'mine');
    assert.equal(existsSync(join(world.root, 'receipts', 'one.yaml')), false);
  });

  it('warns when its folder of links is not on PATH, but for the first run', async () => {
    using world = createKrewWorld();
    world.publish('one', 'v1.0.0');
    const environment = { PATH: process.env['PATH'] ?? '', SHELL: '/bin/zsh' };
    assert.doesNotMatch((await world.krew('update', { environment })).stderr, /WARNING/);
    assert.match(
      (await world.krew('list', { environment })).stderr,
      /^WARNING: To be able to run kubectl plugins, you need to add\nthe following to your ~\/\.zshrc:\n/,
    );
  });

  it('brings the folder of indexes of old versions to today’s layout', async () => {
    using world = createKrewWorld();
    world.publish('one', 'v1.0.0');
    await world.krew('update');
    const [indexes, aside] = [join(world.root, 'index'), join(world.root, 'aside')];
    renameSync(join(indexes, 'default'), aside);
    rmSync(indexes, { recursive: true });
    renameSync(aside, indexes);
    const list = `INDEX    URL\ndefault  ${world.environment['KREW_DEFAULT_INDEX_URI']}\n`;
    assert.equal((await world.krew('index list')).stdout, list);
    // A run that was ended on the way.
    renameSync(join(indexes, 'default'), join(world.root, 'tmp_index_migration'));
    assert.equal((await world.krew('index list')).stdout, list);
  });
});
