import { selectorFromObject } from '../../../../api/label-selector.ts';
import type { Environment } from '../../../../kernel/look-up-executable.ts';
import type { Platform } from './plugin.ts';

/** In Go's words: `linux`, `darwin`, `windows`; `amd64`, `arm64`. */
export interface Machine {
  readonly os: string;
  readonly arch: string;
}

/** This machine, or what `KREW_OS` and `KREW_ARCH` claim. */
export const machineOf = (environment: Environment): Machine => ({
  os: environment['KREW_OS'] || (process.platform === 'win32' ? 'windows' : process.platform),
  arch: environment['KREW_ARCH'] || (goArchitectures[process.arch] ?? process.arch),
});

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

export const machineText = ({ os, arch }: Machine): string => `${os}/${arch}`;

export const matchesMachine = ({ selector }: Platform, { os, arch }: Machine): boolean => selectorFromObject(selector).matches({ os, arch });

/** The first platform whose selector fits. Throws for a selector that is none. */
export const platformFor = (platforms: readonly Platform[], machine: Machine): Platform | undefined =>
  platforms.find((platform) => matchesMachine(platform, machine));

/** What plugins are built for. */
export const knownMachines: readonly Machine[] = [
  ...['386', 'amd64', 'arm64'].map((arch) => ({ os: 'windows', arch })),
  ...['386', 'amd64', 'arm', 'arm64', 'ppc64le'].map((arch) => ({ os: 'linux', arch })),
  ...['386', 'amd64', 'arm64'].map((arch) => ({ os: 'darwin', arch })),
];
