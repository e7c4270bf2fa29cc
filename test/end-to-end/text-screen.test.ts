import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startTestCluster, type TestCluster } from '../fixtures/cluster.ts';
import { hasTmux, TestTerminal } from '../fixtures/terminal.ts';

const entry = join(import.meta.dirname, '../../dist/wherry.js');

async function startTop(terminal: TestTerminal, ...flags: string[]): Promise<string> {
  await terminal.type(`${process.execPath} ${entry} top ${flags.join(' ')}; echo "ended with $?"`, 'Enter');
  return terminal.shows(/^q quit/m);
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

  const open = async (): Promise<TestTerminal> => {
    const terminal = new TestTerminal(cluster);
    await terminal.open();
    return terminal;
  };

  it('shows nodes, pods, devices and events, and gives the terminal back as it was', async () => {
    await using terminal = await open();
    await startTop(terminal);
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
    await startTop(terminal);
    await terminal.shows(/2 Pods 3, 3 running/);
    await cluster.mustKubectl(['scale', 'deployment/web', '--replicas=4']);
    await terminal.shows(/2 Pods 5, 5 running/);
    await cluster.mustKubectl(['scale', 'deployment/web', '--replicas=2']);
    await terminal.shows(/2 Pods 3, 3 running/);
  });

  it('filters by a namespace that is typed, and starts with the one of the flag', async () => {
    await using terminal = await open();
    await startTop(terminal);
    await terminal.shows(/web-[^\n]*\n/);
    await terminal.type('n');
    await terminal.shows(/^Namespace \(empty: all\): _/m);
    await terminal.type('team-b', 'BSpace', 'a', 'Enter');
    const filtered = await terminal.shows(/namespace: team-a .*[\s\S]*shop-/);
    assert.doesNotMatch(filtered, /^ {2}(?:default|web-)/m);
    await terminal.type('q');
    await terminal.shows(/^ended with 0$/m);
    await startTop(terminal, '--namespace=team-a');
    await terminal.shows(/namespace: team-a .*[\s\S]*2 Pods 1, 1 running/);
  });

  it('gives the room to the pane that is chosen, and scrolls it', async () => {
    await using terminal = await open();
    await startTop(terminal);
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
    await startTop(terminal);
    const shell = (await terminal.tmux('display-message', '-p', '#{pane_pid}')).trim();
    const child = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0];
    process.kill(Number(child), 'SIGTERM');
    const restored = await terminal.shows(/^ended with 143$/m);
    assert.match(restored, /^before the screen$/m);
    assert.equal((await terminal.tmux('display-message', '-p', '#{cursor_flag} #{alternate_on}')).trim(), '1 0');
  });

  it('stops on Ctrl-Z, and goes on when it is called back', async () => {
    await using terminal = await open();
    await startTop(terminal);
    await terminal.type('C-z');
    assert.match(await terminal.shows(/^ended with 148$/m), /^before the screen$/m);
    await terminal.type('echo in the shell', 'Enter');
    await terminal.shows(/echo in the shell\nin the shell$/m);
    await terminal.type('fg', 'Enter');
    await terminal.shows(/^wherry top .*[\s\S]*^q quit/m);
    await terminal.type('Tab');
    await terminal.shows(/^>3 Devices/m);
    await terminal.type('q');
    await terminal.shows(/in the shell\n[^\n]*fg\n/);
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
