import { schedulingPlugins } from '../../src/distributions/control-plane.ts';
import { defaultPlugins as names } from '../../src/extension-points/scheduling/configuration/default-plugins.ts';
import type { SchedulingHandle, SchedulingPlugin } from '../../src/extension-points/scheduling/contract.ts';
import { ExtensionPoint } from '../../src/kernel/extension-point.ts';

/** The scheduling point as wherry fills it when nobody configures it. */
export function defaultPlugins(handle: SchedulingHandle): ExtensionPoint<SchedulingPlugin> {
  const plugins = new ExtensionPoint<SchedulingPlugin>('scheduling');
  const isDefault = new Set(names.map(({ name }) => name));
  for (const { name, implementation } of schedulingPlugins.filter((plugin) => isDefault.has(plugin.name)))
    plugins.add({ name, origin: 'built-in', implementation: implementation(undefined, handle) });
  return plugins;
}
