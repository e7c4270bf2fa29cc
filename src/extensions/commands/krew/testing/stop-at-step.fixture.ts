/** Installs or upgrades a plugin of an index, and ends the process as a power cut would when a step is done: `node stop-at-step.fixture.ts ROOT NAME STEP`. */
import { findInIndex } from '../indexes/scan-index.ts';
import { installPlugin, upgradePlugin } from '../installation/install-plugin.ts';
import { findReceipt } from '../installation/receipts.ts';
import { krewLayout } from '../krew-layout.ts';
import { defaultIndex } from '../manifest/plugin.ts';

const [root = '', name = '', stopAt] = process.argv.slice(2);
const layout = krewLayout({ KREW_ROOT: root }, '/');
const plugin = findInIndex(layout, defaultIndex, name)!;
await (findReceipt(layout, name) ? upgradePlugin : installPlugin)({
  layout,
  plugin,
  index: defaultIndex,
  machine: { os: 'linux', arch: 'amd64' },
  now: '2026-01-01T00:00:00Z',
  fetching: {},
  onStep(step) {
    if (step === stopAt) process.kill(process.pid, 'SIGKILL');
  },
});
