import { keyText } from '../../../api/object.ts';
import type { DeviceDecisionBook, DeviceDecisionRecord, RecordedDeviceDecision } from '../../../extension-points/devices/decision.ts';
import { deviceDecisionName } from '../../../extension-points/devices/decision.ts';
import { BoundedRecords } from '../../../kernel/bounded-records.ts';
import type { Clock } from '../../../kernel/clock.ts';

export interface DeviceMemoryOptions {
  readonly clock: Clock;
  /** Default 4 MiB. */
  readonly maximumBytes?: number;
  /** Default: a day. */
  readonly maximumAgeMs?: number;
}

/** Remembers what nodes decided about devices, within a number of bytes: the newest record of each pod and step. Kept as text, so that what it takes is known. */
export class DeviceMemory implements DeviceDecisionBook {
  readonly #records: BoundedRecords<{ readonly namespace: string; readonly name: string; readonly revision: number; readonly text: string }>;
  #revision = 0;

  constructor({ clock, maximumBytes = 4 * 1_024 * 1_024, maximumAgeMs = 24 * 3_600_000 }: DeviceMemoryOptions) {
    this.#records = new BoundedRecords({ clock, maximumBytes, maximumAgeMs });
  }

  get bytes(): number {
    return this.#records.bytes;
  }

  put(record: DeviceDecisionRecord): void {
    const { namespace } = record.pod;
    const name = deviceDecisionName(record);
    const text = JSON.stringify(record);
    this.#records.put(keyText({ namespace, name }), { namespace, name, revision: ++this.#revision, text }, { bytes: 300 + 2 * text.length });
  }

  find(namespace: string, name: string): RecordedDeviceDecision | undefined {
    const note = this.#records.get(keyText({ namespace, name }));
    return note && recorded(note);
  }

  *all(namespace?: string): Generator<RecordedDeviceDecision> {
    for (const [, note] of this.#records) if (namespace === undefined || note.namespace === namespace) yield recorded(note);
  }
}

const recorded = ({
  namespace,
  name,
  revision,
  text,
}: {
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly text: string;
}): RecordedDeviceDecision => ({
  namespace,
  name,
  revision,
  get record() {
    return JSON.parse(text) as DeviceDecisionRecord;
  },
});
