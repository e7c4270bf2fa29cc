/** `jsonpatch.escapeKey(...)`, for the paths of the patches of mutating policies. */

import { traverseCost } from '../costs.ts';
import type { Library } from '../library.ts';
import { stringType } from '../types.ts';
import { globalFunction } from './declarations.ts';

export const jsonPatchLibrary: Library = {
  name: 'kubernetes.jsonpatch',
  functions: [
    globalFunction('jsonpatch.escapeKey', 'string_jsonpatch_escapeKey_string', [stringType], stringType, {
      evaluate: (key: string) => key.replace(/[~/]/g, (character) => (character === '~' ? '~0' : '~1')),
      cost: traverseCost,
    }),
  ],
};
