import type { UntypedObject } from '../../../api/object.ts';

/** The `Status` that says that an action worked and left no object to show. */
export const successStatus = (code: number): UntypedObject => ({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code });
