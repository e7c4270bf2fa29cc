import { parseYaml } from '../../../api/yaml.ts';
import { decodeProtobuf } from '../protobuf/decode-body.ts';
import { protobufMediaType } from '../protobuf/envelope.ts';

/** What a body says, whatever it is encoded in; `undefined` when it is empty or cannot be read. */
export function valueOfBody(bytes: Buffer, contentType: string): unknown {
  if (bytes.length === 0) return undefined;
  try {
    if (contentType.startsWith(protobufMediaType)) return decodeProtobuf(bytes);
    return contentType.includes('yaml') ? parseYaml(bytes.toString()).value : JSON.parse(bytes.toString());
  } catch {
    return undefined; // it was refused for what it is, or is a stream of several values
  }
}
