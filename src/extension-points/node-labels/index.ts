/** What an author of node labels needs. */
export * from './contract.ts';
export { type PollOptions, poll } from './poll.ts';
