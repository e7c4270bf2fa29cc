import { parseJson } from '../../../api/json.ts';
import { ApiError, badRequest } from '../../../api/status.ts';
import { parseYaml } from '../../../api/yaml.ts';
import type { Patch } from '../../../client/client.ts';
import { patchMediaTypes } from '../operations/patch.ts';
import { maximumWeight } from './decode-body.ts';

const maximumDepth = 500;

/** Reads the body of a PATCH by its media type. Throws ApiError 400. */
export function patchFrom(type: string, bytes: Buffer): Patch {
  const body = type === patchMediaTypes.strategic ? readPatch(bytes) : decodePatch(bytes);
  if (type === patchMediaTypes.merge) return { type: 'merge', body };
  if (type === patchMediaTypes.strategic) return { type: 'strategic', body };
  if (!Array.isArray(body)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp');
  return { type: 'json', body: body as readonly unknown[] };
}

/** As upstream says it of all but strategic patches. */
function decodePatch(bytes: Buffer): unknown {
  try {
    return readPatch(bytes);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 400) throw error;
    throw new ApiError(400, 'BadRequest', `error decoding patch: ${error.message}`, { cause: error });
  }
}

/** Patches are JSON, but YAML has always been taken too. */
function readPatch(bytes: Buffer): unknown {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  if (first === 0x7b || first === 0x5b) return parseJson(bytes, { maxDepth: maximumDepth, maxWeight: maximumWeight }).value;
  const { value } = parseYaml(bytes.toString(), { maxWeight: maximumWeight });
  if (typeof value !== 'object' || value === null) throw badRequest('the patch must be an object or a list of operations');
  return value;
}
