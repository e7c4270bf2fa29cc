import { knownMachines, type Machine, machineText, matchesMachine } from '../manifest/platforms.ts';
import type { Platform } from '../manifest/plugin.ts';

/** The machines that a platform of a manifest is for. */
export const machinesOf = (platform: Platform): Machine[] => knownMachines.filter((machine) => matchesMachine(platform, machine));

/** Throws when a platform fits no machine there is, or two fit the same one. */
export function requirePlatforms(platforms: readonly Platform[]): void {
  for (const [position, platform] of platforms.entries())
    if (machinesOf(platform).length === 0)
      throw new Error(`spec.platform[${position}]'s selector (${JSON.stringify(platform.selector)}) doesn't match any supported platforms`);
  for (const machine of knownMachines) {
    const fitting = platforms.flatMap((platform, position) => (matchesMachine(platform, machine) ? [position] : []));
    if (fitting.length > 1)
      throw new Error(
        `overlapping platform selectors found: multiple spec.platforms (at indexes [${fitting.join(' ')}]) have overlapping selectors that select ${machineText(machine)}`,
      );
  }
}
