/** `base64.encode` and `base64.decode`. */
import { declareFunction, type Library } from '../library.ts';
import { bytesType, stringType } from '../types.ts';
import { EvaluationError } from '../values.ts';

function decode(text: string): Uint8Array {
  const body = text.replace(/[\r\n]/g, '').replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(body) || body.length % 4 === 1) throw new EvaluationError('illegal base64 data');
  return new Uint8Array(Buffer.from(body, 'base64'));
}

export const encodersLibrary: Library = {
  name: 'encoders',
  functions: [
    declareFunction('base64.decode', { id: 'base64_decode_string', parameters: [stringType], result: bytesType, evaluate: decode }),
    declareFunction('base64.encode', {
      id: 'base64_encode_bytes',
      parameters: [bytesType],
      result: stringType,
      evaluate: (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
    }),
  ],
};
