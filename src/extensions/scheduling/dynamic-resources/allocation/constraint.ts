import type { DeviceAttribute, DeviceConstraint } from '../../../../api/generated/resource-v1.ts';
import type { OfferedDevice } from './offered-device.ts';

/** What the devices of several requests of a claim must have in common, or not. Once it refuses a device, more devices never change that. */
export interface AllocationConstraint {
  /** Whether it says anything about devices of a request, by the names it may go by: `request` and `request/alternative`. */
  concerns(names: readonly string[]): boolean;
  /** The value of the attribute it looks at, as text that tells types apart; undefined: such a device never satisfies it. */
  valueOf(device: OfferedDevice): string | undefined;
  /** Takes a device in unless that breaks the constraint. */
  add(device: OfferedDevice): boolean;
  /** Takes back the last device that was added. */
  undo(): void;
  /** How many of some devices can be taken together, at most; one that can be shared may be taken as often as the constraint lets it. */
  mostOf(devices: readonly OfferedDevice[]): number;
}

/** Undefined for a kind that this release does not know. */
export function readConstraint({ requests, matchAttribute, distinctAttribute }: DeviceConstraint): AllocationConstraint | undefined {
  const attribute = matchAttribute ?? distinctAttribute;
  if (attribute === undefined) return undefined;
  const taken: string[] = [];
  const valueOf = (device: OfferedDevice): string | undefined => attributeText(attributeOf(device, attribute));
  const allows = matchAttribute === undefined ? (value: string) => !taken.includes(value) : (value: string) => taken.length === 0 || taken[0] === value;
  return {
    concerns: (names) => !requests?.length || names.some((name) => requests.includes(name)),
    valueOf,
    add(device) {
      const value = valueOf(device);
      if (value === undefined || !allows(value)) return false;
      taken.push(value);
      return true;
    },
    undo: () => void taken.pop(),
    mostOf(devices) {
      const byValue = Map.groupBy(devices, valueOf);
      byValue.delete(undefined);
      if (matchAttribute === undefined) return byValue.size;
      return Math.max(0, ...Array.from(byValue.values(), (same) => (same.some(({ isShareable }) => isShareable) ? Infinity : same.length)));
    },
  };
}

/** By its full name, or without the domain when that is the driver's. */
function attributeOf({ device, driver }: OfferedDevice, name: string): DeviceAttribute | undefined {
  const { attributes = {} } = device;
  if (Object.hasOwn(attributes, name)) return attributes[name];
  const slash = name.indexOf('/');
  const own = name.slice(slash + 1);
  return slash >= 0 && name.slice(0, slash) === driver && Object.hasOwn(attributes, own) ? attributes[own] : undefined;
}

function attributeText(attribute: DeviceAttribute | undefined): string | undefined {
  if (attribute?.string !== undefined) return `string ${attribute.string}`;
  if (attribute?.int !== undefined) return `int ${attribute.int}`;
  if (attribute?.bool !== undefined) return `bool ${attribute.bool}`;
  // The rules of semantic versions leave one way to write each.
  return attribute?.version === undefined ? undefined : `version ${attribute.version}`;
}
