import type { GoldenCase } from '../golden-case.ts';

export const topCases: readonly GoldenCase[] = [
  ['top', 'node'],
  ['top', 'nodes', 'node-1'],
  ['top', 'no', '-l', 'a=b'],
  ['top', 'pod'],
  ['top', 'pods', '-A', '--containers', '--sum'],
  ['top', 'po', 'x', '-n', 'golden'],
  ['top', 'node', 'a', 'b'],
  ['top', 'pod', 'a', 'b'],
  ['top', 'node', '--sort-by=x'],
  ['top', 'pod', '--sort-by=x'],
  ['top', 'node', 'a', '-l', 'b=c'],
  ['top', 'pod', 'a', '-l', 'b'],
  ['top', 'pod', 'a', '--field-selector', 'b=c'],
  ['top', 'pod', '-l', '=='],
  ['top', 'pod', '--field-selector', 'x'],
  ['top', 'foo'],
  ['top', 'pod', '--foo'],
];
