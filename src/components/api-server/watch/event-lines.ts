import { protobufOf } from '../protobuf/object-protobuf.ts';
import { watchFrame } from '../protobuf/watch-frame.ts';
import type { Rendering } from '../rendering.ts';
import { render } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import type { WatchDelivery } from './watch-source.ts';

/** Turns a delivery into the line, or the protobuf frame, a watcher reads. A promise only when a conversion leaves the process. */
export type LineEncoder = (delivery: WatchDelivery) => Buffer | Promise<Buffer>;

const heads = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
} as const;
const tail = Buffer.from('}\n');

export const eventLine = (type: keyof typeof heads, bytes: Buffer): Buffer => Buffer.concat([heads[type], bytes, tail]);

type EncodeEvent = (type: keyof typeof heads, rendering: Rendering) => Buffer;

const jsonLine: EncodeEvent = (type, rendering) => eventLine(type, rendering.bytes);

function protobufFrame(served: ServedResource): EncodeEvent {
  const protobuf = protobufOf(served)!;
  return (type, rendering) => watchFrame(type, protobuf.document(rendering));
}

/** Lines remembered at once, and their bytes; events reach all watchers in the same turn, so few are needed. */
const rememberedLines = 512;
const rememberedBytes = 8 * 2 ** 20;

/** How whole objects go out: as lines of JSON, or as protobuf frames. */
export type EventEncoding = 'json' | 'protobuf';

/** Encodes each event once for all plain watchers of a version and encoding. */
export class EventLines {
  readonly #lines = new Map<object, Map<string, Buffer>>();
  #count = 0;
  #bytes = 0;

  #newest: { stored: object; name: string; line: Buffer } | undefined;

  /** For watchers that want whole objects. Lines of the initial state are not remembered: each goes to one watcher only. */
  encoder(served: ServedResource, remembers = true, encoding: EventEncoding = 'json'): LineEncoder {
    const suffix = (encoding === 'json' ? '' : encoding) + (served.storage === served ? '' : served.apiVersion);
    const encode = encoding === 'json' ? jsonLine : protobufFrame(served);
    return (delivery) => {
      const name = suffix === '' ? delivery.type : delivery.type + suffix;
      if (this.#newest?.stored === delivery.stored && this.#newest.name === name) return this.#newest.line;
      const known = remembers ? this.#lines.get(delivery.stored)?.get(name) : undefined;
      if (known) return known;
      const finish = (rendering: Rendering): Buffer => {
        const line = encode(delivery.type, rendering);
        if (remembers) this.#remember(delivery.stored, name, line);
        return line;
      };
      const rendering = render(served, delivery.stored);
      return rendering instanceof Promise ? rendering.then(finish) : finish(rendering);
    };
  }

  #remember(stored: object, name: string, line: Buffer): void {
    this.#count++;
    this.#bytes += line.length;
    // Nothing says when a line is of no more use: all begin afresh now and then.
    if (this.#count > rememberedLines || this.#bytes > rememberedBytes) {
      this.#count = 1;
      this.#bytes = line.length;
      this.#lines.clear();
    }
    let lines = this.#lines.get(stored);
    if (!lines) this.#lines.set(stored, (lines = new Map()));
    lines.set(name, line);
    this.#newest = { stored, name, line };
  }
}
