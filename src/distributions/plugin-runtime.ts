import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginRuntime } from '../extensions/commands/plugin/plugin-runtime.ts';
import { errorText } from '../kernel/log.ts';
import { importModule } from './extension-file.ts';

/** What commands about plugins are given: this installation of wherry, bundled or not. */
export function pluginRuntime(): PluginRuntime {
  const packageDirectory = join(import.meta.dirname, existsSync(join(import.meta.dirname, 'sdk')) ? '..' : '../..');
  return {
    packageDirectory,
    launcher: join(packageDirectory, 'bin', 'wherry.js'),
    async importModule(path) {
      try {
        return (await importModule(path, path)).module;
      } catch (error) {
        throw new Error(errorText(error), { cause: error });
      }
    },
  };
}
