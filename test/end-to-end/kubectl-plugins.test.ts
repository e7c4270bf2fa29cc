import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { kubectlBinary, kubectlVersions, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';
import { type Outcome, run } from '../fixtures/run.ts';

const root = join(import.meta.dirname, '../..');
const hasKubectl = kubectlVersions().size > 0;

/** A folder for PATH with a `kubectl` in it: the real one, or wherry under that name, and what else is wanted. */
function placeKubectl(directory: string, which: 'real' | 'wherry'): string {
  const folder = join(directory, `kubectl-of-${which}`);
  mkdirSync(folder, { recursive: true });
  if (which === 'real') symlinkSync(kubectlBinary(), join(folder, 'kubectl'));
  else
    for (const name of ['kubectl', 'wherry']) {
      writeFileSync(join(folder, name), `#!/bin/sh\nWHERRY_CALLED_AS=${name} exec '${process.execPath}' '${join(root, 'dist/wherry.js')}' "$@"\n`);
      chmodSync(join(folder, name), 0o755);
    }
  return folder;
}

const programs = hasKubectl ? (['wherry', 'real'] as const) : (['wherry'] as const);

for (const which of programs)
  describe(`the walk through kubectl's page on plugins, with ${which === 'real' ? 'the real kubectl' : 'wherry'}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'plugins-'));
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    after(() => rmSync(directory, { recursive: true, force: true }));
    const environment: NodeJS.ProcessEnv = {
      ...process.env,
      HOME: directory,
      BIN: bin,
      PATH: `${placeKubectl(directory, which)}:${bin}:${dirname(process.execPath)}:/usr/bin:/bin`,
    };
    delete environment['KUBECONFIG'];
    const bash = (script: string): Promise<Outcome> => run('bash', ['-c', script], { environment, cwd: directory });

    const steps: readonly { name: string; script: string; stdout: string; stderr?: string; code?: number; ignoresErrors?: boolean }[] = [
      {
        name: 'a script becomes a command when it is executable and on PATH',
        script: `cat > kubectl-foo <<'end'
#!/bin/bash

# optional argument handling
if [[ "$1" == "version" ]]
then
    echo "1.0.0"
    exit 0
fi

# optional argument handling
if [[ "$1" == "config" ]]
then
    echo $KUBECONFIG
    exit 0
fi

echo "I am a plugin named kubectl-foo"
end
chmod +x ./kubectl-foo
mv ./kubectl-foo $BIN
kubectl foo`,
        stdout: 'I am a plugin named kubectl-foo\n',
      },
      { name: 'arguments are passed as they are', script: 'kubectl foo version', stdout: '1.0.0\n' },
      { name: 'the environment is passed as it is', script: 'export KUBECONFIG=~/.kube/config\nkubectl foo config', stdout: `${directory}/.kube/config\n` },
      { name: 'the environment of one call, too', script: 'KUBECONFIG=/etc/kube/config kubectl foo config', stdout: '/etc/kube/config\n' },
      {
        name: 'the first argument is where the plugin was found',
        script: `printf '#!/bin/bash\\necho "$0"\\n' > $BIN/kubectl-zero; chmod +x $BIN/kubectl-zero; kubectl zero; rm $BIN/kubectl-zero`,
        stdout: `${bin}/kubectl-zero\n`,
      },
      {
        name: 'dashes in a file name are blanks on the command line, and the plugin is listed',
        script: `rm $BIN/kubectl-foo
echo -e '#!/bin/bash\\n\\necho "My first command-line argument was $1"' > kubectl-foo-bar-baz
chmod +x ./kubectl-foo-bar-baz
mv ./kubectl-foo-bar-baz $BIN
kubectl plugin list`,
        // The page shows an older heading.
        stdout: `The following compatible plugins are available:\n\n${bin}/kubectl-foo-bar-baz\n`,
      },
      {
        name: 'what follows the name are arguments',
        script: 'kubectl foo bar baz arg1 --meaningless-flag=true',
        stdout: 'My first command-line argument was arg1\n',
      },
      {
        name: 'underscores in a file name are dashes on the command line',
        script: `echo -e '#!/bin/bash\\n\\necho "I am a plugin with a dash in my name"' > ./kubectl-foo_bar
chmod +x ./kubectl-foo_bar
mv ./kubectl-foo_bar $BIN
kubectl foo-bar`,
        stdout: 'I am a plugin with a dash in my name\n',
      },
      { name: 'or underscores', script: 'kubectl foo_bar', stdout: 'I am a plugin with a dash in my name\n' },
      {
        name: 'of two with one name the first on PATH runs, and the other is warned of',
        script: `mkdir -p plugins moreplugins
for folder in plugins moreplugins; do printf '#!/bin/bash\\necho in '$folder'\\n' > $folder/kubectl-foo; chmod +x $folder/kubectl-foo; done
PATH=$PWD/plugins:$PWD/moreplugins:$PATH kubectl foo
PATH=$PWD/moreplugins:$PWD/plugins:$PATH kubectl foo
rm $BIN/*
PATH=$PWD/plugins:$PWD/moreplugins:$PATH kubectl plugin list`,
        stdout: `in plugins\nin moreplugins\nThe following compatible plugins are available:\n\n${directory}/plugins/kubectl-foo\n${directory}/moreplugins/kubectl-foo\n`,
        stderr: `  - warning: ${directory}/moreplugins/kubectl-foo is overshadowed by a similarly named plugin: ${directory}/plugins/kubectl-foo\nerror: one plugin warning was found\n`,
        code: 1,
      },
      {
        name: 'the longest name wins',
        script: `for name in foo-bar foo-bar-baz; do printf '#!/bin/bash\\necho "Plugin kubectl-'$name' is executed\${1:+, with \\\\"$1\\\\" as its first argument}"\\n' > $BIN/kubectl-$name; chmod +x $BIN/kubectl-$name; done
kubectl foo bar baz
kubectl foo bar
kubectl foo bar baz buz
kubectl foo bar buz`,
        stdout: `Plugin kubectl-foo-bar-baz is executed
Plugin kubectl-foo-bar is executed
Plugin kubectl-foo-bar-baz is executed, with "buz" as its first argument
Plugin kubectl-foo-bar is executed, with "buz" as its first argument
`,
      },
      {
        name: 'relative folders and files that cannot be executed are listed, with warnings',
        script: `rm $BIN/*
mkdir -p relative; printf '#!/bin/bash\\necho relative "$0"\\n' > relative/kubectl-foo; chmod +x relative/kubectl-foo; cp relative/kubectl-foo $BIN; touch relative/kubectl-invalid
PATH=relative:$PATH kubectl foo
PATH=relative:$PATH kubectl plugin list`,
        stdout: `relative relative/kubectl-foo\nThe following compatible plugins are available:\n\nrelative/kubectl-foo\nrelative/kubectl-invalid\n${bin}/kubectl-foo\n`,
        stderr: `  - warning: relative/kubectl-invalid identified as a kubectl plugin, but it is not executable\n  - warning: ${bin}/kubectl-foo is overshadowed by a similarly named plugin: relative/kubectl-foo\nerror: 2 plugin warnings were found\n`,
        code: 1,
      },
      {
        name: 'built-in commands win, and the list says so',
        script: `rm $BIN/*; printf '#!/bin/bash\\necho never\\n' > $BIN/kubectl-version; chmod +x $BIN/kubectl-version; kubectl version --client | grep -c never; kubectl plugin list`,
        stdout: `0\nThe following compatible plugins are available:\n\n${bin}/kubectl-version\n`,
        stderr: '  - warning: kubectl-version overwrites existing command: "kubectl version"\nerror: one plugin warning was found\n',
        code: 1,
      },
      {
        name: 'without any there is nothing to list',
        script: 'rm $BIN/*; kubectl plugin list',
        stdout: '',
        stderr: 'error: unable to find any kubectl plugins in your PATH\n',
        code: 1,
      },
      {
        name: 'a flag in front of the name is told',
        script: 'kubectl --namespace=x foo; kubectl -n x foo',
        stdout: '',
        stderr: 'Error: flags cannot be placed before plugin name: --namespace=x\nError: flags cannot be placed before plugin name: -n\n',
        code: 1,
      },
      {
        name: "the exit code is the plugin's own, as are its streams",
        script: `printf '#!/bin/bash\\ncat; echo bad >&2; exit 7\\n' > $BIN/kubectl-seven; chmod +x $BIN/kubectl-seven; echo in | kubectl seven; echo $?; kubectl seven --help </dev/null; echo $?; rm $BIN/kubectl-seven`,
        stdout: 'in\n7\n7\n',
        stderr: 'bad\nbad\n',
      },
      {
        name: 'a tree of commands may be several files, and what is below create is one, too',
        script: `rm -f $BIN/*
for name in parent parent-subcommand parent-subcommand-subsubcommand create-foo create-foo-bar; do printf '#!/bin/bash\\necho '$name' "$@"\\n' > $BIN/kubectl-$name; chmod +x $BIN/kubectl-$name; done
kubectl parent x
kubectl parent subcommand -x
kubectl parent subcommand subsubcommand
kubectl create foo a
kubectl create foo bar --b
kubectl plugin list --name-only`,
        stdout: `parent x
parent-subcommand -x
parent-subcommand-subsubcommand
create-foo a
create-foo-bar --b
The following compatible plugins are available:

kubectl-create-foo
kubectl-create-foo-bar
kubectl-parent
kubectl-parent-subcommand
kubectl-parent-subcommand-subsubcommand
`,
        stderr: `  - warning: kubectl-create-foo overwrites existing command: "kubectl create"
  - warning: kubectl-create-foo-bar overwrites existing command: "kubectl create"
error: 2 plugin warnings were found
`,
        code: 1,
      },
      {
        name: 'words below a plugin are completed by its files, and by its completion executable',
        script: `printf '#!/bin/bash\\nprintf "%%s\\\\n" one two "$#:$*" :4\\n' > $BIN/kubectl_complete-parent; chmod +x $BIN/kubectl_complete-parent
kubectl __complete par
kubectl __complete parent ''
kubectl __complete parent a --b t
kubectl __complete parent subcommand ''
printf '#!/bin/bash\\nexit 1\\n' > $BIN/kubectl_complete-parent
kubectl __complete parent a ''`,
        stdout: `parent	The command parent is a plugin installed by the user
:4
subcommand	The command subcommand is a plugin installed by the user
one
two
1:
:4
one
two
3:a --b t
:4
subsubcommand	The command subsubcommand is a plugin installed by the user
:0
:0
`,
        ignoresErrors: true,
      },
      {
        name: 'what is no program is told',
        script: 'echo nonsense > $BIN/kubectl-foo; chmod +x $BIN/kubectl-foo; kubectl foo',
        stdout: '',
        stderr: 'Error: exec format error\n',
        code: 1,
      },
    ];
    for (const { name, script, stdout, stderr = '', code = 0, ignoresErrors } of steps)
      it(name, async () => {
        const outcome = await bash(script);
        assert.deepEqual(ignoresErrors ? { ...outcome, stderr } : outcome, { code, stdout, stderr });
      });
  });

describe('existing plugins', { skip: hasKubectl ? false : 'there is no kubectl on this machine' }, () => {
  let cluster: TestCluster;
  let directory: string;
  const written = join(import.meta.dirname, 'kubectl-plugins');
  let plugins: string;
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
    directory = mkdtempSync(join(tmpdir(), 'plugins-'));
    // Out of this project, whose package.json would say how scripts of Node are to be read.
    plugins = join(directory, 'plugins');
    for (const kind of ['', '-of-create']) cpSync(`${written}${kind}`, `${plugins}${kind}`, { recursive: true });
    await cluster.mustKubectl(['create', 'namespace', 'shop']);
    await cluster.mustKubectl(['create', 'secret', 'generic', 'door', '--from-literal=code=1234', '--from-literal=word=sesame']);
    for (const name of ['one', 'two']) await cluster.mustKubectl(['run', name, '--image', `example.com/${name}:1`]);
    await cluster.mustKubectl(['wait', '--for=condition=Ready', 'pod/one', 'pod/two', '--timeout=120s']);
  });
  after(async () => {
    if (directory) rmSync(directory, { recursive: true, force: true });
    await cluster?.[Symbol.asyncDispose]();
  });

  const lines: readonly string[] = [
    'kubectl hello',
    'kubectl hello "big  world" --version',
    'kubectl hello --version',
    'kubectl ctx',
    'kubectl ctx --current',
    'kubectl whoami',
    'kubectl ns',
    'kubectl ns nowhere',
    'kubectl ns shop && kubectl ns && kubectl ns default',
    'kubectl images',
    'kubectl pod-status',
    'kubectl pod_status -n shop',
    'kubectl view-secret door',
    'kubectl view-secret door word',
    'kubectl view-secret nothing',
    'kubectl view-secret',
    'kubectl count pods',
    'kubectl count pods -n shop',
    'echo in | GREETING="a  b" kubectl args --flag="x y" -- -z "" "*"',
    'kubectl top-lines | head -n 2; echo "${PIPESTATUS[@]}"',
    'kubectl create greeting one two',
    'kubectl parent sub-command deeper x --y',
    'kubectl krew-like-word; kubectl paren',
    'kubectl plugin list --name-only',
    'kubectl plugin list',
  ];

  it('are ten at least', () => assert.ok(readdirSync(written).length >= 10));

  for (const line of lines)
    it(`do the same with wherry and with the real kubectl: ${line}`, async () => {
      const outcomes = [];
      for (const which of ['real', 'wherry'] as const) {
        const folder = join(directory, `kubectl-of-${which}`);
        const path = existsSync(folder) ? folder : placeKubectl(directory, which);
        const environment = {
          ...process.env,
          HOME: directory,
          KUBECONFIG: cluster.kubeconfig,
          PATH: `${path}:${plugins}:${line.startsWith('kubectl create') ? `${plugins}-of-create:` : ''}/usr/local/bin:${dirname(process.execPath)}:/usr/bin:/bin`,
        };
        outcomes.push(await run('bash', ['-c', line], { environment, cwd: directory }));
      }
      const [real, wherry] = outcomes as [Outcome, Outcome];
      assert.deepEqual(wherry, real);
    });
});

describe('a plugin in TypeScript', () => {
  it('is a file in an empty folder: the example of the README', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'plugins-'));
    try {
      const readme = readFileSync(join(root, 'src/extension-points/commands/README.md'), 'utf8');
      writeFileSync(join(directory, 'pause.ts'), /```ts\n(import [\s\S]+?)```/.exec(readme)?.[1] ?? '');
      const environment = { PATH: `${placeKubectl(directory, 'wherry')}:/usr/bin:/bin`, HOME: directory, WHERRY_DATA_DIR: join(directory, 'none') };
      const bash = (script: string): Promise<Outcome> => run('bash', ['-c', script], { environment, cwd: directory });
      assert.match((await bash('wherry plugin run pause.ts --help')).stdout, /^Stop rollouts of deployments\n/);
      assert.match((await bash('wherry plugin conformance pause.ts')).stdout, /^11 passed, 0 failed, 0 skipped$/m);
      assert.deepEqual(await bash('wherry plugin run pause.ts deployment/web'), {
        code: 1,
        stdout: '',
        stderr: 'The connection to the server localhost:8080 was refused - did you specify the right host or port?\n',
      });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('is written, checked, tested and run, all in a minute', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'plugins-'));
    try {
      const environment: NodeJS.ProcessEnv = {
        ...process.env,
        HOME: directory,
        PATH: `${placeKubectl(directory, 'wherry')}:${join(directory, 'hello-you')}:${dirname(process.execPath)}:/usr/bin:/bin`,
      };
      delete environment['NODE_TEST_CONTEXT'];
      const bash = (script: string): Promise<Outcome> => run('bash', ['-c', script], { environment, cwd: directory });
      assert.equal((await bash('wherry plugin new hello-you')).code, 0);
      const tested = await bash('wherry plugin test hello-you');
      assert.equal(tested.code, 0, `${tested.stdout}${tested.stderr}`);
      assert.deepEqual(await bash('wherry hello-you world -g Hi'), { code: 0, stdout: 'Hi, world!\n', stderr: '' });
      assert.match((await bash('wherry plugin conformance hello-you')).stdout, /^6 passed, 0 failed, 0 skipped$/m);
      for (const program of ['wherry', 'kubectl'])
        assert.equal((await bash(`${program} __complete hello-you --greeting H`)).stdout, 'Hello\nHi\n:4\n', program);
      assert.deepEqual(await bash('ln -s "$PWD/hello-you/kubectl-hello_you" kubectl-of-wherry/kubectl-linked; wherry linked'), {
        code: 0,
        stdout: 'Hello, you!\n',
        stderr: '',
      });
      assert.match((await bash('wherry plugin new hello-you')).stderr, /hello-you is there already, and not empty/);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
