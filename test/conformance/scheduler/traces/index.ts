import type { Trace } from '../trace.ts';
import { nodes } from './nodes.ts';

/** By what they are about. */
export const groups: Readonly<Record<string, readonly Trace[]>> = { nodes };
