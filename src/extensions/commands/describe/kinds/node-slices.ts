import type { ResourceSlice } from '../../../../api/generated/resource-v1.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import type { Page } from '../page/page.ts';

const poolsShown = 10;

/** The pools of devices that only one node has: so many slices and devices each. */
export function writeNodeSlices(page: Page, slices: readonly ResourceSlice[]): void {
  if (slices.length === 0) return;
  const pools = Map.groupBy(slices, ({ spec }) => `${spec.driver}/${spec.pool.name}`);
  page.line(0, 'Node-Local ResourceSlices:');
  page.line(1, 'Driver', 'Pool', 'Slices', 'Devices');
  page.line(1, '------', '----', '------', '-------');
  const names = [...pools.keys()].sort(compareText);
  for (const name of names.slice(0, poolsShown)) {
    const pool = pools.get(name)!;
    const { driver, pool: of } = pool[0]!.spec;
    const devices = pool.reduce((sum, { spec }) => sum + (spec.devices?.length ?? 0), 0);
    page.line(1, driver, of.name, pool.length, devices);
  }
  if (names.length > poolsShown) page.line(1, `...and ${names.length - poolsShown} more pools`);
}
