import { createHash } from 'node:crypto';

const separator = '\0';

/** 60 bits that stand for a flow; two flows rarely share all of the queues dealt by them. */
export function hashOfFlow(flowSchema: string, distinguisher: string): bigint {
  return createHash('sha256').update(flowSchema).update(separator).update(distinguisher).digest().readBigUInt64LE(0) & 0x0fff_ffff_ffff_ffffn;
}

/** Deals `handSize` different cards of a deck numbered from 0: as a hash decides, each hand as likely as any other (upstream's shuffle sharding). */
export function dealHand(hash: bigint, deckSize: number, handSize: number): number[] {
  const hand: number[] = [];
  let rest = hash;
  for (let dealt = 0; dealt < handSize; dealt++) {
    const left = BigInt(deckSize - dealt);
    hand.push(cardAt(Number(rest % left), hand));
    rest /= left;
  }
  return hand;
}

/** The card at a place among those that are not in the hand yet. */
function cardAt(place: number, hand: readonly number[]): number {
  let card = place;
  for (const taken of [...hand].sort((left, right) => left - right)) if (card >= taken) card++;
  return card;
}
