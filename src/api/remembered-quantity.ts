import { parseQuantity, type Quantity, type QuantityText, quantityOf, quantityProblem } from './quantity.ts';

export const zeroQuantity: Quantity = quantityOf(0);

const mostRemembered = 1_000;
const longestRemembered = 16;
/** The same few amounts stand in nearly every object, and are asked for several times per write. */
const known = new Map<QuantityText, Quantity>();

/** Reads an amount, and remembers short ones. What is absent, or no quantity (decoding and validation refuse it), counts as zero. */
export function rememberedQuantity(text: QuantityText | undefined): Quantity {
  if (text === undefined) return zeroQuantity;
  const remembered = known.get(text);
  if (remembered) return remembered;
  const amount = quantityProblem(text) === undefined ? parseQuantity(text) : zeroQuantity;
  if (String(text).length > longestRemembered) return amount;
  if (known.size >= mostRemembered) known.clear();
  known.set(text, amount);
  return amount;
}
