const binary = { Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4, Pi: 1024 ** 5, Ei: 1024 ** 6 } as const;
const decimal = { n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 } as const;
const factors: Readonly<Record<string, number>> = { ...binary, ...decimal };

/** Reads a quantity that the API server has validated, times `scale`, rounded up to a whole number. Absent or malformed reads as 0. */
function scaled(value: string | number | undefined, scale: number): number {
  if (value === undefined) return 0;
  const match = /^([+-]?[0-9.]+)(?:([eE][+-]?[0-9]+)|([A-Za-z]*))$/.exec(String(value));
  const factor = factors[match?.[3] ?? ''];
  if (!match || factor === undefined) return 0;
  const amount = Number(`${match[1]}${match[2] ?? ''}`) * factor * scale;
  // Binary floating point makes 0.29 * 1000 a hair off 290; what is that close to a whole number is one.
  const nearest = Math.round(amount);
  return Math.abs(nearest - amount) < 1e-6 ? nearest : Math.ceil(amount);
}

/** Whole units: bytes, counts, cores rounded up. */
export const quantityValue = (value: string | number | undefined): number => scaled(value, 1);
/** Thousandths, as cpu is counted. */
export const quantityMilli = (value: string | number | undefined): number => scaled(value, 1000);
