import type { ExtensionPoint } from '../../../kernel/extension-point.ts';

/** Every extension point with its extensions in order, and what each has done so far. Times are milliseconds. */
export const extensionRoster = (points: readonly ExtensionPoint<object>[]): object[] =>
  points.map((point) => ({
    point: point.name,
    extensions: [...point].map(({ name, origin, generation }) => ({
      name,
      origin,
      ...(generation === undefined ? {} : { generation }),
      ...(point.statistics(name) ?? { calls: 0, errors: 0, p99Ms: 0 }),
    })),
  }));
