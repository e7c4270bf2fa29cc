import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layOutScreen, type ScreenState } from './lay-out-screen.ts';
import { type Pane, panesOf } from './panes.ts';
import { afterKey } from './screen-keys.ts';
import { fitted, keysOf } from './terminal-screen.ts';

const state: ScreenState = { focus: 'pods', offset: 0, namespace: '', typed: undefined };
const pane = (title: string, count: number): Pane => ({
  title,
  headings: ['NAME'],
  rows: Array.from({ length: count }, (_, row) => ({ cells: [`${title}-${row}`] })),
  problem: undefined,
});
const panes = { nodes: pane('Nodes', 9), pods: pane('Pods', 50), devices: pane('Devices', 0), events: pane('Events', 9) };

describe('the text screen', () => {
  it('takes keys apart, sequences of terminals among them', () => {
    assert.deepEqual(keysOf('q\u001b[A\u001bOB\u001b[6~\u001b[99~\r\u007f\u0003\u001a\u001b'), [
      'q',
      'up',
      'down',
      'page-down',
      'enter',
      'backspace',
      'interrupt',
      'suspend',
      'escape',
    ]);
  });

  it('cuts lines and lets nothing through that commands a terminal', () => {
    assert.equal(fitted('abcdef', 4), 'abc…');
    assert.equal(fitted('a\u001b[2Jb\n', 80), 'a [2Jb ');
    assert.equal(fitted('漢…', 80), '?…');
  });

  for (const rows of [1, 2, 3, 5, 8, 12, 24, 60])
    it(`fills ${rows} rows, the last with the keys`, () => {
      const lines = layOutScreen(panes, state, { columns: 80, rows }, 'headline');
      assert.equal(lines.length, rows);
      assert.match(lines.at(-1)!.text, /^q quit/);
    });

  it('gives the pane in focus what the others leave', () => {
    const lines = layOutScreen(panes, { ...state, offset: 10 }, { columns: 80, rows: 24 }, 'headline').map(({ text }) => text);
    assert.ok(lines.includes('>2 Pods  [11-19 of 50]'), lines.join('\n'));
    assert.ok(lines.includes(' 1 Nodes  [1-3 of 9]'));
  });

  it('scrolls within bounds, and types a namespace', () => {
    const at = { page: 10, count: 50 };
    const press = (...keys: string[]) => keys.reduce<ScreenState | 'quit'>((now, key) => (now === 'quit' ? now : afterKey(now, key, at)), state);
    assert.equal((press('up') as ScreenState).offset, 0);
    assert.equal((press('end', 'down') as ScreenState).offset, 40);
    assert.equal((press('n', 'a', 'X', 'b', 'backspace', 'enter') as ScreenState).namespace, 'a');
    assert.equal((press('n', 'q', 'escape') as ScreenState).namespace, '');
    assert.equal(press('n', 'interrupt'), 'quit');
    assert.equal((press('tab', 'tab') as ScreenState).focus, 'events');
  });

  it('shows what is wrong with a resource in its place', () => {
    const objects = { nodes: new Map(), pods: new Map(), events: new Map(), problems: new Map([['events', 'events is forbidden']]), synced: new Set<string>() };
    const lines = layOutScreen(panesOf(objects, { namespace: '', now: 0 }), state, { columns: 80, rows: 24 }, 'headline').map(({ text }) => text);
    assert.ok(lines.includes('  events is forbidden'));
  });
});
