import { readFileSync } from 'node:fs';
import type { StageReporter } from '../components/cli/distribution.ts';
import { type KubeletConfiguration, readKubeletConfiguration } from '../components/node-agent/configuration/read-configuration.ts';
import { errorText, type Log } from '../kernel/log.ts';

/** Reads the KubeletConfiguration of this machine's node, and says once which of its fields nothing acts upon. Throws, naming the file, when it cannot be used. */
export function readKubeletFile(path: string, progress: Pick<StageReporter, 'say'>, log: Log): KubeletConfiguration {
  let configuration: KubeletConfiguration;
  try {
    configuration = readKubeletConfiguration(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`failed to load kubelet config file, path: ${path}, error: ${errorText(error)}`, { cause: error });
  }
  const { ignored } = configuration;
  if (ignored.length > 0) {
    log.warn('fields of the kubelet configuration that wherry does not act upon', { file: path, fields: ignored.join(', ') });
    progress.say(`${path}: wherry does not act upon ${ignored.join(', ')}`);
  }
  return configuration;
}
