import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import type { Output, Streams } from '../../../extension-points/commands/contract.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { reportRemoval } from './report-removal.ts';

function reportOf(isTerminal: boolean) {
  let written = '';
  const output = { isTerminal, write: (text: string) => void (written += text) } as unknown as Output;
  const context = { streams: { stdout: output, stderr: output } as Streams, clock: new ManualClock(0) };
  const report = reportRemoval(context, { node: 'node-1', total: 2, dryRun: 'none' });
  for (const name of ['a', 'b']) report.out(`evicting pod ns/${name}`);
  report.done({ metadata: { name: 'a' } } as Pod, 'evicted');
  report.problem('refused');
  report.done({ metadata: { name: 'b' } } as Pod, 'evicted');
  report.end();
  return written;
}

describe('the report of a drain', () => {
  it('is plain lines where there is no terminal', () => {
    assert.equal(reportOf(false), 'evicting pod ns/a\nevicting pod ns/b\npod/a evicted\nrefused\npod/b evicted\n');
  });

  it('ends on a terminal with a line for how many are gone, which each other line takes away and the last for good', () => {
    const bar = (filled: number, text: string): string => `\r\u001b[K${'━'.repeat(filled)}${' '.repeat(20 - filled)} ${text} pods gone from node-1\r\u001b[K`;
    assert.equal(
      reportOf(true),
      `evicting pod ns/a\n${bar(0, '0/2')}evicting pod ns/b\n${bar(0, '0/2')}pod/a evicted\n${bar(10, '1/2')}refused\n${bar(10, '1/2')}pod/b evicted\n`,
    );
  });
});
