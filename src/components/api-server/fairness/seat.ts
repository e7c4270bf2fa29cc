/** A place among the requests that run. Giving it back twice is giving it back once. */
export interface Seat {
  release(): void;
}

/** What is given to requests that take no place. */
export const noSeat: Seat = { release: () => {} };
