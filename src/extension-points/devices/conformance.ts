import { describe, it } from 'node:test';
import { deviceCases } from './conformance-cases.ts';
import type { DevicePlugin } from './contract.ts';
import { connectDevicePlugin } from './device-plugin.ts';

/** A plugin under test; disposed of after its case. */
export interface DevicePluginSubject extends AsyncDisposable {
  readonly plugin: DevicePlugin;
}

/** The cases of the suite, by name. */
export type DevicePluginCase = keyof typeof deviceCases;

export interface DevicePluginConformanceOptions {
  /** Cases the plugin cannot pass, each with the reason, which the report shows. */
  readonly skip?: Partial<Record<DevicePluginCase, string>>;
}

/** Declares a suite with `node:test` that holds a device plugin to the contract. `create` is called for every case and makes a plugin with at least one healthy device. */
export function deviceConformance(name: string, create: () => Promise<DevicePluginSubject>, { skip = {} }: DevicePluginConformanceOptions = {}): void {
  void describe(`${name} keeps the device plugin contract`, () => {
    for (const [title, run] of Object.entries(deviceCases) as [DevicePluginCase, (plugin: DevicePlugin) => Promise<void>][])
      void it(title, { skip: skip[title] ?? false }, async () => {
        await using subject = await create();
        await run(subject.plugin);
      });
  });
}

/** The subject for a plugin of any language that listens on a socket. */
export async function pluginOnSocket(resourceName: string, socketPath: string): Promise<DevicePluginSubject> {
  const plugin = await connectDevicePlugin(resourceName, socketPath);
  return { plugin, [Symbol.asyncDispose]: async () => plugin[Symbol.dispose]() };
}
