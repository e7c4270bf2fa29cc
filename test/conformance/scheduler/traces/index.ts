import type { Trace } from '../trace.ts';
import { claims } from './claims.ts';
import { nodes } from './nodes.ts';
import { preemption } from './preemption.ts';
import { profiles } from './profiles.ts';
import { resources } from './resources.ts';
import { topology } from './topology.ts';
import { volumes } from './volumes.ts';

/** By what they are about. */
export const groups: Readonly<Record<string, readonly Trace[]>> = { nodes, resources, preemption, topology, volumes, claims, profiles };
