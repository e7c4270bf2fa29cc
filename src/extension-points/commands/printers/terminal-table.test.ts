import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { TabWriter } from './tab-writer.ts';
import { TerminalTable } from './terminal-table.ts';

const rows = [
  ['NAME', 'READY', 'STATUS', 'MESSAGE', 'AGE'],
  ['web-5949f45df8-9sqxh', '1/1', 'Running', 'everything went as it should', '5m'],
  ['web-5949f45df8-g84qz', '0/1', 'CrashLoopBackOff', '', '120d'],
];
const text = `${rows.map((cells) => cells.join('\t')).join('\n')}\n`;

function printed(columns: number | undefined, hasColours = false): { readonly lines: string[]; readonly isCut: boolean } {
  const table = new TerminalTable({ columns, hasColours, hasHeaders: true });
  table.write(text);
  return { lines: table.flush().split('\n').slice(0, -1), isCut: table.isCut };
}

describe('a table on a terminal', () => {
  it('is what it is elsewhere, as long as it fits', () => {
    const plain = new TabWriter();
    plain.write(text);
    const expected = plain.flush().split('\n').slice(0, -1);
    for (const columns of [undefined, 200, 85]) assert.deepEqual(printed(columns), { lines: expected, isCut: false });
  });

  for (const columns of [84, 80, 70, 60])
    it(`is shortened to ${columns} columns where the cells are longest`, () => {
      const { lines, isCut } = printed(columns);
      assert.ok(isCut);
      assert.ok(
        lines.every((line) => [...line].length <= columns),
        lines.join('\n'),
      );
      assert.ok(lines.some((line) => line.includes('…')));
      assert.match(lines[1]!, /^web-5949f45df8-9sqxh /);
    });

  it('keeps both ends of names when nothing else is left to shorten', () => {
    assert.match(printed(50).lines[1]!, /^web-5949…8-9sqxh /);
  });

  it('is left as it is on a terminal that is too narrow for all', () => {
    assert.equal(printed(20).isCut, false);
  });

  it('has bold headings and states in colour, which take no room', () => {
    const { lines } = printed(undefined, true);
    const bare = lines.map((line) => stripVTControlCharacters(line));
    assert.deepEqual(bare, printed(undefined).lines);
    assert.ok(lines[0]!.startsWith('\u001b[1mNAME\u001b[22m'));
    assert.ok(lines[1]!.includes('\u001b[32mRunning\u001b[39m'));
    assert.ok(lines[2]!.includes('\u001b[33m0/1\u001b[39m') && lines[2]!.includes('\u001b[31mCrashLoopBackOff\u001b[39m'));
  });

  it('goes on below the same headings', () => {
    const table = new TerminalTable({ columns: 80, hasColours: false, hasHeaders: true });
    table.write(text);
    const before = table.flush().split('\n');
    table.write('db\t1/1\tRunning\tnothing to say, but at length, for a while\t1s\n');
    const after = table.flush();
    assert.equal(after.indexOf('1/1'), before[1]!.indexOf('1/1'));
    assert.equal(after.indexOf('nothing'), before[1]!.indexOf('everything'));
    assert.ok([...after].length <= 81);
  });
});
