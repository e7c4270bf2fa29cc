import type { DeviceClass } from '../../../api/generated/resource-v1.ts';

/** The class by which claims ask for any device of a driver; named after it, as drivers' own installations do. */
export const classOfDriver = (driver: string): DeviceClass => ({
  metadata: { name: driver },
  spec: { selectors: [{ cel: { expression: `device.driver == ${JSON.stringify(driver)}` } }] },
});
