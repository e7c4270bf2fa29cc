import { canonicalQuantity } from '../../../api/quantity.ts';

export type MetricTarget =
  | { readonly type: 'Utilization'; readonly averageUtilization: number }
  | { readonly type: 'AverageValue'; readonly averageValue: string };

const units: Readonly<Record<'cpu' | 'memory', string>> = { cpu: 'm', memory: 'Mi' };

/** Reads `70%`, an amount (`500m`), or a plain number of thousandths of a CPU or of mebibytes. Throws with kubectl's words. */
export function metricTarget(resource: 'cpu' | 'memory', input: string): MetricTarget {
  const text = input.trim();
  if (text === '') throw new Error('empty input');
  if (text.endsWith('%')) return { type: 'Utilization', averageUtilization: percentage(text.slice(0, -1)) };
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text))
    return { type: 'AverageValue', averageValue: canonicalQuantity(`${Number(text)}${units[resource]}`) };
  try {
    return { type: 'AverageValue', averageValue: canonicalQuantity(text) };
  } catch (error) {
    throw new Error(`invalid resource ${resource} value: ${text}`, { cause: error });
  }
}

function percentage(text: string): number {
  const value = /^[-+]?\d+$/.test(text) ? Number(text) : -1;
  if (value < 0 || value >= 2 ** 31) throw new Error(`invalid percentage value: ${text}`);
  return value;
}
