/** `npm run bench [-- NAME [PART ...] ...] [--json]`: measures each row beside its floor in one run. */
import { createRow as apply } from './apply.ts';
import { createRow as applyToRunning } from './apply-to-running.ts';
import { createRow as cliApply } from './cli-apply.ts';
import { createRow as cliGet } from './cli-get.ts';
import { createRow as create } from './create.ts';
import { createCustomObjectsRow, createHostileRow, createInstallRow } from './custom-resources.ts';
import { createRow as devices } from './devices.ts';
import { createRow as get } from './get.ts';
import { createRow as list } from './list.ts';
import { createRow as memory } from './memory.ts';
import { createRow as nodeReady } from './node-ready.ts';
import type { Measurement } from './row.ts';
import { createRow as scheduling } from './scheduling.ts';
import { createRow as startUp } from './start-up.ts';
import { createRow as watch } from './watch.ts';

const rows = [
  startUp(),
  nodeReady(),
  applyToRunning(),
  devices(),
  get(),
  list(),
  create(),
  apply(),
  cliApply(),
  watch(),
  memory(),
  createInstallRow(),
  createCustomObjectsRow(),
  createHostileRow(),
  cliGet(),
  scheduling(),
];
const args = process.argv.slice(2);
const isJson = args.includes('--json');
const names = args.filter((word) => !word.startsWith('--'));
const unknown = names.filter((name) => !rows.some((row) => row.name === name || row.parts?.includes(name)));
if (unknown.length > 0) {
  process.stderr.write(`no row is called ${unknown.join(', ')}; there are ${rows.map((row) => row.name).join(', ')}\n`);
  process.exit(1);
}
const headings = ['ROW', 'VALUE', 'FLOOR', 'RATIO', 'TARGET', 'MET'];
const widths = [52, 14, 14, 7, 40, 3];
const line = (cells: readonly string[]): string =>
  `${cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd()}\n`;
const number = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));
const show = (measured: Measurement): void => {
  const cells = [
    measured.row,
    `${number(measured.value)} ${measured.unit}`,
    `${number(measured.floor)} ${measured.unit}`,
    measured.ratio.toFixed(2),
    measured.target,
    measured.met ? 'yes' : 'NO',
  ];
  process.stdout.write(isJson ? `${JSON.stringify(measured)}\n` : line(cells));
};

if (!isJson) process.stdout.write(line(headings));
let isEverythingMet = true;
for (const row of rows) {
  const parts = row.parts?.filter((part) => names.includes(part)) ?? [];
  if (names.length > 0 && parts.length === 0 && !names.includes(row.name)) continue;
  process.stderr.write(process.stderr.isTTY ? `measuring: ${row.title}…\r` : '');
  for (const measured of await row.measure(parts)) {
    show(measured);
    isEverythingMet &&= measured.met;
  }
}
process.exit(isEverythingMet ? 0 : 1);
