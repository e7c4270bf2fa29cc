import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';
import { run } from '../fixtures/run.ts';

const entry = join(import.meta.dirname, '../../dist/wherry.js');
const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A shell in a terminal of 80 by 24 that nobody looks at. */
class Terminal implements AsyncDisposable {
  readonly #socket = join(tmpdir(), `wherry-screen-${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
  readonly #environment: NodeJS.ProcessEnv;

  constructor(cluster: TestCluster) {
    this.#environment = {
      ...process.env,
      HOME: cluster.directory,
      KUBECONFIG: cluster.kubeconfig,
      WHERRY_DATA_DIR: cluster.dataDirectory,
      TERM: 'screen',
      PS1: 'prompt> ',
    };
  }

  async tmux(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run('tmux', ['-S', this.#socket, ...args], { environment: this.#environment });
    assert.equal(code, 0, `tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  async open(): Promise<void> {
    await this.tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', 'sh');
    await this.shows(/^(?:[#$]|prompt>)/m);
    await this.type('echo before the screen', 'Enter');
    await this.shows(/^before the screen$/m);
  }

  type(...keys: string[]): Promise<string> {
    return this.tmux('send-keys', ...keys);
  }

  /** Waits until the terminal shows something; answers all that it shows. */
  shows(wanted: RegExp): Promise<string> {
    return eventually(async () => {
      const text = await this.tmux('capture-pane', '-p');
      assert.match(text, wanted);
      return text;
    });
  }

  async startTop(...flags: string[]): Promise<string> {
    await this.type(`${process.execPath} ${entry} top ${flags.join(' ')}; echo "ended with $?"`, 'Enter');
    return this.shows(/^q quit/m);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('tmux', ['-S', this.#socket, 'kill-server']);
    rmSync(this.#socket, { force: true });
  }
}

describe('wherry top on a terminal', { skip: hasTmux ? false : 'tmux is not installed' }, () => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 2 });
    await cluster.mustKubectl(['create', 'namespace', 'team-a']);
    await cluster.mustKubectl(['create', 'deployment', 'web', '--image=nginx', '--replicas=2']);
    await cluster.mustKubectl(['create', 'deployment', 'shop', '--image=nginx', '--namespace=team-a']);
    const nodes = (await cluster.mustKubectl(['get', 'nodes', '-o', 'name'])).trim().split('\n');
    const patch = JSON.stringify({ status: { capacity: { 'example.com/gpu': '4' }, allocatable: { 'example.com/gpu': '4' } } });
    await cluster.mustKubectl(['patch', nodes[0]!, '--subresource=status', '--type=merge', '-p', patch]);
    await cluster.mustKubectl(['rollout', 'status', 'deployment/web']);
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  const open = async (): Promise<Terminal> => {
    const terminal = new Terminal(cluster);
    await terminal.open();
    return terminal;
  };

  it('shows nodes, pods, devices and events, and gives the terminal back as it was', async () => {
    await using terminal = await open();
    await terminal.startTop();
    await terminal.shows(/1 Nodes 2\n {2}NAME +STATUS/);
    await terminal.shows(/2 Pods 3, 3 running/);
    await terminal.shows(/example\.com\/gpu +4 +0 +4 +0/);
    const text = await terminal.shows(/4 Events [1-9]/);
    assert.equal(text.trimEnd().split('\n').length, 24);
    assert.ok(text.split('\n').every((line) => [...line].length <= 80));
    await terminal.type('q');
    const restored = await terminal.shows(/^ended with 0$/m);
    assert.match(restored, /^before the screen$/m);
    assert.doesNotMatch(restored, /Nodes 2/);
    // What is typed is echoed again.
    await terminal.type('echo still here', 'Enter');
    await terminal.shows(/echo still here\nstill here$/m);
  });

  it('follows the cluster', async () => {
    await using terminal = await open();
    await terminal.startTop();
    await terminal.shows(/2 Pods 3, 3 running/);
    await cluster.mustKubectl(['scale', 'deployment/web', '--replicas=4']);
    await terminal.shows(/2 Pods 5, 5 running/);
    await cluster.mustKubectl(['scale', 'deployment/web', '--replicas=2']);
    await terminal.shows(/2 Pods 3, 3 running/);
  });

  it('filters by a namespace that is typed, and starts with the one of the flag', async () => {
    await using terminal = await open();
    await terminal.startTop();
    await terminal.shows(/web-[^\n]*\n/);
    await terminal.type('n');
    await terminal.shows(/^Namespace \(empty: all\): _/m);
    await terminal.type('team-b', 'BSpace', 'a', 'Enter');
    const filtered = await terminal.shows(/namespace: team-a .*[\s\S]*shop-/);
    assert.doesNotMatch(filtered, /^ {2}(?:default|web-)/m);
    await terminal.type('q');
    await terminal.shows(/^ended with 0$/m);
    await terminal.startTop('--namespace=team-a');
    await terminal.shows(/namespace: team-a .*[\s\S]*2 Pods 1, 1 running/);
  });

  it('gives the room to the pane that is chosen, and scrolls it', async () => {
    await using terminal = await open();
    await terminal.startTop();
    await terminal.type('4');
    await terminal.shows(/^>4 Events/m);
    await terminal.type('Tab');
    await terminal.shows(/^>1 Nodes/m);
    await terminal.type('Right');
    await terminal.shows(/^>2 Pods/m);
    await terminal.tmux('resize-window', '-x', '80', '-y', '6');
    await terminal.shows(/^>2 Pods 3, 3 running {2}\[1-/m);
    await terminal.type('Down');
    await terminal.shows(/^>2 Pods 3, 3 running {2}\[2-/m);
    await terminal.tmux('resize-window', '-x', '60', '-y', '30');
    const text = await terminal.shows(/^>2 Pods 3, 3 running$/m);
    assert.ok(text.split('\n').every((line) => [...line].length <= 60));
  });

  it('restores the terminal when it is told to end', async () => {
    await using terminal = await open();
    await terminal.startTop();
    const shell = (await terminal.tmux('display-message', '-p', '#{pane_pid}')).trim();
    const child = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0];
    process.kill(Number(child), 'SIGTERM');
    const restored = await terminal.shows(/^ended with 143$/m);
    assert.match(restored, /^before the screen$/m);
    assert.equal((await terminal.tmux('display-message', '-p', '#{cursor_flag} #{alternate_on}')).trim(), '1 0');
  });

  it('says what is wrong before it takes the terminal, and shows help where there is none', async () => {
    await using terminal = await open();
    await terminal.type(`${process.execPath} ${entry} top --server=http://127.0.0.1:1; echo "ended with $?"`, 'Enter');
    await terminal.shows(/The connection to the server 127\.0\.0\.1:1 was refused[\s\S]*^ended with 1$/m);
    const { code, stderr } = await cluster.wherry('top');
    assert.equal(code, 1);
    assert.match(stderr, /Available Commands:\n {2}node/);
  });
});
