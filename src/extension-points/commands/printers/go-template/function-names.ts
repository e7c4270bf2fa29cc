/** The functions that templates may call: Go's own, and kubectl's `exists` and `base64decode`. */
export const functionNames: ReadonlySet<string> = new Set(
  'and or not len index slice print printf println html js urlquery eq ne lt le gt ge call exists base64decode'.split(' '),
);
