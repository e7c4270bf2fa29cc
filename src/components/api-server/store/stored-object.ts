import type { ObjectKey, UntypedObject } from '../../../api/object.ts';
import { deepFreeze } from '../../../api/object.ts';
import type { Stored } from './contract.ts';

/**
 * The form that is stored: JSON with kind, apiVersion and metadata first, and without the resourceVersion, which only the commit knows.
 * Written part by part: fields named like numbers would otherwise move to the front.
 */
export function storedJson({ kind, apiVersion, metadata, ...rest }: UntypedObject): Buffer {
  const { resourceVersion: _, ...keptMetadata } = metadata;
  const head = `${kind === undefined ? '' : `"kind":${JSON.stringify(kind)},`}${apiVersion === undefined ? '' : `"apiVersion":${JSON.stringify(apiVersion)},`}`;
  const tail = JSON.stringify(rest);
  return Buffer.from(`{${head}"metadata":${JSON.stringify(keptMetadata)}${tail === '{}' ? '' : ','}${tail.slice(1)}`);
}

/** One revision of an object, made of its stored JSON; API bytes and the parsed object appear when first asked for. */
export class StoredObject implements Stored {
  readonly key: ObjectKey;
  readonly revision: number;
  /** One of these two is set: the JSON is given up once the API bytes were made of it. */
  #json: Uint8Array | undefined;
  #bytes: Buffer | undefined;
  #object: UntypedObject | undefined;

  /** `source`, when at hand, saves the parse: the deep-frozen object the JSON was made of; its own resourceVersion does not count. */
  constructor(key: ObjectKey, revision: number, json: Uint8Array, source?: UntypedObject) {
    this.key = key;
    this.revision = revision;
    this.#json = json;
    if (source) this.#object = Object.freeze({ ...source, metadata: Object.freeze({ ...source.metadata, resourceVersion: String(revision) }) });
  }

  /** Bytes of its JSON; cheap to ask. */
  get size(): number {
    return (this.#bytes ?? this.#json!).length;
  }

  get bytes(): Buffer {
    if (!this.#bytes) {
      this.#bytes = insertRevision(this.#json!, this.revision);
      this.#json = undefined;
    }
    return this.#bytes;
  }

  get object(): UntypedObject {
    this.#object ??= deepFreeze(JSON.parse(this.bytes.toString()) as UntypedObject);
    return this.#object;
  }

  /** The same state under another revision: what the event of a removal shows. */
  at(revision: number): StoredObject {
    return new StoredObject(this.key, revision, this.#json ?? removeRevision(this.#bytes!, this.revision), this.#object);
  }
}

const metadataField = '"metadata":{';

/**
 * Where the fields of metadata begin. Only kind and apiVersion come before, both strings, and a quote inside a JSON string is always escaped: so the first
 * such bytes are the field itself, whatever those strings hold.
 */
function metadataStart(json: Buffer): number {
  const index = json.indexOf(metadataField);
  if (index < 0) throw new Error('stored object has no metadata');
  return index + metadataField.length;
}

const revisionField = (revision: number): string => `"resourceVersion":"${revision}"`;
const closingBrace = 0x7d;

function insertRevision(json: Uint8Array, revision: number): Buffer {
  const source = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const start = metadataStart(source);
  const field = Buffer.from(source[start] === closingBrace ? revisionField(revision) : `${revisionField(revision)},`);
  return Buffer.concat([source.subarray(0, start), field, source.subarray(start)]);
}

function removeRevision(bytes: Buffer, revision: number): Buffer {
  const start = metadataStart(bytes);
  const end = start + revisionField(revision).length;
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(bytes[end] === closingBrace ? end : end + 1)]);
}
