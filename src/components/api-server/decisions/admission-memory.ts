import { keyText } from '../../../api/object.ts';
import { patchBetween } from '../../../api/patch-between.ts';
import type {
  AdmissionPatchOperation,
  AdmissionReader,
  AdmissionRecord,
  AdmissionStepRecord,
  RecordedAdmission,
} from '../../../extension-points/admission/decision.ts';
import type { AdmissionObserver, AdmissionStep } from '../../../extension-points/admission/run.ts';
import { BoundedRecords } from '../../../kernel/bounded-records.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { microTimeText } from '../../../kernel/clock.ts';

export interface AdmissionMemoryOptions {
  readonly clock: Clock;
  /** Default 4 MiB. */
  readonly maximumBytes?: number;
  /** Default: a day. */
  readonly maximumAgeMs?: number;
}

/** A step as it is kept. */
interface StepNote {
  readonly plugin: string;
  readonly result: AdmissionStepRecord['result'];
  /** JSON of the operations. */
  readonly patch?: string;
  readonly omittedOperations?: number;
  readonly code?: number;
  readonly message?: string;
}

interface Note {
  readonly namespace: string;
  readonly name: string;
  readonly about: Omit<AdmissionRecord, 'steps' | 'result' | 'time'>;
  readonly atMs: number;
  readonly steps: StepNote[];
  bytes: number;
  revision: number;
}

const mostSteps = 32;
const mostOperations = 64;
const longestPatch = 4_096;
const longestMessage = 2_048;

/** Remembers the writes that admission changed or refused, within a number of bytes. What it keeps is copied at once: objects need not be frozen for it. */
export class AdmissionMemory implements AdmissionReader {
  readonly #clock: Clock;
  readonly #records: BoundedRecords<Note>;
  #revision = 0;

  constructor({ clock, maximumBytes = 4 * 1_024 * 1_024, maximumAgeMs = 24 * 3_600_000 }: AdmissionMemoryOptions) {
    this.#clock = clock;
    this.#records = new BoundedRecords({ clock, maximumBytes, maximumAgeMs });
  }

  get bytes(): number {
    return this.#records.bytes;
  }

  /** To be given to the API server. */
  readonly observer: AdmissionObserver = Object.assign((step: AdmissionStep): void => this.#observe(step), { copiesAtOnce: true });

  find(namespace: string, name: string): RecordedAdmission | undefined {
    const note = this.#records.get(keyText({ namespace, name }));
    return note && recorded(note);
  }

  *all(namespace?: string): Generator<RecordedAdmission> {
    for (const [, note] of this.#records) if (namespace === undefined || note.namespace === namespace) yield recorded(note);
  }

  /** All steps of one request are one record. */
  #observe(step: AdmissionStep): void {
    const { request } = step;
    const id = (request.requestId || request.uid).slice(0, 13);
    const namespace = request.namespace || (request.resource.resource === 'namespaces' && request.name ? request.name : 'default');
    const name = `${request.resource.resource}.${id}`;
    const key = keyText({ namespace, name });
    const known = this.#records.get(key);
    const note: Note = known ?? { namespace, name, about: aboutOf(step), atMs: this.#clock.now(), steps: [], bytes: 500, revision: 0 };
    if (note.steps.length >= mostSteps) return;
    const added = stepNote(step);
    note.steps.push(added);
    note.bytes += 160 + 2 * ((added.patch?.length ?? 0) + (added.message?.length ?? 0));
    note.revision = ++this.#revision;
    if (known) this.#records.resize(key, note);
    else this.#records.put(key, note, note);
  }
}

function aboutOf({ request }: AdmissionStep): Note['about'] {
  const { operation, resource, subresource, namespace, name, user, dryRun } = request;
  return {
    operation,
    target: {
      ...resource,
      ...(subresource === '' ? {} : { subresource }),
      ...(namespace === '' ? {} : { namespace }),
      ...(name === '' ? {} : { name }),
    },
    user: user.name,
    dryRun,
  };
}

function stepNote(step: AdmissionStep): StepNote {
  const { plugin } = step;
  switch (step.kind) {
    case 'denied':
      return { plugin, result: 'Denied', code: step.error.code, message: step.error.message.slice(0, longestMessage) };
    case 'failed':
      return { plugin, result: 'Failed', message: failureText(step.error).slice(0, longestMessage) };
    case 'changed': {
      const { resource } = step.request.resource;
      const isSecret = resource === 'secrets' || step.request.subresource === 'token' || resource === 'tokenreviews';
      if (isSecret) return { plugin, result: 'Changed', ...patchText(patchBetween(step.before ?? {}, step.after).map(({ op, path }) => ({ op, path }))) };
      return { plugin, result: 'Changed', ...patchOf(step.before ?? {}, step.after) };
    }
  }
}

type PatchNote = Pick<StepNote, 'patch' | 'omittedOperations'>;
type Fields = Readonly<Record<string, unknown>>;

/** Patches of specs that objects share, by the spec before and the one after. */
const knownPatches = new WeakMap<object, WeakMap<object, PatchNote>>();

/** What changed. Objects of one template share their frozen specs, before and after: when nothing else changed, the patch is the same for all of them. */
function patchOf(before: object, after: object): PatchNote {
  const [{ spec: from }, { spec: to }] = [before as Fields, after as Fields];
  const isShared = isFrozenObject(from) && isFrozenObject(to) && isSameButSpec(before as Fields, after as Fields);
  if (!isShared) return patchText(patchBetween(before, after));
  let known = knownPatches.get(from);
  if (!known) knownPatches.set(from, (known = new WeakMap()));
  let note = known.get(to);
  if (!note) known.set(to, (note = patchText(patchBetween(before, after))));
  return note;
}

const isFrozenObject = (value: unknown): value is object => typeof value === 'object' && value !== null && Object.isFrozen(value);

function isSameButSpec(before: Fields, after: Fields): boolean {
  const keys = Object.keys(after);
  return keys.length === Object.keys(before).length && keys.every((key) => key === 'spec' || (Object.hasOwn(before, key) && before[key] === after[key]));
}

/** As many operations as there is room for. */
function patchText(operations: readonly AdmissionPatchOperation[]): PatchNote {
  const whole = operations.length <= mostOperations ? JSON.stringify(operations) : '';
  if (whole !== '' && whole.length <= longestPatch) return { patch: whole };
  const texts: string[] = [];
  let length = 0;
  for (const operation of operations.slice(0, mostOperations)) {
    const text = JSON.stringify(operation);
    if (length + text.length > longestPatch) break;
    texts.push(text);
    length += text.length + 1;
  }
  const omittedOperations = operations.length - texts.length;
  return { patch: `[${texts.join(',')}]`, ...(omittedOperations > 0 ? { omittedOperations } : {}) };
}

const failureText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function recorded(note: Note): RecordedAdmission {
  const { namespace, name, revision, about, atMs, steps } = note;
  return {
    namespace,
    name,
    revision,
    get record() {
      const told = steps.map(
        ({ patch, ...step }): AdmissionStepRecord => ({ ...step, ...(patch === undefined ? {} : { patch: JSON.parse(patch) as AdmissionPatchOperation[] }) }),
      );
      const result = steps.find((step) => step.result !== 'Changed')?.result ?? 'Changed';
      return { time: microTimeText(atMs), ...about, result, steps: told };
    },
  };
}
