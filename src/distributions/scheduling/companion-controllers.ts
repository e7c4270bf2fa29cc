import type { Controller } from '../../extension-points/controllers/contract.ts';
import type { SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import { elasticQuotaController } from '../../extensions/scheduling/capacity-scheduling/elastic-quota-controller.ts';
import { podGroupController } from '../../extensions/scheduling/coscheduling/pod-group-controller.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';

/** What keeps the status of the kinds that a scheduling plugin reads. */
const controllerOf: Readonly<Record<string, { readonly name: string; readonly create: () => Controller }>> = {
  Coscheduling: { name: 'pod-group-controller', create: podGroupController },
  CapacityScheduling: { name: 'elastic-quota-controller', create: elasticQuotaController },
};

/** Has controllers that belong to scheduling plugins run as long as some profile has the plugin. */
export class CompanionControllers {
  readonly #point: ExtensionPoint<Controller>;
  readonly #added = new Map<string, Disposable>();

  constructor(point: ExtensionPoint<Controller>) {
    this.#point = point;
  }

  /** Told of the plugins in use. Answers whether controllers came or went: they are to be started, or stopped. A name that is taken already is left to who has it. */
  follow(rosters: readonly ExtensionPoint<SchedulingPlugin>[]): boolean {
    let isChanged = false;
    for (const [plugin, { name, create }] of Object.entries(controllerOf)) {
      const isWanted = rosters.some((roster) => roster.get(plugin) !== undefined);
      const added = this.#added.get(name);
      if (isWanted && !added && !this.#point.get(name)) this.#added.set(name, this.#point.add({ name, origin: 'built-in', implementation: create() }));
      else if (!isWanted && added) {
        added[Symbol.dispose]();
        this.#added.delete(name);
      } else continue;
      isChanged = true;
    }
    return isChanged;
  }
}
