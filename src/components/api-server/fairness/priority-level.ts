import type { PriorityLevelConfiguration } from '../../../api/generated/flowcontrol-v1.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { FairQueues, type QueueSettings } from './fair-queues.ts';
import { SeatDemand } from './seat-demand.ts';

/** The part of a nominal limit that one request may take, and the most in any level. */
const widestPart = 0.15;
const widestRequest = 10;

/** The seats a level has: by its configuration, the least it keeps when it lends, and the most with what it borrows. */
export interface SeatBounds {
  readonly nominal: number;
  readonly lowest: number;
  readonly highest: number;
}

/** A priority level at work: its seats, who waits for them, and how many it has of late needed. */
export class PriorityLevel {
  readonly name: string;
  readonly uid: string;
  /** Absent for levels without limits. */
  readonly queues: FairQueues | undefined;
  readonly demand: SeatDemand;
  readonly bounds: SeatBounds;
  /** Widest request the level takes. */
  readonly maximumWidth: number;
  readonly #settings: QueueSettings | undefined;

  /** Takes the queues of `before`, the level of that name so far, over as long as they need not change. */
  constructor(object: PriorityLevelConfiguration, { bounds, clock, before }: { bounds: SeatBounds; clock: Clock; before?: PriorityLevel | undefined }) {
    this.name = object.metadata.name ?? '';
    this.uid = object.metadata.uid ?? '';
    this.bounds = bounds;
    this.demand = before?.demand ?? new SeatDemand(performance.now());
    this.#settings = settingsOf(object);
    this.maximumWidth = widestOf(bounds.nominal, this.#settings);
    if (!this.#settings) return;
    if (before?.queues && sameSettings(before.#settings, this.#settings)) this.queues = before.queues;
    else {
      const { demand } = this;
      this.queues = new FairQueues({
        settings: this.#settings,
        limit: bounds.nominal - Math.floor((bounds.nominal - bounds.lowest) / 2),
        clock,
        onDemand: (seats) => demand.set(seats, performance.now()),
      });
    }
  }
}

function settingsOf({ spec }: PriorityLevelConfiguration): QueueSettings | undefined {
  if (spec?.type !== 'Limited') return undefined;
  const queuing = spec.limited?.limitResponse?.queuing;
  if (!queuing) return { queues: 0, handSize: 0, queueLengthLimit: 0 };
  return { queues: queuing.queues ?? 64, handSize: queuing.handSize ?? 8, queueLengthLimit: queuing.queueLengthLimit ?? 50 };
}

const sameSettings = (left: QueueSettings | undefined, right: QueueSettings): boolean =>
  left?.queues === right.queues && left.handSize === right.handSize && left.queueLengthLimit === right.queueLengthLimit;

function widestOf(nominal: number, settings: QueueSettings | undefined): number {
  if (!settings || settings.queues === 0) return widestRequest;
  return Math.min(widestRequest, Math.max(1, Math.min(Math.ceil(nominal * widestPart), Math.floor(nominal / settings.handSize))));
}
