import type { Taint, Toleration } from '../../api/generated/core-v1.ts';

/** Whether one of the tolerations covers a taint. */
export const isTolerated = (taint: Taint, tolerations: readonly Toleration[] | undefined): boolean =>
  tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false;

/** The first taint with one of the effects that nothing covers. */
export const findUntolerated = (
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly Taint['effect'][],
): Taint | undefined => taints?.find((taint) => effects.includes(taint.effect) && !isTolerated(taint, tolerations));

/** Rule: core/v1 `Toleration.ToleratesTaint`. An empty effect, or an empty key with `Exists`, covers all. */
function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  // Lt and Gt belong to a feature that is off by default: they cover nothing.
  return (operator === undefined || operator === 'Equal') && (value ?? '') === (taint.value ?? '');
}
