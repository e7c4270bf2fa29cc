import { parseYaml } from '../../../api/yaml.ts';
import { Settings } from '../../../extension-points/devices/settings.ts';

/** What Intel's plugin has as flags, under the names that its operator gives them (GpuDevicePlugin). */
export interface IntelConfiguration {
  /** How many containers may use a GPU at a time. */
  readonly sharedDevNum: number;
  /** Offers all GPUs at once, to containers that watch them. */
  readonly enableMonitoring: boolean;
  /** Which of several free shares are given: of as many GPUs as possible, of the least used GPU, or of one GPU after the other. */
  readonly preferredAllocationPolicy: 'none' | 'balanced' | 'packed';
  /** Whether a container sees its GPUs, all or none in /dev/dri/by-path. */
  readonly bypathMode: 'single' | 'all' | 'none';
  /** PCI device ids, `0x56c0`. Empty: all. */
  readonly allowIds: readonly string[];
  readonly denyIds: readonly string[];
}

const maximumFileBytes = 64 * 1024;
const maximumShares = 4_096;

/** Reads the text of a configuration file, YAML or JSON; an empty one is all defaults. Throws and names the field when something in it is not known or is wrong. */
export function readIntelConfiguration(text: string): IntelConfiguration {
  const file = new Settings(parseYaml(text, { maxWeight: maximumFileBytes }).value);
  const configuration: IntelConfiguration = {
    sharedDevNum: file.wholeNumber('sharedDevNum', { minimum: 1, maximum: maximumShares, fallback: 1 }),
    enableMonitoring: file.flag('enableMonitoring', false),
    preferredAllocationPolicy: file.choice('preferredAllocationPolicy', ['none', 'balanced', 'packed'], 'none'),
    bypathMode: file.choice('bypathMode', ['single', 'all', 'none'], 'single'),
    allowIds: readIds(file, 'allowIDs'),
    denyIds: readIds(file, 'denyIDs'),
  };
  file.finish();
  return configuration;
}

/** Commas in between. */
function readIds(file: Settings, name: string): readonly string[] {
  const ids = file
    .text(name, '')
    .split(',')
    .filter((id) => id !== '');
  const wrong = ids.find((id) => !/^0x[\da-f]{4}$/i.test(id));
  if (wrong !== undefined) throw new Error(`${name}: "${wrong}" is not a PCI device id such as 0x56c0`);
  return ids.map((id) => id.toLowerCase());
}
