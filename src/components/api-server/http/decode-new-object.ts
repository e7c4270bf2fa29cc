import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { type CommonField, commonFieldOf } from '../operations/common-field.ts';
import type { ServedResource } from '../resource-index.ts';
import { type Body, type DecodedValue, decodeJson, decodeObject, decodeOrExplain, mediaType, type Strictness, shapeDecoded, turnFor } from './decode-body.ts';
import { mediaTypes } from './negotiate.ts';

/** The common field of longer bodies is not looked for. */
const longestBytes = 65_536;

/** `decodeObject` for an object that is to be created: the field it has in common with others may be a common part. Throws the same. */
export async function decodeNewObject(served: ServedResource, body: Body, how: Strictness): Promise<UntypedObject> {
  const field = commonFieldOf(served);
  if (!field || body.bytes.length > longestBytes || mediaType(body.contentType).type !== mediaTypes.json) return decodeObject(served, body, how);
  const turn = turnFor(body.bytes);
  if (turn) await turn;
  const findDuplicates = how.fieldValidation !== 'Ignore';
  const text = body.bytes.toString();
  const known = decodeKnown(field, text, findDuplicates);
  const { draft, isClean } = await shapeDecoded(served, body, { decoded: known ?? decodeOrExplain(served, body, findDuplicates), how });
  if (!known && isClean && findDuplicates) field.learn(text, draft);
  return draft;
}

/** Undefined when the field is not known, or something is wrong with the rest: the whole body tells what. */
function decodeKnown(field: CommonField, text: string, findDuplicates: boolean): DecodedValue | undefined {
  const cut = field.cut(text);
  if (!cut) return undefined;
  try {
    const decoded = decodeJson(cut.rest, findDuplicates);
    return field.restore(decoded.value, cut.part) ? decoded : undefined;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
