import type { ListMeta } from '../../../api/generated/meta-v1.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import type { Rendering } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import { type MessageEncoder, messageEncoder } from './encode-message.ts';
import { contentFields, documentHead, encoded } from './envelope.ts';
import { messageOfKind } from './message-table.ts';

/**
 * The protobuf form of one version of a resource. An object is kept as field 2 of a message (tag, length, content): both the `raw` of a document and an item of a
 * list are that, so the same bytes serve GET, LIST and WATCH, and each object is encoded once.
 */
export interface ObjectProtobuf {
  /** Field 2 with the object; encoded when first asked. */
  field(rendering: Rendering): Buffer;
  /** A whole document of one object. */
  document(rendering: Rendering): Buffer;
  /** What stands before the items of a list whose fields have `itemsLength` bytes together; `contentFields` follow them. */
  listHead(metadata: ListMeta, itemsLength: number): Buffer;
}

const known = new WeakMap<ServedResource, ObjectProtobuf | 'none'>();

/** The protobuf form of a built-in kind; undefined for custom resources, which have none. */
export function protobufOf(served: ServedResource): ObjectProtobuf | undefined {
  let found = known.get(served);
  if (found === undefined) known.set(served, (found = make(served)));
  return found === 'none' ? undefined : found;
}

function make(served: ServedResource): ObjectProtobuf | 'none' {
  const message = served.isCustom ? undefined : messageOfKind(served.group, served.version, served.kind);
  return message === undefined ? 'none' : new TableProtobuf(served, messageEncoder(message));
}

class TableProtobuf implements ObjectProtobuf {
  readonly #encoder: MessageEncoder;
  readonly #head: Buffer;
  readonly #listHead: Buffer;
  readonly #fields = new WeakMap<Rendering, Buffer>();

  constructor(served: ServedResource, encoder: MessageEncoder) {
    const apiVersion = groupVersion(served);
    this.#encoder = encoder;
    this.#head = documentHead({ apiVersion, kind: served.kind });
    this.#listHead = documentHead({ apiVersion, kind: served.listKind });
  }

  field(rendering: Rendering): Buffer {
    let field = this.#fields.get(rendering);
    if (!field) {
      field = encoded((writer) => {
        const before = writer.length;
        this.#encoder.write(writer, rendering.object);
        writer.delimit(2, before);
      });
      this.#fields.set(rendering, field);
    }
    return field;
  }

  document(rendering: Rendering): Buffer {
    return Buffer.concat([this.#head, this.field(rendering), contentFields]);
  }

  listHead(metadata: ListMeta, itemsLength: number): Buffer {
    return encoded((writer) => {
      const before = writer.length;
      messageEncoder('meta-v1.ListMeta').write(writer, metadata);
      writer.delimit(1, before);
      writer.delimit(2, before - itemsLength);
      writer.raw(this.#listHead);
    });
  }
}
