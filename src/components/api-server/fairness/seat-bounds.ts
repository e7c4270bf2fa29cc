import type { PriorityLevelConfiguration } from '../../../api/generated/flowcontrol-v1.ts';
import type { SeatBounds } from './priority-level.ts';

/** Divides the server's seats among levels by their shares; what a level may lend and borrow are parts of its own. */
export function boundsOf(
  levels: readonly PriorityLevelConfiguration[],
  seats: number,
): { readonly object: PriorityLevelConfiguration; readonly bounds: SeatBounds }[] {
  const sum = levels.reduce((total, level) => total + sharesOf(level), 0);
  return levels.map((object) => {
    const { lendablePercent = 0 } = object.spec?.limited ?? object.spec?.exempt ?? {};
    const borrowing = object.spec?.limited?.borrowingLimitPercent;
    const nominal = sum === 0 ? 0 : Math.ceil((seats * sharesOf(object)) / sum);
    const lowest = nominal - Math.round((nominal * lendablePercent) / 100);
    return { object, bounds: { nominal, lowest, highest: nominal + (borrowing === undefined ? seats : Math.round((nominal * borrowing) / 100)) } };
  });
}

const sharesOf = ({ spec }: PriorityLevelConfiguration): number =>
  spec?.limited ? (spec.limited.nominalConcurrencyShares ?? 30) : (spec?.exempt?.nominalConcurrencyShares ?? 0);
