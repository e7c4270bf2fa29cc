/**
 * Ranges of sizes and costs, with the arithmetic of cel-go's 64-bit numbers: what does not fit is the largest. Here that is 2^64, so that multiplying the largest by a
 * fraction gives what it gives there.
 */
import type { Estimate } from '../library.ts';

/** Stands for all that is above 2^64-1. */
export const saturated = 2 ** 64;

export const stringTraversalFactor = 0.1;
export const regexLengthFactor = 0.25;
export const listCreationCost = 10;
export const mapCreationCost = 30;
export const structCreationCost = 40;

export const exactly = (amount: number): Estimate => ({ minimum: amount, maximum: amount });

export const one = exactly(1);
export const zero = exactly(0);
/** The size of what nothing is known about. */
export const unknownSize: Estimate = { minimum: 0, maximum: saturated };

const fit = (amount: number): number => Math.min(amount, saturated);

export const add = (left: Estimate, right: Estimate): Estimate => ({ minimum: fit(left.minimum + right.minimum), maximum: fit(left.maximum + right.maximum) });

export const multiply = (left: Estimate, right: Estimate): Estimate => ({
  minimum: fit(left.minimum * right.minimum),
  maximum: fit(left.maximum * right.maximum),
});

/** Rounded up. */
export const scale = ({ minimum, maximum }: Estimate, factor: number): Estimate => ({
  minimum: fit(Math.ceil(minimum * factor)),
  maximum: fit(Math.ceil(maximum * factor)),
});

/** The range that holds both. */
export const union = (left: Estimate, right: Estimate): Estimate => ({
  minimum: Math.min(left.minimum, right.minimum),
  maximum: Math.max(left.maximum, right.maximum),
});

/** What reading a text (or bytes) of a size once costs. */
export const traversal = (size: Estimate): Estimate => scale(size, stringTraversalFactor);
