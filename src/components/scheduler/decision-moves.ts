import type { MoveCause, QueueMove, QueuePlace } from '../../extension-points/scheduling/decision.ts';
import { microTimeText } from '../../kernel/clock.ts';

/** A move as it is kept: its cause is shared by all pods that an event moved. */
export interface MoveNote {
  readonly atMs: number;
  readonly from: QueuePlace;
  readonly to: QueuePlace;
  readonly cause: MoveCause;
  readonly plugin?: string | undefined;
}

/** More are not kept of one pod between two attempts: the first, which says how it came to wait, and the last ones. */
export const mostMoves = 8;
export const bytesOfMove = 96;

/** Adds a move to a list, which stays in order and short. Answers the list. */
export function addMove(moves: MoveNote[], move: MoveNote): MoveNote[] {
  if (moves.length === mostMoves) moves.splice(1, 1);
  moves.push(move);
  return moves;
}

export const moveRecord = ({ atMs, from, to, cause, plugin }: MoveNote): QueueMove => ({
  time: microTimeText(atMs),
  from,
  to,
  cause,
  ...(plugin === undefined ? {} : { plugin }),
});
