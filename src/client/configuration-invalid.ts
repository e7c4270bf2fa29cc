/** How the problem of a context that is not there begins. */
export const contextNotFound = 'context was not found for specified context: ';

/** A kubeconfig that cannot be used: all that is wrong with it, in client-go's words. */
export class ConfigurationInvalid extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`invalid configuration: ${problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`}`);
    this.name = 'ConfigurationInvalid';
    this.problems = problems;
  }
}
