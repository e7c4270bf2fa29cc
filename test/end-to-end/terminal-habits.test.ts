import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, kubectlBinary, kubectlVersions, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';
import { type Outcome, run } from '../fixtures/run.ts';
import { hasTmux, TestTerminal } from '../fixtures/terminal.ts';

const root = join(import.meta.dirname, '../..');
const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
const without = (program: string): string | false => (has(program) ? false : `${program} is not installed`);

describe('at the terminal', () => {
  let cluster: TestCluster;
  let environment: NodeJS.ProcessEnv;
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 2 });
    const bin = join(cluster.directory, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'wherry'), `#!/bin/sh\nWHERRY_CALLED_AS=wherry exec '${process.execPath}' '${join(root, 'dist/wherry.js')}' "$@"\n`, {
      mode: 0o755,
    });
    if (kubectlVersions().size > 0) symlinkSync(kubectlBinary(), join(bin, 'kubectl'));
    environment = {
      PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
      HOME: cluster.directory,
      KUBECONFIG: cluster.kubeconfig,
      WHERRY_DATA_DIR: cluster.dataDirectory,
      TERM: 'dumb',
    };
    await cluster.mustKubectl(['create', 'namespace', 'team-a']);
    await cluster.mustKubectl(['create', 'deployment', 'web', '--image=nginx', '--replicas=2']);
    await cluster.mustKubectl(['rollout', 'status', 'deployment/web', '--timeout=120s']);
    for (const name of ['some.yaml', 'some.txt']) writeFileSync(join(cluster.directory, name), '');
  });
  after(() => cluster?.[Symbol.asyncDispose]());
  const shell = (program: string, ...args: string[]): Promise<Outcome> => run(program, args, { environment, cwd: cluster.directory });

  describe("a watch that is no terminal's tells what kubectl's tells", { skip: kubectlVersions().size > 0 ? false : 'there is no kubectl' }, () => {
    const modes: readonly (readonly string[])[] = [
      ['-w'],
      ['-w', '-o', 'wide', '--show-labels', '--no-headers'],
      ['-w', '--output-watch-events'],
      ['-w', '-o', 'json'],
      ['-w', '-o', 'json', '--output-watch-events'],
      ['-w', '-o', 'name'],
      ['-w', '-o', 'custom-columns=NAME:.metadata.name,X:.data.x'],
      ['--watch-only'],
      ['--watch-only', '--output-watch-events', '-o', 'yaml'],
      ['-w', '-A', '-L', 'x'],
    ];
    for (const mode of modes)
      it(`get configmaps ${mode.join(' ')}`, async () => {
        const watches = ['kubectl', 'wherry'].map((program) => startWatch(program, ['get', 'configmaps', ...mode]));
        try {
          // What comes before both of them follow is not compared.
          const mark = await eventually(async () => {
            const name = `mark-${Date.now()}`;
            await cluster.mustKubectl(['create', 'configmap', name]);
            await eventually(() => watches.forEach(({ text }) => assert.ok(text().includes(name))), 3_000);
            return name;
          });
          const change = (...args: string[]): Promise<string> => cluster.mustKubectl([...args.slice(0, 1), 'configmap', 'thing', ...args.slice(1)]);
          await change('create', '--from-literal=x=1');
          await change('label', 'x=y');
          await change('patch', '--type=merge', '-p', '{"data":{"x":"a longer text","y":"2"}}');
          await change('delete');
          await cluster.mustKubectl(['create', 'configmap', 'end']);
          await eventually(() => watches.forEach(({ text }) => assert.match(text(), /"?\bend\b[^]*\n$/)));
          const told = watches.map(({ text }) => tidy(text().slice(text().lastIndexOf(mark))));
          assert.equal(told[1], told[0]);
        } finally {
          await Promise.all(watches.map(({ stop }) => stop()));
          await cluster.mustKubectl(['delete', 'configmap', 'end', '--ignore-not-found']);
        }
      });

    function startWatch(program: string, args: readonly string[]): { text: () => string; stop: () => Promise<void> } {
      const child: ChildProcess = spawn(program, args, { env: environment, cwd: cluster.directory, stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'close');
      let text = '';
      child.stdout!.setEncoding('utf8').on('data', (part: string) => (text += part));
      return { text: () => text, stop: async () => void (child.kill('SIGKILL'), await ended) };
    }

    /** Ages differ by when they were asked for, and the width of the columns with them. */
    const tidy = (text: string): string => text.replace(/ +\d+s(?= |$)/gm, ' AGE').replace(/ +/g, ' ');
  });

  describe('shells complete', () => {
    it('in bash', { skip: without('bash') }, async () => {
      const script = `source <(wherry completion bash)
try() { COMP_LINE=$1; COMP_POINT=\${#1}; read -r -a COMP_WORDS <<<"$1"; [[ $1 == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMPREPLY=(); __start_wherry; echo "\${COMPREPLY[*]}"; }
try "wherry get no"; try "wherry describe node "; try "wherry get pods -n te"; try "wherry get pods --namespace=te"; try "wherry apply -f so"; try "wherry up --simulate"; try "wherry why node/"`;
      assert.deepEqual(await shell('bash', '--norc', '-c', script), {
        code: 0,
        stdout: 'nodes\nnode-1 node-2\nteam-a\n--namespace=team-a\nsome.yaml\n--simulate\nnode/node-1 node/node-2\n',
        stderr: '',
      });
    });

    it('in fish', { skip: without('fish') }, async () => {
      const script = `wherry completion fish | source
for line in "wherry get no" "wherry describe node " "wherry get pods --namespace=te" "wherry cord"
  echo (complete -C "$line" | string split -f 1 \\t)
end`;
      const { code, stdout } = await shell('fish', '--no-config', '-c', script);
      assert.deepEqual({ code, stdout }, { code: 0, stdout: 'nodes\nnode-1 node-2\n--namespace=team-a\ncordon\n' });
    });

    it('in zsh', { skip: without('zsh') || (hasTmux ? false : 'tmux is not installed') }, async () => {
      await using terminal = await open();
      await terminal.type('exec zsh -f', 'Enter');
      await terminal.type("PS1='zsh: '; cd; autoload -U compinit; compinit -D -u; source <(wherry completion zsh); echo lo''aded", 'Enter');
      await terminal.shows(/^loaded$/m);
      await terminal.type('wherry describe node n', 'Tab', 'Tab');
      await terminal.shows(/^node-1 +node-2/m);
      await terminal.type('C-u', 'wherry get pods --namespace=te', 'Tab');
      await terminal.shows(/^zsh: wherry get pods --namespace=team-a/m);
      await terminal.type('C-u', 'wherry apply -f so', 'Tab');
      await terminal.shows(/^zsh: wherry apply -f some\.yaml/m);
    });
  });

  const open = async (): Promise<TestTerminal> => {
    const terminal = new TestTerminal(cluster, { PATH: environment['PATH'] });
    await terminal.open();
    return terminal;
  };

  describe('a person', { skip: hasTmux ? false : 'tmux is not installed' }, () => {
    it('sees one table that is drawn again, with -w', async () => {
      await using terminal = await open();
      await terminal.type('clear; wherry get deployments -w; echo "ended with $?"', 'Enter');
      await terminal.shows(/^web +2\/2 /m);
      await cluster.mustKubectl(['scale', 'deployment/web', '--replicas=3']);
      const shown = await terminal.shows(/^web +3\/3 /m);
      assert.equal(shown.match(/^web /gm)?.length, 1, shown);
      assert.equal(shown.match(/^NAME /gm)?.length, 1, shown);
      await cluster.mustKubectl(['create', 'deployment', 'api', '--image=nginx']);
      await terminal.shows(/^api +1\/1 .*\nweb +3\/3 /m);
      await cluster.mustKubectl(['delete', 'deployment', 'api']);
      await eventually(async () => assert.doesNotMatch(await terminal.tmux('capture-pane', '-p'), /^api /m));
      await terminal.type('C-c');
      await terminal.shows(/ended with 1$/m);
    });

    it('sees tables that fit, and is told when something was shortened', async () => {
      await using terminal = await open();
      await terminal.type('clear; wherry get events', 'Enter');
      const shown = await terminal.shows(/^\(shortened to 80 columns; --no-fit shows everything, -o wide more\)$/m);
      assert.match(shown, /^\d\S* .*…$/m);
      await terminal.type('clear; wherry get events > "$HOME/piped"; echo "shortened lines: $(grep -c … "$HOME/piped")"', 'Enter');
      await terminal.shows(/^shortened lines: 0$/m);
    });

    it('sees states in colour, but where they are not wanted', async () => {
      await using terminal = await open();
      let lines = 0;
      const coloured = async (line: string): Promise<boolean> => {
        await terminal.type(`clear; ${line}; echo "done: ${++lines}"`, 'Enter');
        await terminal.shows(new RegExp(`^done: ${lines}$`, 'm'));
        return (await terminal.tmux('capture-pane', '-p', '-e')).includes('\u001b[32mRunning');
      };
      assert.equal(await coloured('wherry get pods'), true);
      for (const line of ['NO_COLOR=1 wherry get pods', 'wherry get pods --color=never', 'wherry get pods | cat', 'TERM=dumb wherry get pods'])
        assert.equal(await coloured(line), false, line);
      assert.equal(await coloured('wherry get pods --color=always | cat'), true);
    });

    it('is told what to do next, below what kubectl says', async () => {
      await using terminal = await open();
      await terminal.type('clear; wherry get podz', 'Enter');
      await terminal.shows(/^error: the server doesn't have a resource type "podz"\nhint: did you mean pods\?$/m);
      await terminal.type('clear; wherry get podz 2>&1 | cat; echo "done: $?"', 'Enter');
      assert.doesNotMatch(await terminal.shows(/^done: 0$/m), /hint/);
    });
  });
});
