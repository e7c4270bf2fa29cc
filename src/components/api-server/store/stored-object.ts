import { commonJson, isCommon } from '../../../api/common-parts.ts';
import type { ObjectMeta } from '../../../api/generated/meta-v1.ts';
import type { ObjectKey, UntypedObject } from '../../../api/object.ts';
import { deepFreeze } from '../../../api/object.ts';
import type { Stored } from './contract.ts';

/**
 * The form that is stored: JSON with kind, apiVersion and metadata first, and without the resourceVersion, which only the commit knows.
 * Written part by part: fields named like numbers would otherwise move to the front, and common parts are written already.
 */
export function storedJson(object: UntypedObject): Buffer {
  const { kind, apiVersion, metadata } = object;
  const head = `${kind === undefined ? '' : `"kind":${JSON.stringify(kind)},`}${apiVersion === undefined ? '' : `"apiVersion":${JSON.stringify(apiVersion)},`}`;
  let text = `{${head}"metadata":${metadataJson(metadata)}`;
  for (const name of Object.keys(object)) {
    if (name === 'kind' || name === 'apiVersion' || name === 'metadata') continue;
    const json = jsonOf(object[name]);
    if (json !== undefined) text += `,${JSON.stringify(name)}:${json}`;
  }
  return Buffer.from(`${text}}`);
}

const jsonOf = (value: unknown): string | undefined => (isCommon(value) ? commonJson(value) : (JSON.stringify(value) as string | undefined));

function metadataJson({ resourceVersion: _, managedFields, ...kept }: ObjectMeta): string {
  const json = JSON.stringify(kept);
  if (!Array.isArray(managedFields)) return json;
  const entries = managedFields.map((entry) => jsonOf(entry)).join(',');
  return `${json.slice(0, -1)}${json === '{}' ? '' : ','}"managedFields":[${entries}]}`;
}

/** One revision of an object, made of its stored JSON; API bytes and the parsed object appear when first asked for. */
export class StoredObject implements Stored {
  readonly key: ObjectKey;
  readonly revision: number;
  shownBy = 0;
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
  const source = Buffer.isBuffer(json) ? json : Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const start = metadataStart(source);
  const field = source[start] === closingBrace ? revisionField(revision) : `${revisionField(revision)},`;
  // Not from a pool, of which bytes that stay would keep all the rest.
  const bytes = Buffer.allocUnsafeSlow(source.length + field.length);
  source.copy(bytes, 0, 0, start);
  bytes.write(field, start, 'latin1');
  source.copy(bytes, start + field.length, start);
  return bytes;
}

function removeRevision(bytes: Buffer, revision: number): Buffer {
  const start = metadataStart(bytes);
  const end = start + revisionField(revision).length;
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(bytes[end] === closingBrace ? end : end + 1)]);
}
