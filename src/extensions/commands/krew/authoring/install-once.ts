import { mkdtempDisposableSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StageOptions, stagePlugin } from '../installation/stage-plugin.ts';
import type { Platform } from '../manifest/plugin.ts';

const licenseName = /^(?:licenses?(?:\.txt|\.md)?|copying(?:\.txt)?)$/i;

/** Fetches and unpacks a platform as an installation would, and throws it away. Rejects when that fails, or what is installed has no license. */
export async function requireInstallable(platform: Platform, options: StageOptions): Promise<void> {
  using staging = mkdtempDisposableSync(join(tmpdir(), 'krew-validate-'));
  const directory = await stagePlugin(staging.path, platform, options);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  if (files.some(({ name }) => licenseName.test(name))) return;
  throw new Error(
    `LICENSE (or alike) file is not extracted from the archive as part of installation: could not find license file among [${files.map(({ name }) => name).join(', ')}]`,
  );
}
