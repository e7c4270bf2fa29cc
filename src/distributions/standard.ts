import type { Distribution } from '../components/cli/distribution.ts';
import { startCluster } from './cluster.ts';

export const standard: Distribution = {
  name: 'standard',
  start: startCluster,
  importImages: async () => {},
  listImages: async () => [],
  containerSupport: () => ({ isSupported: true, reason: '' }),
  cleanUp: async () => {},
};
