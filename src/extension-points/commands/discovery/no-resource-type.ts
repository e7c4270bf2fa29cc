import type { Discovery } from './contract.ts';

/** A word for which a server serves nothing. */
export class NoResourceType extends Error {
  readonly word: string;
  /** What the server does serve. */
  readonly discovery: Discovery;

  constructor(word: string, discovery: Discovery) {
    super(`the server doesn't have a resource type ${JSON.stringify(word)}`);
    this.name = 'NoResourceType';
    this.word = word;
    this.discovery = discovery;
  }
}
