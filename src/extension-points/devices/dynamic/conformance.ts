import { describe, it } from 'node:test';
import { type DriverSubject, driverCases } from './conformance-cases.ts';

export type { DriverSubject } from './conformance-cases.ts';
export { connectDriver } from './driver-connection.ts';
/** The cases of the suite, by name. */
export type DriverCase = keyof typeof driverCases;

export interface DriverConformanceOptions {
  /** Cases the driver cannot pass, each with the reason, which the report shows. */
  readonly skip?: Partial<Record<DriverCase, string>>;
}

/**
 * Declares a suite with `node:test` that holds a driver of dynamic resources to the contract, in whatever language it is written. `create` is called for every case and
 * starts a driver that publishes at least two devices.
 */
export function driverConformance(name: string, create: () => Promise<DriverSubject & AsyncDisposable>, { skip = {} }: DriverConformanceOptions = {}): void {
  void describe(`${name} keeps the contract of drivers`, () => {
    for (const [title, run] of Object.entries(driverCases) as [DriverCase, (subject: DriverSubject) => Promise<void>][])
      void it(title, { skip: skip[title] ?? false }, async () => {
        await using subject = await create();
        await run(subject);
      });
  });
}
