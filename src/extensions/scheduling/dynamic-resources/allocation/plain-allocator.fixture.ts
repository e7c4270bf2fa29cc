import type { Device, DeviceClaim, DeviceRequest, ExactDeviceRequest, ResourceClaim, ResourceSlice } from '../../../../api/generated/resource-v1.ts';
import { quantityValue } from '../../../../api/quantity.ts';

/** What is in use: devices by `driver/pool/device`, with how much of `memory` is consumed of those that are shared. */
export interface PlainUse {
  readonly taken: ReadonlySet<string>;
  readonly consumed: ReadonlyMap<string, number>;
}

interface Pick {
  readonly claim: number;
  readonly names: readonly string[];
  readonly id: string;
  readonly device: Device;
  readonly slice: ResourceSlice;
  readonly memory: number;
  readonly isAdministrative: boolean;
}

/**
 * Whether there is any way to give devices to claims, by trying every choice and looking at each as a whole. Knows what the property test makes: complete pools of one
 * node, selectors of the form `fast`, one capacity, one set of counters per pool. Written without the allocator's code.
 */
export function isAllocatable(claims: readonly ResourceClaim[], slices: readonly ResourceSlice[], use: PlainUse): boolean {
  const offered = slices.flatMap((slice) =>
    (slice.spec.devices ?? []).map((device) => ({ slice, device, id: `${slice.spec.driver}/${slice.spec.pool.name}/${device.name}` })),
  );
  const isGood = (picks: readonly Pick[]): boolean => holds(picks, claims, slices, use);

  const choose = (picks: readonly Pick[], claim: number, request: number): boolean => {
    const devices = claims[claim]?.spec.devices;
    if (!devices) return isGood(picks);
    const wanted = devices.requests?.[request];
    if (!wanted) return choose(picks, claim + 1, 0);
    return waysOf(wanted).some(({ terms, names }) => {
      const fitting = offered.filter(({ device, id }) => fits(device, terms) && !(isAmong(use.taken, id) && !terms.adminAccess));
      // All of them are those that have what is asked for at all.
      const all = offered.filter(
        ({ device, id }) => fits({ ...device, taints: [] }, terms) && hasRoom(device, (use.consumed.get(id) ?? 0) + memoryOf(device, terms)),
      );
      const isAllGood = all.length > 0 && all.every(({ device }) => fits(device, terms));
      const groups = terms.allocationMode === 'All' ? (isAllGood ? [all] : []) : combinations(fitting, terms.count ?? 1);
      return groups.some((group) => {
        const chosen = group.map(({ device, slice, id }) => ({
          claim,
          names,
          id,
          device,
          slice,
          memory: memoryOf(device, terms),
          isAdministrative: terms.adminAccess === true,
        }));
        const next = [...picks, ...chosen];
        return isGood(next) && choose(next, claim, request + 1);
      });
    });
  };
  return choose([], 0, 0);
}

const isAmong = (set: ReadonlySet<string>, id: string): boolean => set.has(id);

const waysOf = ({ name, exactly, firstAvailable = [] }: DeviceRequest): { terms: ExactDeviceRequest; names: string[] }[] =>
  exactly ? [{ terms: exactly, names: [name] }] : firstAvailable.map((terms) => ({ terms, names: [name, `${name}/${terms.name}`] }));

function fits(device: Device, { selectors, tolerations, capacity }: ExactDeviceRequest): boolean {
  if (selectors?.length && device.attributes?.['fast']?.bool !== true) return false;
  if (device.taints?.length && !tolerations?.length) return false;
  return !capacity?.requests?.['memory'] || device.capacity?.['memory'] !== undefined;
}

const memoryOf = (device: Device, { capacity }: ExactDeviceRequest): number => {
  const total = device.capacity?.['memory'];
  return total ? quantityValue(capacity?.requests?.['memory'] ?? total.value) : 0;
};

const hasRoom = ({ capacity }: Device, memory: number): boolean => !capacity?.['memory'] || memory <= quantityValue(capacity['memory'].value);

function combinations<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return items.flatMap((item, index) => combinations(items.slice(index + 1), count - 1).map((rest) => [item, ...rest]));
}

/** Whether nothing is broken by picks; once it is, more of them do not mend it. */
function holds(picks: readonly Pick[], claims: readonly ResourceClaim[], slices: readonly ResourceSlice[], use: PlainUse): boolean {
  for (const [place, { id, claim, device, isAdministrative }] of picks.entries()) {
    if (device.allowMultipleAllocations) continue;
    if (!isAdministrative && use.taken.has(id)) return false;
    for (const other of picks.slice(0, place)) if (other.id === id && (!isAdministrative || other.claim === claim)) return false;
  }
  for (const { id, device, memory } of picks) {
    const total = device.capacity?.['memory'];
    const sum = device.allowMultipleAllocations ? picks.reduce((all, pick) => (pick.id === id ? all + pick.memory : all), use.consumed.get(id) ?? 0) : memory;
    if (total && sum > quantityValue(total.value)) return false;
  }
  return countersHold(picks, slices, use) && claims.every((claim, index) => constraintsHold(picks, claim.spec.devices, index));
}

/** Each device in use takes from the counters once, however many share it; looking after devices takes nothing. */
function countersHold(picks: readonly Pick[], slices: readonly ResourceSlice[], { taken, consumed }: PlainUse): boolean {
  const pools = new Set(slices.map(({ spec }) => spec.pool.name));
  for (const pool of pools) {
    const own = slices.filter(({ spec }) => spec.pool.name === pool);
    const total = own.flatMap(({ spec }) => spec.sharedCounters ?? []).map(({ counters }) => quantityValue(counters['c']!.value))[0];
    if (total === undefined) continue;
    let sum = 0;
    for (const { spec } of own)
      for (const device of spec.devices ?? []) {
        const id = `${spec.driver}/${pool}/${device.name}`;
        const isUsed = taken.has(id) || consumed.has(id) || picks.some((pick) => pick.id === id && !pick.isAdministrative);
        if (isUsed) sum += quantityValue(device.consumesCounters?.[0]?.counters['c']?.value ?? 0);
      }
    // More may be in use than there is: that is nobody's fault who only joins in.
    const takes = picks.some(
      ({ slice, device, id, isAdministrative }) => slice.spec.pool.name === pool && device.consumesCounters?.length && !isAdministrative && !consumed.has(id),
    );
    if (takes && sum > total) return false;
  }
  return true;
}

function constraintsHold(picks: readonly Pick[], devices: DeviceClaim | undefined, claim: number): boolean {
  for (const { requests, matchAttribute } of devices?.constraints ?? []) {
    const values = picks
      .filter((pick) => pick.claim === claim && (!requests?.length || pick.names.some((name) => requests.includes(name))))
      .map(({ device }) => device.attributes?.['numa']?.int);
    if (values.includes(undefined)) return false;
    const distinct = new Set(values).size;
    if (matchAttribute ? distinct > 1 : distinct < values.length) return false;
  }
  return true;
}
