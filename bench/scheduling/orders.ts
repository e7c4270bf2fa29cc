import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** Orders between the processes of a run: one question, one answer, by IPC. */
interface Question {
  readonly id: number;
  readonly order: string;
  readonly argument: unknown;
}
interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: string;
}

/** What a process answers, by the name of the order. */
export type Orders = Record<string, (argument: never) => unknown>;

/** Answers the parent's orders for as long as it is there. */
export function answerOrders(orders: Orders): void {
  process.on('message', ({ id, order, argument }: Question) => {
    const say = (answer: Answer): void => void process.send?.(answer);
    const work = async (): Promise<unknown> => await orders[order]!(argument as never);
    work().then(
      (value) => say({ id, value }),
      (error: unknown) => say({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}

type AskedOf<T extends Orders> = {
  [Name in keyof T]: T[Name] extends (argument: infer Argument) => infer Value
    ? (...argument: [Argument] extends [never] ? [] : unknown extends Argument ? [] : [Argument]) => Promise<Awaited<Value>>
    : never;
};

/** A process of this folder, with more flags for Node, that answers orders of type `T`. Disposing ends it. */
export function startProcess<T extends Orders>(
  file: string,
  flags: readonly string[] = [],
): { readonly ask: AskedOf<T>; readonly pid: number } & AsyncDisposable {
  const child = fork(join(import.meta.dirname, file), [], { serialization: 'advanced', execArgv: [...process.execArgv, ...flags] });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  child.on('message', ({ id, value, failure }: Answer) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) asked?.resolve(value);
    else asked?.reject(new Error(`${file}: ${failure}`));
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended with ${code}`));
    waiting.clear();
  });
  const ask = new Proxy(
    {},
    {
      get: (_, order: string) => (argument: unknown) =>
        new Promise((resolve, reject) => {
          waiting.set(++lastId, { resolve, reject });
          child.send({ id: lastId, order, argument } satisfies Question);
        }),
    },
  ) as AskedOf<T>;
  return { ask, pid: child.pid!, [Symbol.asyncDispose]: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await gone;
}
