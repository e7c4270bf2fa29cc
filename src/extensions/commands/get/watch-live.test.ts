import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import type { ServerTable } from '../../../extension-points/commands/printers/table-printer.ts';
import { LiveTable } from './live-table.ts';
import { heightOf, RedrawnText } from './redrawn-text.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const column = (name: string) => ({ name, type: 'string', format: '', description: '', priority: 0 });
const table = (...rows: readonly (readonly [name: string, status: string])[]): ServerTable =>
  ({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: [column('Name'), column('Status'), column('Age')],
    rows: rows.map(([name, status]) => ({
      cells: [name, status, '?'],
      object: { metadata: { name, namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' } } as UntypedObject,
    })),
  }) as unknown as ServerTable;
const cellsOf = (live: LiveTable, seconds: number): unknown[][] => live.at(start + seconds * 1_000).rows.map(({ cells }) => cells);

describe('a table that is watched at a terminal', () => {
  it('shows each object once, as it is now, by name, and its age goes on', () => {
    const live = new LiveTable(table(['b', 'Pending'], ['c', 'Running']), { keepsOrder: false });
    live.apply('ADDED', table(['a', 'Pending']));
    live.apply('MODIFIED', table(['b', 'Running']));
    live.apply('DELETED', table(['c', 'Terminating']));
    assert.deepEqual(cellsOf(live, 5), [
      ['a', 'Pending', '5s'],
      ['b', 'Running', '5s'],
    ]);
    assert.deepEqual(cellsOf(live, 130)[0], ['a', 'Pending', '2m10s']);
  });

  it('keeps the order of a table that was sorted', () => {
    const live = new LiveTable(table(['b', 'x'], ['a', 'x']), { keepsOrder: true });
    assert.deepEqual(
      cellsOf(live, 0).map(([name]) => name),
      ['b', 'a'],
    );
  });

  it('is drawn over what it was, also where lines were wrapped', () => {
    let written = '';
    const shown = new RedrawnText((text) => (written += text));
    shown.show('one\ntwo\n', 10);
    assert.equal(written, 'one\u001b[K\ntwo\u001b[K\n\u001b[J');
    written = '';
    shown.show('one\ntwo\n', 10);
    assert.equal(written, '', 'the same is not drawn again');
    shown.show('a line of three rows of it\n', 10);
    assert.ok(written.startsWith('\u001b[2A'));
    written = '';
    shown.show('\n', 10);
    assert.equal(written, '\u001b[3A\u001b[K\n\u001b[J');
    assert.equal(heightOf('\u001b[1mtenletters\u001b[22m\n', 10), 1);
  });
});
