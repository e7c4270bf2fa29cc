import { configMapVolumes } from './config-map.ts';
import type { VolumePlugin } from './contract.ts';
import { downwardApiVolumes } from './downward-api.ts';
import { emptyDirVolumes } from './empty-dir.ts';
import { hostPathVolumes } from './host-path.ts';
import { persistentClaimVolumes } from './persistent-claim.ts';
import { projectedVolumes } from './projected.ts';
import { secretVolumes } from './secret.ts';

/** What the agent serves by itself; asked in this order, after plugins that were added. */
export const builtInVolumes: readonly VolumePlugin[] = [
  projectedVolumes,
  configMapVolumes,
  secretVolumes,
  emptyDirVolumes,
  downwardApiVolumes,
  hostPathVolumes,
  persistentClaimVolumes,
];
