/**
 * A context with some fields changed. Unlike a spread it does not read the others: asking for `signal` takes Ctrl-C over from whoever would end the command by it.
 */
export const deriveContext = <T extends object, Changes extends object>(context: T, changes: Changes): Omit<T, keyof Changes> & Changes =>
  Object.create(context, Object.getOwnPropertyDescriptors(changes)) as Omit<T, keyof Changes> & Changes;
