import { parseYaml } from '../../../api/yaml.ts';
import { Settings } from '../../../extension-points/devices/settings.ts';

export interface AmdConfiguration {
  /** What GPUs that are split are offered as: all `amd.com/gpu`, or by the kind of partition, `amd.com/cpx_nps1`. AMD's plugin has it as a flag. */
  readonly resourceNamingStrategy: 'single' | 'mixed';
}

const maximumFileBytes = 64 * 1024;

/** Reads the text of a configuration file, YAML or JSON; an empty one is all defaults. Throws and names the field when something in it is not known. */
export function readAmdConfiguration(text: string): AmdConfiguration {
  const file = new Settings(parseYaml(text, { maxWeight: maximumFileBytes }).value);
  const configuration = { resourceNamingStrategy: file.choice('resourceNamingStrategy', ['single', 'mixed'], 'single') } satisfies AmdConfiguration;
  file.finish();
  return configuration;
}
