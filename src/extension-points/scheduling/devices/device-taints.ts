import type { DeviceTaint, DeviceToleration } from '../../../api/generated/resource-v1.ts';

/** Whether a toleration covers a taint. What the effect means is up to the caller: effects that are not known, and `None`, do nothing. */
export function toleratesDeviceTaint({ key, operator, value, effect }: DeviceToleration, taint: DeviceTaint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return (operator ?? 'Equal') === 'Equal' && (value ?? '') === (taint.value ?? '');
}

/** Whether a device may not be allocated because of a taint that nobody tolerates. */
export const isTaintedFor = (taints: readonly DeviceTaint[] | undefined, tolerations: readonly DeviceToleration[] | undefined): boolean =>
  taints?.some(
    (taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerations?.some((toleration) => toleratesDeviceTaint(toleration, taint)),
  ) ?? false;
