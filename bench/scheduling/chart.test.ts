import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Series } from './chart.ts';
import { drawChart } from './chart.ts';

const chartOf = (...series: Series[]): string => drawChart({ title: 'Growth', subtitle: 'a & b', xLabel: 'nodes', yLabel: 'pods/s', series });
const points = (...values: [number, number][]): Series['points'] => values.map(([x, y]) => ({ x, y }));

describe('a chart', () => {
  it('names its axes, its lines and its values', () => {
    const svg = chartOf({ name: 'Basic', points: points([1_000, 12_345], [5_000, 8_000], [20_000, 900]) });
    for (const words of ['Growth', 'a &amp; b', 'nodes', 'pods/s', 'Basic', '12,345 · 8,000 · 900', '1,000', '5,000', '20,000', '100,000'])
      assert.ok(svg.includes(`>${words}<`), words);
  });

  it('keeps everything within its frame', () => {
    const svg = chartOf(
      { name: 'a', points: points([1, 1], [10, 1]) },
      { name: 'b', points: points([1, 1e6], [10, 5]) },
      { name: 'c', points: points([1, 2], [10, 3]) },
    );
    for (const [, name, value] of svg.matchAll(/ (x|x1|x2|cx|y|y1|y2|cy)="([^"]+)"/g))
      assert.ok(Number(value) >= 0 && Number(value) <= (name!.includes('x') ? 860 : 520), `${name}=${value}`);
  });

  it('draws more for more, and keeps the names of lines that meet apart', () => {
    const svg = chartOf({ name: 'a', points: points([1, 10], [10, 100]) }, { name: 'b', points: points([1, 20], [10, 100]) });
    const [, first, second] = /points="[\d.]+,([\d.]+) [\d.]+,([\d.]+)"/.exec(svg)!;
    assert.ok(Number(second) < Number(first));
    const heights = ['a', 'b'].map((name) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${name}<`).exec(svg)![1]));
    assert.ok(Math.abs(heights[0]! - heights[1]!) >= 30);
  });
});
