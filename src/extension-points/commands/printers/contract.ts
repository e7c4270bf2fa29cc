import type { UntypedObject } from '../../../api/object.ts';

/** Makes text of objects, one after the other; several may share a table, separators, headings. */
export interface ResourcePrinter {
  /** The text of one object; `''` while a table is being laid out. Objects are not changed. */
  print(object: UntypedObject): string;
  /** What is still held back. */
  flush(): string;
}
