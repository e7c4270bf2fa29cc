import { quantityMilliValue, quantityValue as wholeValue } from '../../api/quantity.ts';

/** Whole units, rounded up: bytes, counts. What is absent counts as 0. */
export const quantityValue = (value: string | number | undefined): number => (value === undefined ? 0 : wholeValue(value));
/** Thousandths, as cpu is counted. */
export const quantityMilli = (value: string | number | undefined): number => (value === undefined ? 0 : quantityMilliValue(value));
